import Definition
import Testing
import Values

@testable import Adapters

@Suite("Adapter policy: when calls leave")
struct AdapterPolicyTests {
    private static func policy(
        concurrency: Int = 2, rate: Double? = nil, breaker: BreakerPolicy? = nil
    ) -> AdapterPolicy {
        AdapterPolicy(
            adapter: "bank", limits: AdapterLimits(concurrency: concurrency, ratePerSecond: rate),
            breaker: breaker)
    }

    private static let breaker = BreakerPolicy(
        window: .seconds(30), failureRate: 0.5, minimumCalls: 4, openFor: .seconds(15))

    private func started(_ effects: [AdapterPolicy.Effect]) -> [Int64] {
        effects.compactMap {
            if case .start(let row) = $0 { row.id.instance.rawValue } else { nil }
        }
    }

    @Test("the bulkhead lets so many run and the others wait in their order")
    func bulkhead() {
        var policy = Self.policy(concurrency: 2)
        var starts: [Int64] = []
        for number in 1...5 {
            starts += started(policy.handle(.submit(Fixture.row(Int64(number))), now: .zero))
        }
        #expect(starts == [1, 2])
        #expect(policy.positions(of: [Fixture.id(4), Fixture.id(1)]) == [Fixture.id(4): 1])
        #expect(
            policy.handle(.finished(Fixture.id(2), .success), now: .zero)
                == [.start(Fixture.row(3))])
    }

    @Test("askings are served before attempts")
    func asksFirst() {
        var policy = Self.policy(concurrency: 1)
        _ = policy.handle(.submit(Fixture.row(1)), now: .zero)
        _ = policy.handle(.submit(Fixture.row(2)), now: .zero)
        _ = policy.handle(.submit(Fixture.row(3, purpose: .ask)), now: .zero)
        #expect(policy.positions(of: [Fixture.id(3)]) == [Fixture.id(3): 0])
        #expect(policy.positions(of: [Fixture.id(2)]) == [Fixture.id(2): 1])
        #expect(started(policy.handle(.finished(Fixture.id(1), .success), now: .zero)) == [3])
    }

    @Test("a row that is submitted again changes nothing, waiting or running")
    func repeats() {
        var policy = Self.policy(concurrency: 1)
        #expect(started(policy.handle(.submit(Fixture.row(1)), now: .zero)) == [1])
        #expect(policy.handle(.submit(Fixture.row(1)), now: .zero) == [])
        _ = policy.handle(.submit(Fixture.row(2)), now: .zero)
        _ = policy.handle(.submit(Fixture.row(2)), now: .zero)
        #expect(policy.status(now: .zero).queued == 1)
    }

    @Test(
        "a waiting call that is withdrawn is dropped, one on its way keeps its slot")
    func withdraw() {
        var policy = Self.policy(concurrency: 1)
        for number in 1...3 { _ = policy.handle(.submit(Fixture.row(Int64(number))), now: .zero) }
        #expect(policy.handle(.withdraw(Fixture.id(2)), now: .zero) == [])
        #expect(policy.handle(.withdraw(Fixture.id(1)), now: .zero) == [])
        #expect(policy.status(now: .zero).running == 1)
        #expect(started(policy.handle(.finished(Fixture.id(1), .cancelled), now: .zero)) == [3])
    }

    @Test("a call that was withdrawn while waiting may be submitted again and takes the last place")
    func withdrawnAndBack() {
        var policy = Self.policy(concurrency: 1)
        for number in 1...3 { _ = policy.handle(.submit(Fixture.row(Int64(number))), now: .zero) }
        _ = policy.handle(.withdraw(Fixture.id(2)), now: .zero)
        _ = policy.handle(.submit(Fixture.row(2)), now: .zero)
        #expect(started(policy.handle(.finished(Fixture.id(1), .success), now: .zero)) == [3])
        #expect(started(policy.handle(.finished(Fixture.id(3), .success), now: .zero)) == [2])
    }

    @Test("what the rate holds up says when it goes on")
    func rate() {
        var policy = Self.policy(concurrency: 10, rate: 2)
        var effects: [AdapterPolicy.Effect] = []
        for number in 1...3 {
            effects += policy.handle(.submit(Fixture.row(Int64(number))), now: .zero)
        }
        #expect(started(effects) == [1, 2])
        #expect(effects.last == .wakeAt(.seconds(1)))
        #expect(policy.handle(.tick, now: .milliseconds(999)) == [.wakeAt(.seconds(1))])
        #expect(started(policy.handle(.tick, now: .seconds(1))) == [3])
    }

    @Test("the breaker opens at the rate, holds calls back, probes with one, and closes")
    func breakerCycle() {
        var policy = Self.policy(concurrency: 10, breaker: Self.breaker)
        for number in Int64(1)...4 {
            _ = policy.handle(.submit(Fixture.row(number)), now: .zero)
            let end: CallEnd = number <= 2 ? .success : .failure
            _ = policy.handle(.finished(Fixture.id(number), end), now: .seconds(1))
        }
        #expect(
            policy.status(now: .seconds(1)).breaker
                == .open(since: .seconds(1), nextProbe: .seconds(16), failures: 2, calls: 4))
        #expect(
            policy.handle(.submit(Fixture.row(5)), now: .seconds(2)) == [.wakeAt(.seconds(16))])
        _ = policy.handle(.submit(Fixture.row(6)), now: .seconds(3))
        #expect(policy.status(now: .seconds(3)).queued == 2)
        #expect(started(policy.handle(.tick, now: .seconds(16))) == [5])
        #expect(policy.status(now: .seconds(16)).breaker == .halfOpen)
        #expect(
            started(policy.handle(.finished(Fixture.id(5), .success), now: .seconds(17))) == [6])
        #expect(
            policy.status(now: .seconds(17)).breaker == .closed(failures: 0, calls: 0))
    }

    @Test("a failed probe opens the breaker for another pause")
    func failedProbe() {
        var policy = Self.policy(concurrency: 10, breaker: Self.breaker)
        open(&policy)
        _ = policy.handle(.submit(Fixture.row(8)), now: .seconds(1))
        _ = policy.handle(.submit(Fixture.row(9)), now: .seconds(1))
        #expect(started(policy.handle(.tick, now: .seconds(15))) == [8])
        #expect(
            policy.handle(.finished(Fixture.id(8), .unknown), now: .seconds(20))
                == [.wakeAt(.seconds(35))])
    }

    @Test("a cancelled probe decides nothing: the next call is the probe")
    func cancelledProbe() {
        var policy = Self.policy(concurrency: 10, breaker: Self.breaker)
        open(&policy)
        _ = policy.handle(.submit(Fixture.row(8)), now: .seconds(1))
        _ = policy.handle(.submit(Fixture.row(9)), now: .seconds(1))
        #expect(started(policy.handle(.tick, now: .seconds(15))) == [8])
        #expect(
            started(policy.handle(.finished(Fixture.id(8), .cancelled), now: .seconds(16))) == [9])
    }

    @Test("a named business error speaks for the remote's health")
    func businessErrors() {
        var policy = Self.policy(concurrency: 10, breaker: Self.breaker)
        for number in Int64(1)...20 {
            _ = policy.handle(.submit(Fixture.row(number)), now: .zero)
            _ = policy.handle(.finished(Fixture.id(number), .businessError), now: .zero)
        }
        #expect(policy.status(now: .zero).breaker == .closed(failures: 0, calls: 20))
    }

    @Test("failures older than the window do not count")
    func window() {
        var policy = Self.policy(concurrency: 10, breaker: Self.breaker)
        for number in Int64(1)...3 {
            _ = policy.handle(.submit(Fixture.row(number)), now: .zero)
            _ = policy.handle(.finished(Fixture.id(number), .failure), now: .zero)
        }
        _ = policy.handle(.submit(Fixture.row(4)), now: .seconds(31))
        _ = policy.handle(.finished(Fixture.id(4), .failure), now: .seconds(31))
        #expect(policy.status(now: .seconds(31)).breaker == .closed(failures: 1, calls: 1))
    }

    @Test("an end that comes twice, or of a call that never started, is nothing")
    func strayEnds() {
        var policy = Self.policy(concurrency: 1, breaker: Self.breaker)
        _ = policy.handle(.submit(Fixture.row(1)), now: .zero)
        _ = policy.handle(.finished(Fixture.id(1), .failure), now: .zero)
        #expect(policy.handle(.finished(Fixture.id(1), .failure), now: .zero) == [])
        #expect(policy.handle(.finished(Fixture.id(7), .failure), now: .zero) == [])
        #expect(policy.status(now: .zero).breaker == .closed(failures: 1, calls: 1))
    }

    private func open(_ policy: inout AdapterPolicy) {
        for number in Int64(1)...4 {
            _ = policy.handle(.submit(Fixture.row(number)), now: .zero)
        }
        for number in Int64(1)...4 {
            _ = policy.handle(.finished(Fixture.id(number), .failure), now: .zero)
        }
    }
}
