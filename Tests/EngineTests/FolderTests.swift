import Definition
import Engine
import Execution
import MemoryStore
import Testing
import Values

@testable import Engine

/// What lies in the folder starts; what else the database knows serves the instances that run on it.
@Suite struct FolderStories {
    private static let first = Flows.flow(
        """
        start: {on: w.asked, key: event.data.id}
        events: {done: {early: keep}}
        initial: a
        states: {a: {on: {done: z}}, z: {type: final}}
        """)
    /// It waits for an event that the first one does not have.
    private static let second = Flows.flow(
        """
        start: {on: w.asked, key: event.data.id}
        events: {done: {early: keep}, checked: {early: keep}}
        initial: b
        states: {b: {on: {checked: z}}, z: {type: final}}
        """, version: 2)

    private func correlate(_ event: String, _ key: String?, _ data: Value = .map(ValueMap()))
        -> Request
    {
        .event(
            EventCommand(
                address: .correlate(key: key, workflow: nil),
                event: InboundEvent(id: "e-\(event)", name: event, data: data, sender: .system)))
    }

    @Test func afterARollBackNewInstancesStartOnWhatLiesInTheFolder() throws {
        var bad = try Bench(try Catalog([Self.second], kept: [Self.first]))
        _ = try bad.ask(.start("old"))
        #expect(try bad.run("w", "old")?.version == 2)
        var bench = try Bench(try Catalog([Self.first], kept: [Self.second]), store: bad.store)
        _ = try bench.ask(.start("new"))
        _ = try bench.ask(correlate("w.asked", nil, ["id": "asked"]))
        #expect(try bench.run("w", "new")?.version == 1)
        #expect(try bench.run("w", "asked")?.version == 1)
        // What runs on the version that was taken back is reached by its own events and ends by its own logic.
        let reply = try bench.ask(correlate("checked", "old"))
        #expect(reply?.receipt?.outcome == .applied)
        #expect(try bench.run("w", "old")?.status == .completed)
    }

    @Test func aWorkflowThatWasRemovedStartsByNeitherCommandNorEventNorClock() throws {
        let clock = Flows.flow(
            "start: {schedule: {every: 1h}}\ninitial: a\nstates: {a: {type: final}}", name: "tick")
        var before = try Bench(try Catalog([Self.first, clock]))
        _ = try before.ask(.start("1"))
        var bench = try Bench(try Catalog([], kept: [Self.first, clock]), store: before.store)
        bench.now = bench.now + .seconds(86_400)
        try bench.settle()
        #expect(bench.machine.nextTimer == nil)
        #expect(try bench.store.lastInstanceID().rawValue == 1)
        let commanded = try bench.ask(.start("2"))?.problem
        #expect(commanded?.code == .unknownWorkflow)
        #expect(commanded?.message.contains("w was taken out of the folder") == true)
        let asked = try bench.ask(correlate("w.asked", nil, ["id": "3"]))?.problem
        #expect(asked?.message.contains("w was taken out of the folder") == true)
        // Nothing is kept for an instance that cannot come.
        #expect(try bench.ask(correlate("done", "4"))?.problem?.code == .unknownInstance)
        let schedule = try bench.ask(
            .schedule(workflow: "tick", .run(reason: "r"), actor: .system))?.problem
        #expect(schedule?.message.contains("tick was taken out of the folder") == true)
        // What runs goes on.
        #expect(try bench.ask(correlate("done", "1"))?.receipt?.outcome == .applied)
        #expect(try bench.run("w", "1")?.status == .completed)
    }

    @Test func whatARunningInstanceCallsIsThereForItAlsoWhenItWasRemoved() throws {
        let parent = Flows.flow(
            """
            events: {go: {}}
            initial: a
            states:
              a: {on: {go: b}}
              b: {invoke: {workflow: child, key: '"c"', onDone: z}}
              z: {type: final}
            """)
        let child = Flows.flow("initial: a\nstates: {a: {type: final}}", name: "child")
        var before = try Bench(try Catalog([parent, child]))
        _ = try before.ask(.start("1"))
        var bench = try Bench(try Catalog([], kept: [parent, child]), store: before.store)
        _ = try bench.ask(.event("go", to: "1"))
        #expect(try bench.run("w", "1")?.status == .completed)
        #expect(try bench.ask(.start("d", of: "child"))?.problem?.code == .unknownWorkflow)
    }

    @Test func aReaderSeesWhatRunsOnWhichVersionAndWhichOneStarts() throws {
        var bench = try Bench(try Catalog([Self.second], kept: [Self.first]))
        for key in ["1", "2"] { _ = try bench.ask(.start(key)) }
        func versions(_ catalog: Catalog) throws -> [String: [VersionView]] {
            let found = try Inspector(store: bench.store, catalog: catalog, now: bench.now)
                .workflows()
            return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.versions) })
        }
        let other = Flows.flow("initial: a\nstates: {a: {}}", name: "other")
        #expect(
            try versions(try Catalog([Self.first], kept: [Self.second, other])) == [
                "w": [
                    VersionView(version: 1, starts: true, running: 0),
                    VersionView(version: 2, starts: false, running: 2),
                ]
            ])
        #expect(
            try versions(try Catalog([other], kept: [Self.first, Self.second])) == [
                "other": [VersionView(version: 1, starts: true, running: 0)],
                "w": [VersionView(version: 2, starts: false, running: 2)],
            ])
        let query = try InstanceFilter(parsing: "workflow:w version:2")
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        // It stops counting where a screen needs no more.
        let counted = try inspector.versions(of: "w", countedUpTo: 1)
        #expect(counted == [VersionView(version: 2, starts: true, running: 1, isLeast: true)])
        #expect(counted.first?.runningText == "more than 1")
        #expect(try inspector.list(query, count: 10).total == 2)
        let none = try InstanceFilter(parsing: "version:1")
        #expect(try inspector.list(none, count: 10).total == 0)
        for text in ["version:two", "version:0", "version:-1"] {
            let problem = #expect(throws: Problem.self) { try InstanceFilter(parsing: text) }
            #expect(problem?.fix == "write its number, like version:2")
        }
    }
}
