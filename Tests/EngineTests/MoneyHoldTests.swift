import Definition
import Execution
import Testing
import Values

@testable import Engine

/// Money that people hold, in the engine (G20).
@Suite struct MoneyHoldTests {
    private let ana = Actor(role: "operator", subject: "ana")
    private let olga = Actor(role: "operator", subject: "olga")

    private static let paying = Flows.flow(
        """
        input: {type: object, properties: {amount: {type: integer, default: 5}}}
        events: {go: {}}
        initial: a
        states:
          a: {on: {go: pay}}
          pay:
            invoke: {task: bank.pay, input: {amount: '${input.amount}', to: '${instance.key}'}, onDone: paid}
          paid: {type: final}
        """)

    private func hold(_ number: Int64 = 1, _ scope: MoneyScope = .direction(.outgoing)) -> Request {
        .money(.hold(number, scope, reason: "audit"), actor: ana)
    }

    private func release(_ number: Int64 = 1, by actor: Actor? = nil) -> Request {
        .money(.release(number, reason: "seen"), actor: actor ?? olga)
    }

    private func paying(_ keys: [String], store: (any Store)? = nil) throws -> Bench {
        var bench =
            if let store { try Bench(Catalog([Self.paying]), store: store) } else {
                try Bench(Catalog([Self.paying]))
            }
        for key in keys {
            _ = try bench.ask(.start(key))
            _ = try bench.ask(.event("go", to: key))
        }
        return bench
    }

    private func isHolding(_ effect: EngineEffect) -> Bool {
        if case .setHolds(let holds) = effect { !holds.isEmpty } else { false }
    }

    @Test func whoHoldsIsToldOnceTheAdaptersKnowAndNothingMoreIsSent() throws {
        var bench = try paying(["1"])
        let id = bench.submit(hold())
        try bench.settle()
        let known = try #require(bench.released.firstIndex(where: isHolding))
        let told = try #require(
            bench.released.firstIndex { if case .reply(id, _) = $0 { true } else { false } })
        #expect(known < told)
        _ = try bench.ask(.start("2"))
        _ = try bench.ask(.event("go", to: "2"))
        #expect(bench.calls.map(\.id.instance) == [InstanceID(1)], "only what had left before")
        let rows = try bench.store.calls(after: nil, count: 10)
        #expect(rows.map(\.isHeld) == [false, true])
    }

    @Test func aHoldOfTheSameBatchKeepsBackWhatWasDecidedBefore() throws {
        var bench = try Bench(try Catalog([Self.paying]))
        _ = try bench.ask(.start("1"))
        bench.submit(.event("go", to: "1"))
        bench.submit(hold())
        try bench.settle()
        let known = try #require(bench.released.firstIndex(where: isHolding))
        let sent = try #require(
            bench.released.firstIndex { if case .call = $0 { true } else { false } })
        #expect(known < sent, "so that the adapters give it back")
    }

    @Test func whatIsReleasedIsSentOldestFirst() throws {
        var bench = try Bench(try Catalog([Self.paying]))
        _ = try bench.ask(hold())
        let keys = (1...150).map(String.init)
        for key in keys {
            _ = try bench.ask(.start(key))
            _ = try bench.ask(.event("go", to: key))
        }
        #expect(bench.calls.isEmpty)
        #expect(try bench.ask(release()) == .receipts([]))
        for _ in 0..<20 { try bench.settle() }
        #expect(bench.calls.map(\.id.instance.rawValue) == (1...150).map(Int64.init))
        #expect(try !bench.store.calls(after: nil, count: 1_000).contains(where: \.isHeld))
    }

    @Test func somebodyElseReleases() throws {
        var bench = try paying([])
        _ = try bench.ask(hold())
        let refused = try #require(try bench.ask(release(by: ana))?.problem)
        #expect(refused.code == .forbidden)
        #expect(
            refused.message == "operator/ana placed hold 1, and somebody else has to release it")
        let asAdmin = Actor(role: "admin", subject: "ana")
        #expect(try bench.ask(release(by: asAdmin))?.problem?.code == .forbidden, "the same person")
        #expect(try bench.ask(release()) == .receipts([]))
        #expect(try bench.ask(release())?.problem?.code == .notApplicable)
        #expect(try bench.ask(release(7))?.problem?.code == .notFound)
    }

    @Test func theNextProcessHoldsBeforeItSendsAnything() throws {
        var bench = try paying(["1"])
        _ = try bench.ask(hold())
        _ = try bench.ask(.start("2"))
        _ = try bench.ask(.event("go", to: "2"))
        var next = try Bench(Catalog([Self.paying]), store: bench.store)
        let effects = try next.machine.recover(now: next.now)
        #expect(effects.count == 1 && effects.allSatisfy(isHolding))
        try next.settle()
        #expect(
            next.calls.map(\.purpose) == [.ask],
            "the one that may have left is asked about, the other was not sent")
        _ = try next.ask(release())
        for _ in 0..<5 { try next.settle() }
        let performed = next.calls.filter { $0.purpose == .perform }
        #expect(performed.map(\.id.instance) == [InstanceID(2)])
    }

    @Test func aReleaseThatAProcessDidNotComeToTheEndOfIsGoneOnWith() throws {
        var bench = try Bench(try Catalog([Self.paying]))
        _ = try bench.ask(hold())
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("go", to: "1"))
        bench.submit(release())
        let batch = try #require(try bench.batch())
        try bench.flush(batch)
        var next = try Bench(Catalog([Self.paying]), store: bench.store)
        #expect(try next.machine.recover(now: next.now).isEmpty)
        for _ in 0..<3 { try next.settle() }
        #expect(next.calls.count == 1)
    }

    @Test func aFlushThatFailsHoldsNothing() throws {
        var bench = try paying([])
        bench.submit(hold())
        _ = try #require(try bench.batch())
        _ = bench.machine.failed(refusing: Problem(.unavailable, "planned"))
        try bench.settle()
        #expect(!bench.released.contains(where: isHolding))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("go", to: "1"))
        #expect(bench.calls.count == 1)
    }

    @Test func aDamagedRecordHoldsAllMoney() throws {
        var bench = try paying([])
        _ = try bench.ask(hold())
        let query = RecordQuery(collection: MoneyHold.collection, selection: .all)
        let row = try #require(try bench.store.records(query).records.first)
        let damage = RecordWrite(
            collection: row.collection, id: row.id, group: row.group,
            expectedRevision: row.revision, body: ["scope": "?"])
        _ = try bench.ask(.update(.write([damage], .engine)))
        let next = try Bench(Catalog([Self.paying]), store: bench.store)
        #expect(next.machine.catalog.holds.list.map(\.scope) == [.all])
    }

    @Test func whatWouldHoldNothingIsRefused() throws {
        var bench = try paying([])
        let unknown = try #require(
            try bench.ask(hold(1, .operation("pya", of: "bank")))?.problem)
        #expect(unknown.code == .invalid && unknown.fix == "did you mean bank.pay?")
        #expect(try bench.ask(hold(1, .adapter("shop")))?.problem?.code == .invalid)
    }

    @Test func theStreamTellsOfIt() throws {
        var bench = try paying([])
        _ = try bench.ask(hold())
        _ = try bench.ask(release())
        let told = try bench.store.history(.engine, after: 0, count: 10)
        #expect(told.map(\.kind) == ["money.hold.placed", "money.hold.released"])
        #expect(told.first?.data["by"] == "operator/ana")
        #expect(told.first?.data["scope"] == "out")
    }
}
