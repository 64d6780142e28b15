import Testing
import Values

@testable import Access

/// Whoever tries one secret after the other.
@Suite struct AttemptGuardTests {
    private static let settings = AttemptGuard.Settings()

    @Test func theFirstFailuresCostNothingAndEachFurtherOneDoubles() {
        var attempts = AttemptGuard()
        var waits: [Duration?] = []
        var now = Duration.zero
        for _ in 0..<9 {
            attempts.failed(peer: "p", subject: nil, now: now)
            let wait = attempts.wait(peer: "p", subject: nil, now: now)
            waits.append(wait)
            now += wait ?? .zero
            #expect(attempts.wait(peer: "p", subject: nil, now: now) == nil)
        }
        #expect(waits.prefix(5).allSatisfy { $0 == nil })
        #expect(
            waits.dropFirst(5).map { $0 ?? .zero } == [1, 2, 4, 8].map { Duration.seconds($0) })
        #expect(attempts.wait(peer: "other", subject: nil, now: now) == nil)
    }

    @Test func aSubjectIsLockedForLessThanItsAttacker() {
        var attempts = AttemptGuard()
        for _ in 0..<40 { attempts.failed(peer: "p", subject: "ana", now: .zero) }
        #expect(
            attempts.wait(peer: "p", subject: nil, now: .zero) == Self.settings.mostOfPeer)
        #expect(
            attempts.wait(peer: "elsewhere", subject: "ana", now: .zero)
                == Self.settings.mostOfSubject)
        attempts.succeeded(subject: "ana")
        #expect(attempts.wait(peer: "elsewhere", subject: "ana", now: .zero) == nil)
        #expect(attempts.wait(peer: "p", subject: "ana", now: .zero) != nil)
    }

    @Test func whatIsLongAgoIsForgotten() {
        var attempts = AttemptGuard()
        for _ in 0..<8 { attempts.failed(peer: "p", subject: nil, now: .zero) }
        let later = Self.settings.memory + .seconds(1)
        attempts.failed(peer: "p", subject: nil, now: later)
        #expect(attempts.wait(peer: "p", subject: nil, now: later) == nil)
    }

    /// An attacker with many addresses takes no more memory than this, and is not forgotten for others' sake at once.
    @Test func memoryIsBounded() {
        var settings = AttemptGuard.Settings()
        settings.capacity = 100
        var attempts = AttemptGuard(settings)
        for _ in 0..<8 { attempts.failed(peer: "first", subject: nil, now: .zero) }
        for number in 0..<80 {
            attempts.failed(peer: ExactText("p-\(number)"), subject: nil, now: .seconds(1))
        }
        #expect(attempts.wait(peer: "first", subject: nil, now: .zero) != nil)
        for number in 80..<1_000 {
            attempts.failed(peer: ExactText("p-\(number)"), subject: nil, now: .seconds(2))
        }
        #expect(attempts.peerCount <= 100)
    }
}
