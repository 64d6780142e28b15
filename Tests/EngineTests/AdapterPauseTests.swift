import Definition
import Execution
import Testing
import Values

@testable import Engine

/// Adapters that people hold (G17).
@Suite struct AdapterPauseTests {
    private let ana = Actor(role: "admin", subject: "ana")

    private func pause(_ adapter: String = "bank") -> Request {
        .adapter(adapter, .pause(reason: "audit"), actor: ana)
    }

    private func resume(_ adapter: String = "bank") -> Request {
        .adapter(adapter, .resume(reason: "seen"), actor: ana)
    }

    private func changes(_ bench: Bench) -> [Bool] {
        bench.released.compactMap {
            if case .setPaused(let isPaused, _) = $0 { isPaused } else { nil }
        }
    }

    @Test func whoHoldsAnAdapterIsToldOnceThePortKnows() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        let id = bench.submit(pause())
        try bench.settle()
        let told = try #require(
            bench.released.firstIndex { if case .reply(id, _) = $0 { true } else { false } })
        let held = try #require(
            bench.released.firstIndex { if case .setPaused = $0 { true } else { false } })
        #expect(held < told)
        #expect(bench.reply(id) == .receipts([]))
        let again = try bench.ask(pause())
        #expect(again?.problem?.message == "bank is paused by admin/ana already: audit")
        #expect(try bench.ask(resume()) == .receipts([]))
        #expect(try bench.ask(resume())?.problem?.code == .notApplicable)
        #expect(changes(bench) == [true, false])
    }

    @Test func theNextProcessHoldsItBeforeItSendsAnything() throws {
        let catalog = try Catalog([Flows.paying])
        var bench = try Bench(catalog)
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("pay", to: "1"))
        _ = try bench.ask(pause())
        var next = try Bench(catalog, store: bench.store)
        let effects = try next.machine.recover(now: next.now)
        #expect(effects.first == .setPaused(true, adapter: "bank"))
        #expect(effects.count == 2, "and then the call, which waits")
        _ = try next.ask(resume())
        var last = try Bench(catalog, store: bench.store)
        #expect(try last.machine.recover(now: last.now).count == 1)
    }

    @Test func aFlushThatFailsTellsNobodyAndIsDecidedAgain() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        bench.submit(pause())
        _ = try #require(try bench.batch())
        _ = bench.machine.failed(refusing: nil)
        #expect(changes(bench) == [])
        try bench.settle()
        #expect(changes(bench) == [true])
    }

    @Test func whatCannotBeHeldIsRefused() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        let unknown = try #require(try bench.ask(pause("bnak"))?.problem)
        #expect(unknown.code == .notFound)
        #expect(unknown.fix == "did you mean bank?")
        let local = try #require(try bench.ask(pause("shop"))?.problem)
        #expect(local.code == .notApplicable)
        #expect(changes(bench) == [])
    }

    @Test func aDamagedRecordHoldsItsAdapterAndSaysSo() throws {
        let catalog = try Catalog([Flows.paying])
        var bench = try Bench(catalog)
        _ = try bench.ask(pause())
        let query = RecordQuery(collection: PauseRecord.ofAdapters, selection: .id("bank"))
        let row = try #require(try bench.store.records(query).records.first)
        let damage = RecordWrite(
            collection: row.collection, id: row.id, group: row.group,
            expectedRevision: row.revision, body: ["log": 1])
        _ = try bench.ask(.update(.write([damage], .engine)))
        var next = try Bench(catalog, store: bench.store)
        #expect(
            try next.machine.recover(now: next.now) == [.setPaused(true, adapter: "bank")])
        #expect(try next.ask(resume())?.problem?.code == .internalError)
    }

    @Test func theLastChangesAreRememberedAndNoMore() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        for _ in 0..<PauseRecord.remembered {
            _ = try bench.ask(pause())
            bench.now = bench.now + .seconds(60)
            _ = try bench.ask(resume())
        }
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        let known = try #require(try inspector.pause(of: "bank"))
        #expect(known.pause == nil)
        #expect(known.log.count == PauseRecord.remembered)
        #expect(known.log.map(\.isPaused).prefix(2) == [false, true])
    }
}
