import Execution
import MemoryStore
import Synchronization
import Testbed
import Testing
import Values

@testable import Engine

/// A conflict that repeats costs the one that it concerns, says so, and holds up nobody else.
@Suite struct ConflictTests {
    /// Says of one counter that it is newer than it is: what an operation writes over it is refused.
    private struct Misreading: StoreDecorator {
        let base: any Store

        func records(_ query: RecordQuery) throws(StoreError) -> RecordSet {
            let set = try base.records(query)
            let records = set.records.map { record in
                guard record.id == "c" else { return record }
                return RecordRow(
                    collection: record.collection, id: record.id, group: record.group,
                    revision: record.revision + 1, body: record.body)
            }
            return RecordSet(query: query, records: records)
        }
    }

    /// Refuses what is written about instances of the key `bad`.
    private final class Refusing: StoreDecorator {
        let base: any Store = MemoryStore()
        private let rule = Mutex<@Sendable (Commit) -> Bool>({ _ in false })

        func refuse(_ rule: @escaping @Sendable (Commit) -> Bool) {
            self.rule.withLock { $0 = rule }
        }

        func commit(_ commits: [Commit]) throws(StoreError) {
            let isBad = rule.withLock { $0 }
            if commits.contains(where: { $0.instance?.name.key == "bad" && isBad($0) }) {
                throw .conflict("bad is not what it was")
            }
            try base.commit(commits)
        }
    }

    private static let others = Flows.steps.replacing("workflow: w", with: "workflow: others")

    private func start(_ key: String) -> Request { .start(key, of: "others") }

    private func isParked(_ key: String, _ bench: Bench) throws -> Bool {
        let name = InstanceName(workflow: "w", key: key)
        guard let id = try bench.store.instance(named: name)?.id else { return false }
        let open = try bench.store.incidents(cause: nil, after: 0, count: 9)
        return open.contains { $0.instance == id && $0.incident.kind == .suspended }
    }

    @Test func anOperationThatReadsWronglyCostsItsOwnInstanceOnly() throws {
        let counting = Flows.counting.replacing(
            "{task: shop.count, onDone: b}",
            with: "{task: shop.count, onDone: b, retry: {maximumAttempts: 1}}")
        let catalog = try Catalog([counting, Self.others])
        var before = try Bench(catalog)
        _ = try before.ask(.start("0"))
        var bench = try Bench(catalog, store: Misreading(base: before.store))
        let requests = [start("1"), .start("bad"), start("2")].map { bench.submit($0) }
        try bench.settle()
        for id in requests { #expect(bench.reply(id)?.problem == nil) }
        let run = try #require(try bench.run("w", "bad"))
        #expect(run.incidents.map(\.error.name) == ["conflict"])
        #expect(run.incidents.first?.error.message.contains("counters/c") == true)
        for key in ["1", "2"] { #expect(try bench.states("others", key) == ["a"]) }
        // Nothing of it is repeated by itself, and the next ones share a flush again.
        for key in ["3", "4", "5"] { bench.submit(start(key)) }
        #expect(try bench.settle() == 1)
        // A person's retry fails as the first did, and stops nobody.
        _ = try bench.ask(.operate(run.name, .retry, isDry: false))
        #expect(try bench.run("w", "bad")?.incidents.map(\.error.name) == ["conflict"])
    }

    @Test func aStartThatConflictsAgainAndAgainIsRefused() throws {
        let store = Refusing()
        store.refuse { _ in true }
        var bench = try Bench(try Catalog([Flows.steps]), store: store)
        let requests = ["1", "bad", "2"].map { bench.submit(.start($0)) }
        try bench.settle()
        #expect(requests.map { bench.reply($0)?.problem?.code } == [nil, .internalError, nil])
        #expect(
            bench.reply(requests[1])?.problem?.message
                == "nothing was done: the store refuses what this would write: bad is not what it was"
        )
        for key in ["1", "2"] { #expect(try bench.states("w", key) == ["a"]) }
    }

    @Test func anEventThatConflictsAgainAndAgainParksItsInstance() throws {
        let store = Refusing()
        var bench = try Bench(try Catalog([Flows.steps]), store: store)
        for key in ["1", "bad"] { _ = try bench.ask(.start(key)) }
        store.refuse { $0.incidentsOpened.isEmpty }
        let requests = ["bad", "1"].map { bench.submit(.event("go", to: $0)) }
        try bench.settle()
        #expect(bench.reply(requests[0])?.problem?.code == .internalError)
        #expect(bench.reply(requests[1])?.receipt == Receipt(.applied))
        #expect(try isParked("bad", bench))
        let inspector = Inspector(store: store, catalog: bench.machine.catalog, now: bench.now)
        let view = try inspector.view(InstanceName(workflow: "w", key: "bad"))
        #expect(view.health == .blocked)
        #expect(view.why.hasPrefix("Suspended: the store refuses what it would write: bad is not"))
        store.refuse { _ in false }
        _ = try bench.ask(
            .operate(InstanceName(workflow: "w", key: "bad"), .retry, isDry: false))
        #expect(try bench.ask(.event("go", to: "bad"))?.receipt == Receipt(.applied))
    }

    @Test func aTimerThatConflictsIsParkedAndFiresWithARetry() throws {
        let store = Refusing()
        var bench = try Bench(try Catalog([Flows.sleeping]), store: store)
        for key in ["1", "bad", "2"] { _ = try bench.ask(.start(key, ["wait": "5s"])) }
        store.refuse { $0.incidentsOpened.isEmpty }
        bench.now = bench.now + .seconds(5)
        try bench.settle()
        for key in ["1", "2"] { #expect(try bench.states("w", key) == ["z"]) }
        #expect(try bench.states("w", "bad") == ["a"])
        #expect(try isParked("bad", bench))
        store.refuse { _ in false }
        _ = try bench.ask(
            .operate(InstanceName(workflow: "w", key: "bad"), .retry, isDry: false))
        #expect(try bench.states("w", "bad") == ["z"])
    }

    @Test func anAnswerThatConflictsWaitsForTheRetry() throws {
        let store = Refusing()
        var bench = try Bench(try Catalog([Flows.paying]), store: store)
        for key in ["1", "bad"] {
            _ = try bench.ask(.start(key))
            _ = try bench.ask(.event("pay", to: key))
        }
        store.refuse { $0.incidentsOpened.isEmpty }
        for call in bench.calls { bench.machine.answer(call.id, .succeeded(.map(ValueMap()))) }
        try bench.settle()
        #expect(try bench.states("w", "1") == ["c"])
        #expect(try bench.states("w", "bad") == ["b"])
        #expect(try isParked("bad", bench))
        store.refuse { _ in false }
        _ = try bench.ask(
            .operate(InstanceName(workflow: "w", key: "bad"), .retry, isDry: false))
        #expect(try bench.states("w", "bad") == ["c"])
        #expect(bench.calls.count == 2)
    }

    @Test func whatCannotEvenBeParkedIsLeftAlone() throws {
        let store = Refusing()
        var bench = try Bench(try Catalog([Flows.sleeping]), store: store)
        for key in ["bad", "1"] { _ = try bench.ask(.start(key, ["wait": "5s"])) }
        store.refuse { _ in true }
        bench.now = bench.now + .seconds(5)
        try bench.settle()
        #expect(try bench.states("w", "1") == ["z"])
        #expect(try bench.states("w", "bad") == ["a"])
        #expect(bench.released.contains { if case .alarm = $0 { true } else { false } })
        #expect(try bench.ask(.start("2", ["wait": "5s"])) != nil)
        // The next process finds it in the store.
        store.refuse { _ in false }
        var next = try Bench(bench.machine.catalog, store: store, now: bench.now)
        _ = try next.machine.recover(now: next.now)
        try next.settle()
        #expect(try next.states("w", "bad") == ["z"])
    }

    @Test func aChildThatCannotBeWrittenIsRefusedToItsParent() throws {
        let parent = Flows.flow(
            """
            initial: a
            states:
              a:
                invoke: {workflow: w, key: '"bad"', onDone: done, onError: [{error: conflict, target: without}]}
              done: {type: final}
              without: {type: final}
            """, name: "parent")
        let store = Refusing()
        store.refuse { _ in true }
        var bench = try Bench(try Catalog([parent, Flows.steps]), store: store)
        bench.submit(.start("p", of: "parent"))
        bench.submit(.start("1"))
        try bench.settle()
        #expect(try bench.states("parent", "p") == ["without"])
        #expect(try bench.states("w", "1") == ["a"])
    }

    @Test func aConflictOfOneMomentIsNoMatter() throws {
        let store = FaultyStore(plan: .script([.conflict, .conflict, nil, .conflict]))
        var bench = try Bench(try Catalog([Flows.steps]), store: store)
        let requests = ["1", "2", "3"].map { bench.submit(.start($0)) }
        try bench.settle()
        for id in requests { #expect(bench.reply(id)?.problem == nil) }
        #expect(try bench.ask(.event("go", to: "1"))?.receipt == Receipt(.applied))
    }
}
