import Definition
import Execution
import Testing
import Values

@testable import Engine

/// A start under an `Idempotency-Key`: what it stands for is durable with what it started, and goes with it.
@Suite struct StartKeyTests {
    private static let flow = Flows.flow(
        """
        input: {type: object, properties: {n: {type: integer, default: 1}}}
        events: {go: {}}
        initial: a
        states:
          a: {on: {go: b}}
          b: {type: final}
        """)

    private static func start(_ key: String, under: String, _ body: Value = [:]) -> Request {
        .start(
            StartCommand(
                name: InstanceName(workflow: "w", key: key), input: [:],
                key: StartKey(under, workflow: "w", body: body)))
    }

    private static func name(_ key: String) -> InstanceName {
        InstanceName(workflow: "w", key: key)
    }

    private static func records(_ bench: Bench) throws -> Int {
        try bench.store.records(
            RecordQuery(collection: StartKey.collection, selection: .all)
        ).records.count
    }

    @Test func aRepeatIsTheFirstAlsoBeforeItIsFlushedAndInTheNextProcess() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        let first = bench.submit(Self.start("1", under: "k"))
        let second = bench.submit(Self.start("2", under: "k"))
        try bench.settle()
        for id in [first, second] {
            #expect(bench.reply(id) == .started(Self.name("1"), isNew: true))
        }
        var next = try Bench(try Catalog([Self.flow]), store: bench.store)
        #expect(
            try next.ask(Self.start("3", under: "k")) == .started(Self.name("1"), isNew: true))
        #expect(try next.store.lastInstanceID() == InstanceID(1))
    }

    @Test func anotherBodyIsRefusedAndTheOrderOfMembersIsNone() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        _ = try bench.ask(Self.start("1", under: "k", ["a": 1, "b": 2]))
        #expect(
            try bench.ask(Self.start("2", under: "k", ["b": 2, "a": 1]))
                == .started(Self.name("1"), isNew: true))
        guard case .refused(let problem) = try bench.ask(Self.start("1", under: "k", ["a": 1]))
        else {
            Issue.record("it was taken")
            return
        }
        #expect(problem.code == .idempotencyKeyReused)
    }

    /// Two texts that Swift takes for one are two keys, and two workflows have keys of their own.
    @Test func keysAreBytes() {
        let keys = [("\u{E9}", "w"), ("e\u{301}", "w"), ("\u{E9}", "v")].map { key, workflow in
            StartKey(key, workflow: workflow, body: [:]).id
        }
        #expect(Set<ExactText>(keys).count == 3)
    }

    @Test func aStartThatIsRefusedLeavesNothing() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        let wrong = Request.start(
            StartCommand(
                name: Self.name("1"), input: ["n": "x"],
                key: StartKey("k", workflow: "w", body: [:])
            ))
        guard case .refused = try bench.ask(wrong) else {
            Issue.record("it was taken")
            return
        }
        #expect(try Self.records(bench) == 0)
    }

    @Test func itGoesWithItsInstance() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        _ = try bench.ask(Self.start("1", under: "k"))
        _ = try bench.ask(Self.start("1", under: "l"))
        _ = try bench.ask(Self.start("2", under: "m"))
        #expect(try Self.records(bench) == 3)
        let go = InboundEvent(id: "e", name: "go", data: [:], sender: .system)
        _ = try bench.ask(.event(EventCommand(address: .instance(Self.name("1")), event: go)))
        let row = try #require(try bench.store.document(of: InstanceID(1))?.ended)
        #expect(try bench.ask(.remove([row])) == .removed([InstanceID(1)]))
        #expect(try Self.records(bench) == 1)
        #expect(
            try bench.ask(Self.start("3", under: "k")) == .started(Self.name("3"), isNew: true))
    }

    @Test func anEventAtAnotherRevisionChangesNothing() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        _ = try bench.ask(Self.start("1", under: "k"))
        let go = InboundEvent(id: "e", name: "go", data: [:], sender: .system)
        func send(_ seen: Int64, to key: String) -> Request {
            .event(EventCommand(address: .instance(Self.name(key)), event: go, seen: seen))
        }
        for (seen, key) in [(2, "1"), (1, "none")] as [(Int64, String)] {
            guard case .refused(let problem) = try bench.ask(send(seen, to: key)) else {
                Issue.record("it was taken")
                return
            }
            #expect(problem.httpStatus == 412)
        }
        guard case .receipts(let taken) = try bench.ask(send(1, to: "1")),
            case .receipts(let again) = try bench.ask(send(1, to: "1"))
        else {
            Issue.record("it was not taken")
            return
        }
        #expect(taken.map(\.receipt.outcome) == [.applied])
        #expect(again.map(\.receipt.outcome) == [.duplicate])
    }
}
