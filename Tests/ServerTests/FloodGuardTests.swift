import Definition
import Testing
import Values

@testable import Server

@Suite struct FloodGuardTests {
    private static func limits(
        _ perAddress: (Double, Int), perNetwork: (Double, Int) = (1e6, 1_000_000),
        _ total: (Double, Int)
    ) -> PublicEntry {
        PublicEntry(
            perAddress: PublicEntry.Limit(perSecond: perAddress.0, burst: perAddress.1),
            perNetwork: PublicEntry.Limit(perSecond: perNetwork.0, burst: perNetwork.1),
            total: PublicEntry.Limit(perSecond: total.0, burst: total.1))
    }

    private static let alice = SourceNetwork("192.0.2.1")
    private static let bob = SourceNetwork("198.51.100.2")

    @Test func aBurstIsLetInAndThenOneAfterTheOther() {
        var guarding = FloodGuard(Self.limits((1, 3), (1000, 1000)))
        for _ in 0..<3 { #expect(guarding.admit(Self.alice, now: .zero) == .admitted) }
        #expect(
            guarding.admit(Self.alice, now: .zero)
                == .refused(by: .perAddress, retryAfter: .seconds(1)))
        #expect(
            guarding.admit(Self.alice, now: .milliseconds(999))
                == .refused(by: .perAddress, retryAfter: .milliseconds(1)))
        #expect(guarding.admit(Self.alice, now: .seconds(1)) == .admitted)
        #expect(guarding.admit(Self.alice, now: .seconds(1)) != .admitted)
        #expect(guarding.admit(Self.bob, now: .seconds(1)) == .admitted)
    }

    @Test func whatIsRefusedToOneTakesNothingFromTheOthers() {
        var guarding = FloodGuard(Self.limits((0.01, 1), (1, 3)))
        for _ in 0..<10_000 { _ = guarding.admit(Self.alice, now: .zero) }
        #expect(guarding.admit(Self.bob, now: .zero) == .admitted)
        #expect(guarding.admit(SourceNetwork("203.0.113.3"), now: .zero) == .admitted)
        #expect(
            guarding.admit(SourceNetwork("198.18.0.4"), now: .zero)
                == .refused(by: .total, retryAfter: .seconds(1)))
    }

    @Test func neighboursShareALimitOfTheirOwn() {
        var guarding = FloodGuard(Self.limits((1000, 1000), perNetwork: (1, 2), (1000, 1000)))
        for host in 1...2 {
            #expect(guarding.admit(SourceNetwork("192.0.2.\(host)"), now: .zero) == .admitted)
        }
        #expect(
            guarding.admit(SourceNetwork("192.0.2.3"), now: .zero)
                == .refused(by: .perNetwork, retryAfter: .seconds(1)))
        #expect(guarding.admit(Self.bob, now: .zero) == .admitted)
        for site in ["2001:db8:1:1::1", "2001:db8:1:2::1"] {
            #expect(guarding.admit(SourceNetwork(site), now: .zero) == .admitted)
        }
        #expect(
            guarding.admit(SourceNetwork("2001:db8:1:3::1"), now: .zero)
                == .refused(by: .perNetwork, retryAfter: .seconds(1)))
    }

    @Test func halfOfWhatAllHaveIsKeptForWhoHasNotBeenHereLately() {
        var guarding = FloodGuard(Self.limits((10, 100), perNetwork: (0.1, 100), (0.001, 10)))
        let flooders = (1...9).map { SourceNetwork("198.18.\($0).1") }
        var admitted = 0
        for _ in 1...20 {
            admitted += flooders.count { guarding.admit($0, now: .zero) == .admitted }
        }
        // Each of them was new once.
        #expect(admitted == 9)
        #expect(guarding.admit(Self.alice, now: .zero) == .admitted)
        #expect(guarding.admit(Self.bob, now: .zero) != .admitted)
    }

    @Test func anAddressCanBeToldHowItStands() {
        var guarding = FloodGuard(Self.limits((1, 3), (1000, 1000)))
        #expect(
            guarding.standing(of: Self.alice, now: .zero)
                == FloodGuard.Standing(remaining: 3, full: .zero))
        _ = guarding.admit(Self.alice, now: .zero)
        _ = guarding.admit(Self.alice, now: .zero)
        #expect(
            guarding.standing(of: Self.alice, now: .milliseconds(500))
                == FloodGuard.Standing(remaining: 1, full: .milliseconds(1_500)))
        _ = guarding.admit(Self.alice, now: .milliseconds(500))
        #expect(guarding.standing(of: Self.alice, now: .milliseconds(500)).remaining == 0)
        #expect(guarding.standing(of: Self.alice, now: .seconds(9)).remaining == 3)
    }

    /// Whatever the sequence: never more than the burst and what the rate gives, for anybody or together.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func nobodyGetsMoreThanTheirShare(seed: UInt64) {
        var random = Seeded(state: seed)
        // Few columns, so that addresses do meet in the cells.
        var guarding = FloodGuard(Self.limits((2, 4), (20, 30)), columns: 8)
        var now = Duration.zero
        var admitted: [SourceNetwork: Int] = [:]
        for _ in 0..<20_000 {
            now += .milliseconds(Int64.random(in: 0...9, using: &random))
            let source = SourceNetwork("192.0.2.\(Int.random(in: 1...40, using: &random))")
            if guarding.admit(source, now: now) == .admitted { admitted[source, default: 0] += 1 }
        }
        let seconds = Double(now.components.seconds + 1)
        #expect(admitted.values.allSatisfy { Double($0) <= 4 + 2 * seconds })
        let all = admitted.values.reduce(0, +)
        #expect(Double(all) <= 30 + 20 * seconds)
        #expect(all > 100)
    }

    @Test func withTenThousandBusyAddressesNearlyEverybodyElseIsLetIn() {
        var guarding = FloodGuard(Self.limits((0.001, 1), (1e6, 1_000_000)))
        for number in 0..<10_000 {
            _ = guarding.admit(
                SourceNetwork("198.\(18 + number / 65_536).\(number / 256 % 256).\(number % 256)"),
                now: .zero)
        }
        let refused = (1...1000).count {
            guarding.admit(SourceNetwork("2001:db8:0:\(String($0, radix: 16))::1"), now: .zero)
                != .admitted
        }
        // 5 % are expected; the seed of the hash differs with each process.
        #expect(refused < 150)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), (" 192.0.2.1 ", "192.0.2.1"), ("192.0.2.1:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::2"),
        ("[2001:db8::1]:443", "2001:db8:0:0:ffff::"), ("nobody", ""), ("unknown", "nobody"),
    ])
    func theSameSource(_ one: String, _ other: String) {
        #expect(SourceNetwork(one) == SourceNetwork(other))
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:0:1::1"), ("::1", "127.0.0.1"),
        ("192.0.2.1", ""),
    ])
    func differentSources(_ one: String, _ other: String) {
        #expect(SourceNetwork(one) != SourceNetwork(other))
    }
}

/// SplitMix64.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
