import Execution
import MemoryStore
import Testbed
import Testing
import Values

@testable import Engine

/// A read that fails loses nothing: no timer, no message twice, no call of a batch under way.
@Suite struct FailingReadTests {
    @Test func theCallsOfABatchUnderWayLeaveWhenItIsFlushed() throws {
        let store = GateStore(MemoryStore())
        var bench = try Bench(try Catalog([Flows.paying, Self.other]), store: store)
        _ = try bench.ask(.start("1"))
        let paid = bench.submit(.event("pay", to: "1"))
        let batch = try #require(try bench.batch())
        let second = bench.submit(.event("pay", to: "1", id: "e2"))
        store.fail(.receipt)
        #expect(throws: StoreError.unavailable("planned")) {
            try bench.machine.advance(now: bench.now)
        }
        // Nothing is decided on a store that does not show the batch under way.
        #expect(try bench.batch() == nil)
        try bench.flush(batch)
        #expect(bench.reply(paid)?.receipt?.outcome == .applied)
        #expect(bench.calls.map(\.operation) == ["charge"])
        try bench.settle()
        #expect(bench.reply(second)?.receipt?.outcome == .rejected)
    }

    private static let other = Flows.flow("states: {a: {}}", name: "other")

    @Test func aTimerIsNotLostBetweenTwoReads() throws {
        let store = GateStore(MemoryStore())
        var bench = try Bench(try Catalog([Flows.sleeping]), store: store)
        _ = try bench.ask(.start("1", ["wait": "10s"]))
        bench.now = Bench.morning + .seconds(10)
        store.fail(.nextTimer)
        #expect(throws: StoreError.self) { try bench.machine.advance(now: bench.now) }
        try bench.settle()
        #expect(try bench.states("w", "1") == ["z"])
    }

    @Test func aMessageOfAPageThatIsReadAgainIsDeliveredOnce() throws {
        let base = MemoryStore()
        let catalog = try Catalog([
            Flows.flow(
                """
                context: {n: {type: integer, default: 0}}
                events: {ping: {}}
                initial: a
                states: {a: {on: {ping: {actions: {assign: {n: '${context.n + 1}'}}}}}}
                """)
        ])
        var bench = try Bench(catalog, store: base)
        _ = try bench.ask(.start("1"))
        try base.commit([Self.pings(1_200)])
        let store = GateStore(base)
        var next = try Bench(catalog, store: store)
        next.submit(.start("2"))
        _ = try next.batch()
        _ = next.machine.failed(refusing: nil)
        store.fail(.messages, after: 1)
        #expect(throws: StoreError.self) { try next.machine.advance(now: next.now) }
        try next.settle()
        #expect(try next.run("w", "1")?.snapshot.data["n"] == 1_200)
    }

    private static func pings(_ count: Int64) -> Commit {
        var commit = Commit()
        commit.messagesSent = (1...count).map { number in
            let event = InboundEvent(
                id: "p\(number)", name: "ping", data: .map(ValueMap()), sender: .system)
            return Message(
                id: MessageID(source: InstanceID(9), number: number),
                body: .event(InstanceName(workflow: "w", key: "1"), event, isStart: false))
        }
        return commit
    }

    @Test func aLocalOperationWhoseReadFailsIsPerformedOnce() throws {
        let store = GateStore(MemoryStore())
        var bench = try Bench(try Catalog([Flows.counting]), store: store)
        let id = bench.submit(.start("1"))
        store.fail(.records, after: 1)
        #expect(throws: StoreError.self) { try bench.machine.advance(now: bench.now) }
        try bench.settle()
        #expect(bench.reply(id) == .started(InstanceName(workflow: "w", key: "1"), isNew: true))
        #expect(try bench.run("w", "1")?.snapshot.data["n"] == 3)
    }
}
