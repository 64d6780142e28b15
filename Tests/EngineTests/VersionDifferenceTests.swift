import Definition
import Engine
import Execution
import Testing
import Values

/// What differs between two versions of a workflow, and whom it would strand.
@Suite struct VersionDifferenceTests {
    private static let first = Flows.flow(
        """
        events: {go: {}, stop: {}}
        initial: packing
        states:
          packing:
            on: {go: {target: sent, guard: input.ready, actions: {send: {event: sent}}}, stop: lost}
            after: {1d: lost}
          sent:
            invoke: {task: bank.charge, input: {amount: '${input.price}'}, onDone: done}
          lost: {on: {go: packing}}
          done: {type: final}
        """)
    private static let second = Flows.flow(
        """
        events: {go: {}, stop: {}}
        initial: packing
        states:
          # Another comment is no difference.
          packing:
            on:
              go: {target: sent, guard: input.ready && input.paid, actions: {send: {event: sent}}}
              stop: returned
            after: {2d: returned}
          sent:
            invoke: {task: bank.charge, input: {amount: '${input.total}'}, onDone: done}
          returned: {type: final}
          done: {type: final}
        """, version: 2)

    private func bench() throws -> Bench {
        try Bench(try Catalog([Self.second], kept: [Self.first]))
    }

    private func inspector(_ bench: Bench) -> Inspector {
        Inspector(store: bench.store, catalog: bench.machine.catalog, now: bench.now)
    }

    @Test func whatEachStateDeclaresOtherwiseIsSaid() throws {
        let (difference, stranded) = try inspector(try bench()).difference(of: "w", from: 1, to: 2)
        #expect(stranded.isEmpty)
        #expect(
            difference.states.map { "\($0.change) \($0.state)" } == [
                "changed packing", "changed sent", "added returned", "removed lost",
            ])
        let packing = try #require(difference.states.first)
        #expect(packing.removed.contains { $0.hasPrefix("on go [input.ready] → sent / send ") })
        #expect(
            packing.added.contains {
                $0.hasPrefix("on go [input.ready && input.paid] → sent / send ")
            })
        #expect(packing.removed.contains { $0.hasPrefix("after \"1d\"") })
        #expect(packing.added.contains { $0.hasPrefix("after \"2d\"") })
        #expect(packing.removed.contains("on stop → lost"))
        let sent = difference.states[1]
        #expect(sent.removed.count == 1 && sent.removed[0].contains("${input.price}"))
        #expect(sent.added.count == 1 && sent.added[0].contains("${input.total}"))
    }

    @Test func theSameVersionDoesNotDiffer() throws {
        let same = try inspector(try bench()).difference(of: "w", from: 2, to: 2)
        #expect(same.difference.states.isEmpty)
        #expect(same.difference.stranding.isEmpty)
    }

    @Test func whoeverWaitsWhereTheNewVersionHasNoStateIsCounted() throws {
        var bench = try Bench(try Catalog([Self.first]))
        for key in ["1", "2", "3"] { _ = try bench.ask(.start(key)) }
        for key in ["1", "2"] { _ = try bench.ask(.event("stop", to: key)) }
        let both = Inspector(
            store: bench.store, catalog: try Catalog([Self.second], kept: [Self.first]),
            now: bench.now)
        let stranded = try both.difference(of: "w", from: 1, to: 2).stranded
        #expect(stranded.map(\.state) == ["lost"])
        #expect(stranded.map(\.running) == [2])
        let filter = try InstanceFilter(parsing: try #require(stranded.first?.filter))
        #expect(try both.list(filter, count: 9).total == 2)
        // The other way nobody is: what is new there has nobody in it yet.
        #expect(try both.difference(of: "w", from: 2, to: 1).stranded.isEmpty)
    }

    @Test func onlyWhatIsLoadedIsCompared() throws {
        let inspector = inspector(try bench())
        let missing = #expect(throws: Problem.self) {
            try inspector.difference(of: "w", from: 1, to: 7)
        }
        #expect(missing?.message == "version 7 of w is not loaded here")
        #expect(missing?.fix == "compare versions that are: 1, 2")
        let unknown = #expect(throws: Problem.self) {
            try inspector.difference(of: "v", from: 1, to: 2)
        }
        #expect(unknown?.code == .unknownWorkflow)
    }
}
