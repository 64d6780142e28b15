import Definition
import Execution
import Testing
import Values

@testable import Engine

/// Which row of the history each member of an instance's data comes from.
@Suite struct DataTests {
    private static let chart = """
        workflow: w
        version: 1
        events: {open: {data: {type: object}}, knock: {}, shut: {}, lock: {}}
        context:
          colour: {type: string, default: red}
          opener: {type: [string, 'null'], default: null}
          knocks: {type: integer, default: 0}
          entered: {type: integer, default: 0}
          left: {type: boolean, default: false}
          rung: {type: integer, default: 0}
        initial: closed
        states:
          closed:
            entry: {assign: {entered: '${context.entered + 1}'}}
            exit: {assign: {left: true}}
            on:
              open: {target: opened, actions: {assign: {opener: '${event.data.by}'}}}
              knock: {actions: {assign: {knocks: '${context.knocks + 1}'}}}
          opened:
            on:
              shut: closed
              lock: {actions: {raise: ring}}
              ring: {actions: {assign: {rung: '${context.rung + 1}'}}}
        """

    private func bench() throws -> Bench {
        var bench = try Bench(try Catalog([Self.chart]))
        _ = try bench.ask(.start("1"))
        return bench
    }

    private func assigning(_ members: ValueMap, _ reason: String) -> Request {
        .operate(
            InstanceName(workflow: "w", key: "1"),
            .operate(.assign(members), reason: reason, actor: .system), isDry: false)
    }

    private func data(_ bench: Bench) throws -> [String: DataMember] {
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        let view = try inspector.view(InstanceName(workflow: "w", key: "1"))
        return Dictionary(
            uniqueKeysWithValues: try inspector.data(of: view).members.map { ($0.name, $0) })
    }

    @Test func whatAMigrationSetIsSaidAndWhatCameBeforeIsReadByTheOlderVersion() throws {
        // Its first transition is another one, so that numbers mean something else.
        let newer = Self.chart.replacing("version: 1", with: "version: 2")
            .replacing(
                "context:",
                with:
                    "migrate: {from: 1, assign: {colour: blue}}\ncontext:\n  floor: {type: integer, default: 4}"
            )
            .replacing(
                "      open: {target",
                with: "      lock: {actions: {assign: {rung: 9}}}\n      open: {target")
        var bench = try Bench(try Catalog([Self.chart], kept: [newer]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("open", to: "1", ["by": "ana"]))
        let move = Input.operate(.migrate(to: 2), reason: "r", actor: .system)
        _ = try bench.ask(.operate(InstanceName(workflow: "w", key: "1"), move, isDry: false))
        let data = try data(bench)
        #expect(data["colour"]?.value == "blue")
        #expect(data["colour"]?.change?.entry.kind == "migrated")
        #expect(data["floor"]?.change?.entry.kind == "migrated")
        #expect(data["opener"]?.change?.cause?.kind == "event.applied")
        #expect(data["rung"]?.change?.entry.kind == "started")
    }

    @Test func whatNobodySetIsAsItWasStarted() throws {
        let data = try data(try bench())
        #expect(data["colour"]?.change?.entry.kind == "started")
        #expect(data["colour"]?.change?.isCertain == true)
        #expect(data["entered"]?.value == 1)
        #expect(data["entered"]?.change?.entry.kind == "transition")
        #expect(data["entered"]?.change?.cause?.kind == "started")
    }

    @Test func aTransitionsAssignmentsAreItsRowsAndItsEventsSenders() throws {
        var bench = try bench()
        _ = try bench.ask(.event("open", to: "1", ["by": "ana"]))
        let data = try data(bench)
        let opener = try #require(data["opener"]?.change)
        #expect(opener.entry.kind == "transition")
        #expect(opener.isCertain)
        #expect(opener.cause?.kind == "event.applied")
        #expect(opener.cause?.data["event"] == "open")
        #expect(data["left"]?.change?.entry.sequence == opener.entry.sequence)
        #expect(data["entered"]?.change?.cause?.kind == "started")
    }

    @Test func aTransitionWithoutATargetIsToldByItsEvent() throws {
        var bench = try bench()
        _ = try bench.ask(.event("knock", to: "1"))
        let knocks = try #require(try data(bench)["knocks"])
        #expect(knocks.value == 1)
        #expect(knocks.change?.entry.kind == "event.applied")
        #expect(knocks.change?.isCertain == false)
    }

    /// What the chart raises itself leaves no row, so whatever is said of such a member is said with care.
    @Test func whatARaisedEventSetsIsNeverCertain() throws {
        var bench = try bench()
        _ = try bench.ask(.event("open", to: "1", ["by": "bo"]))
        _ = try bench.ask(.event("lock", to: "1", id: "e2"))
        let rung = try #require(try data(bench)["rung"])
        #expect(rung.value == 1)
        #expect(rung.change?.isCertain != true)
    }

    @Test func whatAPersonSetIsTheirs() throws {
        var bench = try bench()
        _ = try bench.ask(.event("open", to: "1", ["by": "ana"]))
        _ = try bench.ask(assigning(["opener": "bo"], "ana was out"))
        let opener = try #require(try data(bench)["opener"])
        #expect(opener.value == "bo")
        #expect(opener.change?.entry.kind == "context.assigned")
        #expect(opener.change?.entry.data["reason"] == "ana was out")
    }

    /// Two thousand rows and no more; and of what was before them nothing is made up.
    @Test func beyondItsReachItSaysNothing() throws {
        var bench = try bench()
        _ = try bench.ask(.event("open", to: "1", ["by": "ana"]))
        for number in 0..<2100 { _ = try bench.ask(.event("lock", to: "1", id: "l-\(number)")) }
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        let view = try inspector.view(InstanceName(workflow: "w", key: "1"))
        let data = try inspector.data(of: view)
        #expect(data.from > 1)
        #expect(data.last - data.from < 2200)
        #expect(data.members.first { $0.name == "opener" }?.change == nil)
        #expect(data.members.first { $0.name == "opener" }?.value == "ana")
    }

    /// A version that is not loaded: its rows are there, and nobody knows what its transitions assigned.
    @Test func withoutItsDefinitionOnlyWhatIsWrittenIsSaid() throws {
        var bench = try bench()
        _ = try bench.ask(assigning(["colour": "blue"], "r"))
        let inspector = Inspector(
            store: bench.store,
            catalog: try Catalog([Self.chart.replacing("version: 1", with: "version: 2")]),
            now: bench.now)
        let view = try inspector.view(InstanceName(workflow: "w", key: "1"))
        let members = try inspector.data(of: view).members
        #expect(members.first { $0.name == "colour" }?.change?.isCertain == true)
        #expect(members.first { $0.name == "entered" }?.change?.isCertain == false)
    }
}
