import CEL
import Engine
import Execution
import Testing

/// What is read of instances, besides deciding anything.
@Suite struct InspectorTests {
    private static func chart(version: Int) -> String {
        """
        workflow: w
        version: \(version)
        events: {go: {}}
        initial: a
        states:
          a: {initial: b, states: {b: {on: {go: z}}}}
          z: {type: final}
        """
    }

    @Test func anInstanceWhoseVersionIsNotLoadedIsListedAndExplained() throws {
        var bench = try Bench(try Catalog([Self.chart(version: 1)]))
        _ = try bench.ask(.start("1"))
        let later = try Catalog([Self.chart(version: 2)])
        let inspector = Inspector(store: bench.store, catalog: later, now: bench.now)
        let view = try #require(try inspector.views(InstanceFilter(), count: 10).views.first)
        #expect(view.row.summary.states == ["a.b"])
        #expect(view.blockers.map(\.kind) == [.definitionMissing])
        #expect(view.why == "Pinned to version 1 of w, which is not loaded here (loaded: 2).")
    }

    @Test func anEndedInstanceOfSuchAVersionIsJustEnded() throws {
        var bench = try Bench(try Catalog([Self.chart(version: 1)]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("go", to: "1"))
        let later = try Catalog([Self.chart(version: 2)])
        let inspector = Inspector(store: bench.store, catalog: later, now: bench.now)
        let view = try inspector.view(InstanceName(workflow: "w", key: "1"))
        #expect(view.run.status == .completed)
        #expect(view.blockers.isEmpty)
    }
}
