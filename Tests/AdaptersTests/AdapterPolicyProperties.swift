import Definition
import Execution
import Testing
import Values

@testable import Adapters

/// A remote, its clients and the clock, all out of one seed.
private struct World {
    static let concurrency = 5
    static let rate = 20
    static let breaker = BreakerPolicy(
        window: .seconds(5), failureRate: 0.5, minimumCalls: 5, openFor: .seconds(2))

    var generator: SeededGenerator
    var policy = AdapterPolicy(
        adapter: "bank",
        limits: AdapterLimits(concurrency: concurrency, ratePerSecond: Double(rate)),
        breaker: breaker)
    var now = MonotonicTime.zero
    var running: [CallID] = []
    var waiting: Set<CallID> = []
    var starts: [MonotonicTime] = []
    var submitted: Int64 = 0
    var isDown = false
    var problems: [String] = []

    mutating func step() {
        now += .milliseconds(Int64.random(in: 0...40, using: &generator))
        if Int.random(in: 0..<200, using: &generator) == 0 { isDown.toggle() }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...3: submit()
        case 4...7: finish()
        case 8: withdraw()
        default: apply(.tick)
        }
    }

    mutating func submit() {
        submitted += 1
        let isAsk = Int.random(in: 0..<8, using: &generator) == 0
        let row = Fixture.row(submitted, purpose: isAsk ? .ask : .perform)
        waiting.insert(row.id)
        apply(.submit(row))
    }

    mutating func finish() {
        guard !running.isEmpty else { return }
        let id = running.remove(at: Int.random(in: 0..<running.count, using: &generator))
        let ends: [CallEnd] = isDown ? [.failure, .unknown] : [.success, .businessError]
        apply(.finished(id, ends[Int.random(in: 0..<2, using: &generator)]))
    }

    mutating func withdraw() {
        guard submitted > 0 else { return }
        let id = Fixture.id(Int64.random(in: 1...submitted, using: &generator))
        waiting.remove(id)
        apply(.withdraw(id))
    }

    mutating func apply(_ input: AdapterPolicy.Input) {
        let before = policy.status(now: now).breaker
        var probes = 0
        for effect in policy.handle(input, now: now) {
            switch effect {
            case .start(let row):
                probes += 1
                start(row, before, probes)
            case .wakeAt(let time):
                if time <= now { problems.append("a wake-up in the past") }
            }
        }
        if running.count > Self.concurrency { problems.append("\(running.count) run at once") }
    }

    mutating func start(_ row: CallRow, _ before: BreakerStatus?, _ number: Int) {
        if waiting.remove(row.id) == nil { problems.append("\(row.id) started but did not wait") }
        switch before {
        case .open(_, let nextProbe, _, _):
            if now < nextProbe || number > 1 { problems.append("started while open") }
        case nil, .closed, .halfOpen:
            break
        }
        running.append(row.id)
        starts.append(now)
    }

    /// No window of a second holds more starts than the rate, wherever it begins.
    var worstSecond: Int {
        var worst = 0
        var first = 0
        for (index, time) in starts.enumerated() {
            while starts[first] <= time - .seconds(1) { first += 1 }
            worst = max(worst, index - first + 1)
        }
        return worst
    }
}

@Suite("Adapter policy: what holds for every history")
struct AdapterPolicyProperties {
    @Test(
        "the bulkhead, the rate and the breaker hold, and everything is served in the end",
        arguments: UInt64(1)...40)
    func invariants(seed: UInt64) {
        var world = World(generator: SeededGenerator(seed: seed))
        for _ in 0..<2_000 { world.step() }
        world.isDown = false
        for _ in 0..<20_000 where !(world.waiting.isEmpty && world.running.isEmpty) {
            world.now += .milliseconds(50)
            world.running.isEmpty ? world.apply(.tick) : world.finish()
        }
        #expect(world.problems == [], "seed \(seed)")
        #expect(world.worstSecond <= World.rate, "seed \(seed)")
        #expect(world.waiting.isEmpty && world.running.isEmpty, "seed \(seed)")
        #expect(world.policy.status(now: world.now).queued == 0, "seed \(seed)")
    }

    @Test(
        "a wake-up that was wished for is enough: no call waits without one",
        arguments: UInt64(1)...20)
    func wakeUps(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var policy = AdapterPolicy(
            adapter: "bank", limits: AdapterLimits(concurrency: 1_000, ratePerSecond: 7.5),
            breaker: nil)
        let count = Int64.random(in: 20...200, using: &generator)
        for number in 1...count { _ = policy.handle(.submit(Fixture.row(number)), now: .zero) }
        var wakes = 0
        while let wake = policy.nextWake, wakes < 1_000 {
            wakes += 1
            _ = policy.handle(.tick, now: wake)
        }
        #expect(policy.status(now: .seconds(1_000)).running == Int(count), "seed \(seed)")
    }

    @Test("the same inputs give the same effects", arguments: UInt64(1)...5)
    func determinism(seed: UInt64) {
        var one = World(generator: SeededGenerator(seed: seed))
        var two = World(generator: SeededGenerator(seed: seed))
        for _ in 0..<500 {
            one.step()
            two.step()
        }
        #expect(one.starts == two.starts && one.running == two.running, "seed \(seed)")
    }

    @Test(
        "rates of every size hold in every second",
        arguments: [0.1, 0.5, 1, 3.7, 99, 1_500, 80_000])
    func rates(perSecond: Double) throws {
        var limit = try #require(RateLimit(perSecond: perSecond))
        var now = MonotonicTime.zero
        var starts: [MonotonicTime] = []
        for _ in 0..<5_000 {
            if let next = limit.nextToken(now: now) { now = next }
            limit.take(now: now)
            starts.append(now)
        }
        let window = perSecond < 1 ? Duration.seconds(1 / perSecond) : .seconds(1)
        var first = 0
        var worst = 0
        for (index, time) in starts.enumerated() {
            while starts[first] <= time - window { first += 1 }
            worst = max(worst, index - first + 1)
        }
        #expect(worst <= max(1, Int(perSecond)))
        #expect(worst >= min(5_000, max(1, Int(perSecond * 0.9))))
    }

    @Test("no rate is no limit", arguments: [nil, 0, -1, Double.infinity, Double.nan])
    func noRate(perSecond: Double?) {
        #expect(RateLimit(perSecond: perSecond) == nil)
    }
}
