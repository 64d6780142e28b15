import Engine
import Execution
import Marketplace
import MemoryStore
import Sandbox
import Testbed
import Testing
import Values

/// Too much at once, on virtual time: the real engine machine, adapter policies, manifests and bank.
@Suite struct OverloadTests {
    private static let start = Timestamp(milliseconds: 1_767_600_000_000)
    private static let payment = """
        workflow: payment
        version: 1
        input: {type: object, required: [account], properties: {account: {type: string}}}
        initial: paying
        states:
          paying:
            invoke:
              task: bank.charge
              input: {account: '${input.account}', amount: 100}
              onDone: paid
          paid: {type: final}
        """

    /// The sandbox, with requests that come by a plan and a record of when calls left.
    private struct Crowd: VirtualWorld {
        var inner: InProcessWorld
        /// In order of time, the next one last.
        var plans: [(at: Timestamp, request: Request)]
        var replies: [Reply] = []

        var charges: Int { inner.callCounts["bank.charge", default: 0] + asks }
        var asks: Int { inner.callCounts["bank.ask", default: 0] }

        var nextMoment: Timestamp? {
            [plans.last?.at, inner.nextMoment].compactMap(\.self).min()
        }

        mutating func submit(_ call: CallRow, now: Timestamp) { inner.submit(call, now: now) }

        mutating func withdraw(_ call: CallID, recall: Int64, now: Timestamp) {
            inner.withdraw(call, recall: recall, now: now)
        }

        mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp) {
            inner.setPaused(isPaused, adapter: adapter, now: now)
        }
        mutating func setHolds(_ holds: MoneyHolds, now: Timestamp) {
            inner.setHolds(holds, now: now)
        }

        mutating func arrivals(now: Timestamp) -> [VirtualArrival] {
            var result = inner.arrivals(now: now)
            while let next = plans.last, next.at <= now {
                result.append(.request(next.request))
                plans.removeLast()
            }
            return result
        }

        mutating func replied(to request: Request, _ reply: Reply, now: Timestamp) {
            replies.append(reply)
        }

        mutating func changed(_ change: InstanceChange, now: Timestamp) {}
    }

    private static func payments(_ numbers: Range<Int>, at moment: (Int) -> Timestamp)
        -> [(at: Timestamp, request: Request)]
    {
        numbers.map { number in
            let command = StartCommand(
                name: InstanceName(workflow: "payment", key: "p-\(number)"),
                input: ["account": .string("c-\(number)")])
            return (moment(number), .start(command))
        }
    }

    private static func engine(
        _ plans: [(at: Timestamp, request: Request)]
    ) throws -> VirtualEngine<Crowd> {
        let manifests = try Repository.adapters()
        let world = InProcessWorld(
            sandbox: SandboxWorld(remotes: Marketplace().remotes, manifests: manifests),
            manifests: manifests, start: start,
            latency: .milliseconds(20))
        let catalog = try Repository.catalog(
            workflows: [payment], adapters: [Repository.text("adapters/bank/adapter.yaml")])
        return try VirtualEngine(
            catalog: catalog, store: MemoryStore(),
            world: Crowd(inner: world, plans: plans.reversed()),
            now: start)
    }

    /// Ten thousand calls wait for a bank that is down; when it is back each is made once, at the adapter's own
    /// rate, and new work is not held up for ever.
    @Test func aRemoteThatWasDownIsNotFloodedWhenItIsBack() throws {
        let waiting = 10_000
        let fresh = 500
        let back = Self.start + .seconds(600)
        var engine = try Self.engine(
            Self.payments(0..<waiting) { Self.start + .milliseconds(1 + $0 * 50) }
                + Self.payments(waiting..<waiting + fresh) {
                    back + .milliseconds(($0 - waiting) * 100)
                })
        engine.world.inner.sandbox.faults.add(
            Fault(adapter: "bank", operation: "*", kind: .down, count: .max))
        try engine.run(until: back)
        let during = engine.world.charges
        // The breaker tries once in a while, the bulkhead's sixteen and its minimum of calls come before it opens.
        #expect(during < 200, "\(during) calls to a bank that is down")
        #expect(engine.world.inner.sandbox[Bank.self]?.lines.isEmpty == true)

        engine.world.inner.sandbox.faults.clear()
        try engine.run(until: back + .seconds(3_600))
        let calls = engine.world.charges - during
        #expect(Double(calls) <= 1.1 * Double(waiting + fresh), "\(calls) calls")
        #expect(engine.world.inner.sandbox[Bank.self]?.lines.count == waiting + fresh)
        let ended = InstanceQuery(
            terms: [.status(.completed)], now: engine.now, before: nil, count: 1)
        #expect(try engine.store.list(ended).total == waiting + fresh)
        print(
            "overload: \(during) calls to a bank that was down for 10 min, \(calls) for \(waiting + fresh) payments after"
        )
    }
}
