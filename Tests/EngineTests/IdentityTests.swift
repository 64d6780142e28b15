import Execution
import Testbed
import Testing
import Values

@testable import Engine

/// What looks alike is not the same: é as one scalar, and as e with an accent.
@Suite struct IdentityTests {
    private static let twins = ["caf\u{E9}", "cafe\u{301}"]

    private func tally(_ name: String, _ store: any Store) throws -> Value? {
        let query = RecordQuery(collection: "counters", selection: .id(name))
        return try store.records(query).records.first?.body["n"]
    }

    @Test func recordsThatLookAlikeAreWrittenByOneBatchEachForItself() throws {
        var bench = try Bench(try Catalog([Flows.tallying]))
        for round in 0..<3 {
            for name in Self.twins + Self.twins.reversed() {
                bench.submit(
                    .start("\(name)/\(round)/\(bench.calls.count)", ["name": .string(name)]))
            }
        }
        try bench.settle()
        // The second start of a pair is a repeat of the first.
        for name in Self.twins { #expect(try tally(name, bench.store) == 3) }
    }

    @Test func recordsThatLookAlikeAreSeenApartBeforeTheirFlush() throws {
        var bench = try Bench(try Catalog([Flows.tallying]))
        bench.submit(.start("1", ["name": .string(Self.twins[0])]))
        let first = try #require(try bench.batch())
        bench.submit(.start("2", ["name": .string(Self.twins[1])]))
        bench.submit(.start("3", ["name": .string(Self.twins[0])]))
        let second = try #require(try bench.batch())
        try bench.flush(first)
        try bench.flush(second)
        #expect(try tally(Self.twins[0], bench.store) == 2)
        #expect(try tally(Self.twins[1], bench.store) == 1)
    }

    @Test func eventsWhoseIDsLookAlikeAreBothTaken() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        let ids = Self.twins.map { bench.submit(.event("go", to: "1", id: $0)) }
        try bench.settle()
        #expect(ids.map { bench.reply($0)?.receipt?.outcome } == [.applied, .rejected])
        for id in Self.twins {
            let again = try bench.ask(.event("go", to: "1", id: id))?.receipt
            #expect(again?.outcome == .duplicate)
        }
    }

    @Test func earlyEventsWhoseIDsLookAlikeAreBothKept() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        let worker = Actor(role: "worker", subject: "w")
        bench.submit(.event("item", to: "1", id: Self.twins[0], by: worker))
        let first = try #require(try bench.batch())
        bench.submit(.event("item", to: "1", id: Self.twins[1], by: worker))
        let second = try #require(try bench.batch())
        try bench.flush(first)
        let name = InstanceName(workflow: "w", key: "1")
        let kept = try bench.machine.unflushed.kept(name, store: bench.store)
        #expect(kept.map { Array($0.event.id.utf8) } == Self.twins.map { Array($0.utf8) })
        try bench.flush(second)
        #expect(try bench.store.kept(name).count == 2)
    }

    @Test func timersOfInstancesThatLookAlikeFireTogether() throws {
        var bench = try Bench(try Catalog([Flows.sleeping]))
        for key in Self.twins { bench.submit(.start(key, ["wait": "5s"])) }
        try bench.settle()
        bench.now = bench.now + .seconds(5)
        #expect(try bench.settle() == 1)
        for key in Self.twins { #expect(try bench.states("w", key) == ["z"]) }
    }

    @Test func whoOnlyLooksLikeTheOneWhoMayIsRefused() throws {
        let flow = Flows.flow(
            """
            input: {type: object, properties: {who: {type: string}}}
            events:
              go: {from: {role: client, subject: input.who}}
            initial: a
            states:
              a: {on: {go: b}}
              b: {type: final}
            """)
        var bench = try Bench(try Catalog([flow]))
        _ = try bench.ask(.start("1", ["who": .string(Self.twins[0])]))
        let other = Request.event("go", to: "1", by: Actor(role: "client", subject: Self.twins[1]))
        #expect(try bench.ask(other)?.problem?.code == .forbidden)
        let right = Request.event("go", to: "1", by: Actor(role: "client", subject: Self.twins[0]))
        #expect(try bench.ask(right)?.receipt?.outcome == .applied)
    }
}
