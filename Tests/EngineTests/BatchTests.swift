import Definition
import Execution
import Testbed
import Testing
import Values

@testable import Engine

/// Batches: what is decided, what is written together, and what leaves when.
@Suite struct BatchTests {
    @Test func nothingIsReleasedBeforeItsBatchIsFlushed() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(.start("1"))
        let id = bench.submit(.event("pay", to: "1"))
        let batch = try #require(try bench.batch())
        #expect(bench.reply(id) == nil)
        #expect(bench.calls.isEmpty)
        try bench.flush(batch)
        #expect(bench.reply(id)?.receipt?.outcome == .applied)
        #expect(bench.calls.map(\.operation) == ["charge"])
    }

    @Test func aBatchIsDecidedOnTopOfOneThatIsBeingFlushed() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        let start = bench.submit(.start("1"))
        let first = try #require(try bench.batch())
        let event = bench.submit(.event("go", to: "1"))
        let again = bench.submit(.event("go", to: "1"))
        let second = try #require(try bench.batch())
        #expect(try bench.states("w", "1") == nil)
        try bench.flush(first)
        #expect(bench.reply(start) == .started(InstanceName(workflow: "w", key: "1"), isNew: true))
        #expect(bench.reply(event) == nil)
        try bench.flush(second)
        #expect(bench.reply(event)?.receipt?.outcome == .applied)
        #expect(bench.reply(again)?.receipt?.outcome == .duplicate)
        #expect(try bench.states("w", "1") == ["b"])
    }

    @Test func aConflictIsDecidedAgainFromTheStore() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        let start = bench.submit(.start("1"))
        _ = try bench.batch()
        let event = bench.submit(.event("go", to: "1"))
        _ = try bench.batch()
        #expect(bench.machine.failed(refusing: nil).isEmpty)
        try bench.settle()
        #expect(bench.reply(start) == .started(InstanceName(workflow: "w", key: "1"), isNew: true))
        #expect(bench.reply(event)?.receipt?.outcome == .applied)
    }

    @Test func aStoreThatTakesNoWritesRefusesTheCallersAndKeepsTheRest() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("pay", to: "1"))
        let call = try #require(bench.calls.first)
        bench.machine.answer(call.id, .succeeded(.map(ValueMap())))
        let other = bench.submit(.start("2"))
        _ = try bench.batch()
        let refusal = Problem(.unavailable, "the disk is full")
        #expect(bench.machine.failed(refusing: refusal) == [.reply(other, .refused(refusal))])
        try bench.settle()
        #expect(try bench.states("w", "1") == ["c"])
        #expect(try bench.states("w", "2") == nil)
    }

    @Test func aStoreThatTakesNoWritesForHoursDoesNotFillTheQueue() throws {
        var bench = try Bench(try Catalog([Flows.sleeping]))
        for number in 0..<50 { _ = try bench.ask(.start("\(number)", ["wait": "60s"])) }
        bench.now = Bench.morning + .seconds(60)
        for _ in 0..<20 {
            _ = try bench.batch()
            _ = bench.machine.failed(refusing: Problem(.unavailable, "full"))
        }
        #expect(bench.machine.queueLength <= 50)
        try bench.settle()
        for number in 0..<50 { #expect(try bench.states("w", "\(number)") == ["z"]) }
    }

    @Test func aChainOfLocalOperationsSharesOneFlush() throws {
        var bench = try Bench(try Catalog([Flows.counting]))
        bench.submit(.start("1"))
        #expect(try bench.settle() == 1)
        #expect(try bench.states("w", "1") == ["d"])
        #expect(try bench.run("w", "1")?.snapshot.data["n"] == 3)
    }

    @Test func localOperationsSeeTheRecordsOfUnflushedCommits() throws {
        var bench = try Bench(try Catalog([Flows.counting]))
        for key in ["1", "2", "3"] { bench.submit(.start(key)) }
        let batch = try #require(try bench.batch())
        try bench.flush(batch)
        let query = RecordQuery(collection: "counters", selection: .id("c"))
        #expect(try bench.store.records(query).records.first?.body == ["n": 9])
    }

    @Test func aFullQueueRefusesAtOnce() throws {
        var bench = try Bench(
            try Catalog([Flows.steps]), limits: EngineMachine.Limits(queue: 2))
        for key in ["1", "2"] { bench.submit(.start(key)) }
        let third = bench.submit(.start("3"))
        #expect(bench.reply(third)?.problem?.code == .overloaded)
        try bench.settle()
        #expect(try bench.states("w", "2") == ["a"])
        #expect(try bench.states("w", "3") == nil)
    }

    @Test func aBacklogOfTimersIsPacedAndFiresOldestFirst() throws {
        let catalog = try Catalog([Flows.sleeping])
        var bench = try Bench(catalog)
        for number in 1...30 {
            _ = try bench.ask(.start("\(number)", ["wait": .string("\(100 - number)s")]))
        }
        var later = try Bench(
            catalog, store: bench.store, limits: EngineMachine.Limits(timers: 10),
            now: Bench.morning + .seconds(1_000))
        var fired: [String] = []
        for _ in 0..<3 {
            let batch = try #require(try later.batch())
            #expect(batch.commits.count == 10)
            fired += batch.commits.compactMap { $0.instance?.name.key }
            try later.flush(batch)
        }
        #expect(fired == (1...30).reversed().map { "\($0)" })
        #expect(try later.batch() == nil)
    }

    @Test func requestsPassBetweenTheTimersOfABacklog() throws {
        let catalog = try Catalog([Flows.sleeping])
        var bench = try Bench(catalog, limits: EngineMachine.Limits(timers: 5))
        for number in 1...20 { _ = try bench.ask(.start("\(number)", ["wait": "10s"])) }
        bench.now = Bench.morning + .seconds(10)
        let first = try #require(try bench.batch())
        let id = bench.submit(.start("new", ["wait": "10s"]))
        try bench.flush(first)
        let second = try #require(try bench.batch())
        try bench.flush(second)
        #expect(bench.reply(id) != nil)
        #expect(try bench.states("w", "20") == ["a"])
    }
}
