import Definition
import Execution
import MemoryStore
import Synchronization
import Testbed
import Testing
import Values

@testable import Engine

/// A person's data are erased: from what has ended at once, from what runs when it ends, and the books are kept.
@Suite struct ErasureTests {
    private static let visit = Flows.flow(
        """
        input:
          type: object
          properties:
            client: {type: string}
            street: {type: string, x-personal: client}
            photo: {format: attachment, x-personal: true}
            amount: {type: integer, default: 1250}
        context:
          note: {type: [string, 'null'], default: null, x-personal: true}
          worker: {type: string, default: w-9}
        search: {client: input.client, worker: context.worker, street: input.street}
        persons: [client, worker]
        output: {to: '${input.street}', amount: '${input.amount}'}
        events:
          noted: {early: reject, data: {type: object, properties: {note: {type: string}}}}
          done: {early: reject, data: {type: object, properties: {note: {type: string}}}}
        initial: open
        states:
          open:
            on:
              noted: {actions: {assign: {note: '${event.data.note}'}, log: 'at ${input.street}: ${event.data.note}'}}
              done: deciding
          deciding:
            invoke:
              person:
                role: clerk
                title: Visit ${input.street}
                outcomes: {ok: {target: paying}}
          paying: {invoke: {task: bank.charge, input: {amount: '${input.amount}', text: 'for ${input.street}'}, onDone: closed}}
          closed: {type: final}
        """)

    private static let street = "Herrengasse 17"
    private static let note = "the key is with Frau Novak"
    private static let secrets = [street, note, "Novak"]

    private static func order(
        _ number: Int64 = 1, _ person: String = "client", _ id: String = "c-4",
        at: Timestamp = Bench.morning + .seconds(60)
    ) -> Request {
        .update(
            .write(
                [
                    Erasure(
                        Erasure.Order(
                            number: number, person: person, id: id, reason: "asked for it",
                            by: Actor(role: "operator", subject: "olga"), at: at)
                    ).write(at: 0)
                ], .engine))
    }

    private func bench() throws -> Bench {
        var bench = try Bench(try Catalog([Self.visit]))
        bench.now = Bench.morning
        return bench
    }

    private func start(_ bench: inout Bench, _ key: String, client: String = "c-4") throws {
        _ = try bench.ask(
            .start(key, ["client": .string(client), "street": .string(Self.street)]))
        let reply = try bench.ask(
            .event("noted", to: key, id: "n\(key)", ["note": .string(Self.note)]))
        #expect(reply?.receipt?.outcome == .applied)
    }

    /// To the call, which is not answered yet.
    private func decide(_ bench: inout Bench, _ key: String) throws {
        _ = try bench.ask(.event("done", to: key, id: "d\(key)", ["note": .string(Self.note)]))
        let name = InstanceName(workflow: "w", key: key)
        let decision = Input.task(
            TaskRequest(
                nil, .decide(TaskDecision("ok")), by: Actor(role: "clerk", subject: "cy")))
        _ = try bench.ask(.operate(name, decision, isDry: false))
    }

    private func end(_ bench: inout Bench, _ key: String) throws {
        try decide(&bench, key)
        let call = try #require(bench.calls.last)
        bench.machine.answer(call.id, .succeeded([:]))
        try bench.settle()
        #expect(try bench.run("w", key)?.status == .completed)
    }

    private func erasure(_ bench: Bench, _ number: Int64 = 1) throws -> Erasure {
        try Inspector(store: bench.store, catalog: bench.machine.catalog, now: bench.now)
            .erasure(number)
    }

    private func everything(_ bench: Bench, _ key: String) throws -> String {
        let name = InstanceName(workflow: "w", key: key)
        let row = try #require(try bench.store.instance(named: name))
        let rows = try bench.store.rows(of: row.id, name)
        return String(decoding: row.body, as: UTF8.self) + "\(row.summary.search)"
            + rows.map(\.data.description).joined()
    }

    // MARK: The audit

    @Test func whoIsErasedStandsInNoRowOfTheAuditAndTheChainHolds() throws {
        var bench = try bench()
        try start(&bench, "1")
        try start(&bench, "c-4")
        try start(&bench, "2", client: "c-5")
        for key in ["1", "c-4", "2"] {
            let pause = { (action: OperatorAction) -> Request in
                .operate(
                    InstanceName(workflow: "w", key: key),
                    .operate(
                        action, reason: "\(Self.note) of \(key)",
                        actor: Actor(role: "client", subject: key == "2" ? "c-5" : "c-4")),
                    isDry: false)
            }
            _ = try bench.ask(pause(.pause))
            _ = try bench.ask(
                pause(.resume),
                from: AuditSource(Actor(role: "client", subject: "c-4"), principal: "c-4"))
            try end(&bench, key)
        }
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order())
        #expect(try erasure(bench).status == .done)
        let rows = try bench.store.audit(after: 0, count: 1_000)
        let texts = rows.flatMap { row in AuditRow.Part.allCases.compactMap { row[$0].text } }
        #expect(!texts.contains("c-4"))
        #expect(texts.contains("c-5"))
        // Why somebody did something to what was theirs goes, and to what was another's stays.
        #expect(texts.filter { $0.contains("Novak") }.map { $0.hasSuffix("of 2") } == [true])
        let verifier = try AuditVerifier.walk(bench.store)
        #expect(verifier.verdict() == nil)
        #expect(verifier.erased > 6)
        #expect(AuditReading(try #require(rows.last)).deed == "erased")
    }

    // MARK: Stories

    @Test func whatHasEndedIsErasedAndTheBooksAreKept() throws {
        var bench = try bench()
        try start(&bench, "1")
        try end(&bench, "1")
        let name = InstanceName(workflow: "w", key: "1")
        let before = try #require(try bench.store.instance(named: name))
        let history = try bench.store.history(before.id, after: 0, count: 99)
        for secret in Self.secrets { #expect(try everything(bench, "1").contains(secret)) }
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order())
        let erasure = try erasure(bench)
        #expect(erasure.status == .done)
        #expect((erasure.erased, erasure.waiting) == (1, 0))
        for secret in Self.secrets { #expect(try !everything(bench, "1").contains(secret)) }
        // The run is read, found and explained as before.
        let run = try #require(try bench.run("w", "1"))
        #expect(run.input["amount"] == 1_250)
        #expect(run.input["street"] == "[erased]")
        #expect(run.output == ["to": "[erased]", "amount": 1_250])
        let row = try #require(try bench.store.instance(named: name))
        #expect(row.summary.search.map(\.name) == ["client", "worker", "street"])
        #expect(row.summary.search.map(\.value) == ["c-4", "w-9", "[erased]"])
        #expect(row.revision == before.revision + 1)
        // Its history: the same rows at the same moments, and one more that says so.
        let after = try bench.store.history(before.id, after: 0, count: 99)
        #expect(after.dropLast().map(\.sequence) == history.map(\.sequence))
        #expect(after.dropLast().map(\.kind) == history.map(\.kind))
        #expect(after.dropLast().map(\.at) == history.map(\.at))
        #expect(after.last?.kind == "erased")
        #expect(after.last?.data["person"] == "client")
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        #expect(try inspector.view(name).blockers.isEmpty)
        #expect(try Examination(inspector).findings == [])
        let log = after.first { $0.kind == "log" }
        #expect(log?.data.description.contains("at [erased]: [erased]") == true)
        let task = try bench.store.tasks(TaskQuery(status: .decided, [], count: 9)).first
        #expect(task?.facts.title == "Visit [erased]")
        // The engine's own history tells who asked, by the id alone.
        let own = try bench.store.history(.engine, after: 0, count: 99)
        #expect(own.map(\.kind) == ["erasure.begun", "erasure.done"])
        #expect(own.first?.data["id"] == "c-4")
    }

    @Test func whatRunsIsWaitedForAndErasedWhenItEnds() throws {
        var bench = try bench()
        try start(&bench, "1")
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order())
        let name = InstanceName(workflow: "w", key: "1")
        func inspector() -> Inspector {
            Inspector(store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        }
        #expect(try erasure(bench).status == .waiting)
        #expect(try inspector().awaited(by: 1, count: 9).map(\.name) == [name])
        #expect(try inspector().awaited(by: 1, count: 9).first?.because == "it runs")
        #expect(try everything(bench, "1").contains(Self.street))
        try end(&bench, "1")
        #expect(try erasure(bench).status == .done)
        #expect(try inspector().awaited(by: 1, count: 9).isEmpty)
        for secret in Self.secrets { #expect(try !everything(bench, "1").contains(secret)) }
    }

    @Test func aProcessThatBeginsGoesOnWithWhatWasLeft() throws {
        var bench = try bench()
        for key in 1...30 { try start(&bench, "\(key)") }
        for key in 1...25 { try end(&bench, "\(key)") }
        bench.now = bench.now + .seconds(60)
        bench.submit(Self.order())
        // The order and the first page are durable; then the process is gone.
        for _ in 0..<2 { try bench.flush(try #require(try bench.batch())) }
        let begun = try erasure(bench)
        #expect(begun.status == .erasing)
        #expect(begun.erased + begun.waiting > 0)
        let decided = try bench.batch()
        #expect(decided != nil, "and what was decided then was not written")
        var next = try Bench(
            try Catalog([Self.visit]), store: bench.store, now: bench.now + .seconds(1))
        try next.settle()
        let done = try erasure(next)
        #expect(done.status == .waiting)
        #expect((done.erased, done.waiting) == (25, 5))
        for key in 26...30 {
            try decide(&next, "\(key)")
            next.machine.answer(try #require(next.calls.last).id, .succeeded([:]))
        }
        try next.settle()
        #expect(try erasure(next).status == .done)
        #expect(try erasure(next).erased == 30)
        for key in 1...30 {
            #expect(try !everything(next, "\(key)").contains("Herrengasse"), "\(key)")
        }
    }

    @Test func othersAreLeftAndSoIsWhatBeganLater() throws {
        var bench = try bench()
        try start(&bench, "1", client: "c-5")
        try end(&bench, "1")
        let moment = bench.now + .seconds(60)
        bench.now = moment + .seconds(60)
        try start(&bench, "2")
        try end(&bench, "2")
        _ = try bench.ask(Self.order(at: moment))
        #expect(try erasure(bench).erased == 0)
        #expect(try everything(bench, "1").contains(Self.street))
        #expect(try everything(bench, "2").contains(Self.street))
    }

    @Test func eachPersonsOwnIsErasedForThemAlone() throws {
        var bench = try bench()
        try start(&bench, "1")
        try end(&bench, "1")
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order(1, "worker", "w-9"))
        #expect(try erasure(bench).erased == 1)
        #expect(try everything(bench, "1").contains(Self.street))
        #expect(try !everything(bench, "1").contains(Self.note))
        _ = try bench.ask(Self.order(2))
        #expect(try erasure(bench, 2).erased == 1)
        #expect(try !everything(bench, "1").contains(Self.street))
        let run = try #require(try bench.run("w", "1"))
        #expect(run.isErased(for: "client") && run.isErased(for: "worker"))
        // Twice is once.
        _ = try bench.ask(Self.order(3))
        #expect(try erasure(bench, 3).erased == 0)
        #expect(try erasure(bench, 3).status == .done)
    }

    @Test func whatIsUnderWayIsWaitedForAlthoughItHasEnded() throws {
        var bench = try bench()
        try start(&bench, "1")
        try decide(&bench, "1")
        bench.now = bench.now + .seconds(60)
        let name = InstanceName(workflow: "w", key: "1")
        _ = try bench.ask(.operate(name, .cancel(reason: "", actor: .system), isDry: false))
        _ = try bench.ask(Self.order())
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        let waiting = try inspector.awaited(by: 1, count: 9)
        #expect(waiting.count == 1)
        bench.machine.answer(try #require(bench.calls.last).id, .succeeded([:]))
        try bench.settle()
        for _ in 0..<20 where try erasure(bench).status != .done {
            bench.now = max(bench.now, bench.machine.nextTimer ?? bench.now) + .seconds(11)
            if let call = bench.calls.last { bench.machine.answer(call.id, .succeeded([:])) }
            try bench.settle()
        }
        #expect(try erasure(bench).status == .done)
        for secret in Self.secrets { #expect(try !everything(bench, "1").contains(secret)) }
    }

    @Test func whatComesLateBringsNothingBack() throws {
        var bench = try bench()
        try start(&bench, "1")
        try end(&bench, "1")
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order())
        let reply = try bench.ask(
            .event("noted", to: "1", id: "late", ["note": .string(Self.note)]))
        #expect(reply?.receipt?.outcome == .rejected)
        let rows = try bench.store.unmatched(UnmatchedQuery(key: "1", count: 9))
        #expect(rows.map(\.told.id) == ["late"])
        #expect(try !everything(bench, "1").contains(Self.note))
    }

    @Test func aFileLosesItsReferenceAndIsRemovedUnlessOthersSpeakOfIt() throws {
        var bench = try bench()
        let hash = try #require(ContentHash(String(repeating: "a", count: 64)))
        let shared = try #require(ContentHash(String(repeating: "b", count: 64)))
        for hash in [hash, shared] {
            _ = try bench.ask(.attachment(.put(hash, size: 7, type: .jpeg, by: .system)))
        }
        func photo(_ hash: ContentHash) -> Value {
            Attachment(sha256: hash, name: "ada.jpg", type: "image/jpeg", size: 7).value
        }
        for (key, client, hash) in [("1", "c-4", hash), ("2", "c-4", shared), ("3", "c-5", shared)]
        {
            _ = try bench.ask(
                .start(
                    key,
                    [
                        "client": .string(client), "street": .string(Self.street),
                        "photo": photo(hash),
                    ]))
            try end(&bench, key)
        }
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order())
        #expect(try erasure(bench).erased == 2)
        #expect(try bench.store.references(to: hash, count: 9) == [])
        #expect(try bench.store.references(to: shared, count: 9).map(\.instance.key) == ["3"])
        #expect(try !everything(bench, "1").contains(hash.text))
        #expect(try everything(bench, "3").contains(shared.text))
        let left = bench.released.compactMap {
            if case .unreferenced(let hashes, _) = $0 { hashes } else { nil }
        }
        #expect(Set<ContentHash>(left.joined()) == [hash, shared])
    }

    @Test func whoHadTheIdOnlyLaterIsNamedByTheDoctor() throws {
        let shift = Flows.flow(
            """
            context: {worker: {type: [string, 'null'], default: null}, note: {type: string, default: late, x-personal: true}}
            search: {worker: context.worker}
            persons: [worker]
            events: {given: {data: {type: object, properties: {to: {type: string}}}}}
            initial: open
            states:
              open: {on: {given: {target: over, actions: {assign: {worker: '${event.data.to}'}}}}}
              over: {type: final}
            """)
        var bench = try Bench(try Catalog([shift]))
        _ = try bench.ask(.start("1"))
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order(1, "worker", "w-1"))
        #expect(try erasure(bench).status == .done)
        _ = try bench.ask(.event("given", to: "1", ["to": "w-1"]))
        let examination = try Examination(
            Inspector(store: bench.store, catalog: bench.machine.catalog, now: bench.now))
        #expect(examination.findings == [])
        #expect(examination.remarks.first?.contains("w/1 ended with data of worker=w-1") == true)
        _ = try bench.ask(Self.order(2, "worker", "w-1", at: bench.now))
        let again = try Examination(
            Inspector(store: bench.store, catalog: bench.machine.catalog, now: bench.now))
        #expect(again.remarks == [])
    }

    @Test func whatComesBackFromAnArchiveIsErasedThen() throws {
        var bench = try bench()
        try start(&bench, "1")
        try end(&bench, "1")
        let name = InstanceName(workflow: "w", key: "1")
        let row = try #require(try bench.store.instance(named: name))
        let document = try #require(try bench.store.document(of: row.id))
        _ = try bench.ask(.remove([document.ended]))
        #expect(try bench.store.instance(named: name) == nil)
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order())
        #expect(try erasure(bench).status == .done)
        #expect(try erasure(bench).erased == 0)
        _ = try bench.ask(
            .restore(document, until: bench.now + .seconds(3_600), actor: .system))
        #expect(try erasure(bench).status == .done)
        #expect(try erasure(bench).erased == 1)
        for secret in Self.secrets { #expect(try !everything(bench, "1").contains(secret)) }
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        #expect(try Examination(inspector).findings == [])
    }

    // MARK: Asking

    @Test func onlyWhoIsAPersonOfAWorkflowCanBeErased() throws {
        let bench = try bench()
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        let problem = #expect(throws: Problem.self) {
            try inspector.erasure(of: "clint", "c-4")
        }
        #expect(problem?.fix == "did you mean client?")
    }

    @Test func aDryRunSaysWhomItWouldConcern() throws {
        var bench = try bench()
        for key in ["1", "2", "3"] { try start(&bench, key) }
        try end(&bench, "2")
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        let preview = try inspector.erasure(of: "client", "c-4")
        #expect((preview.ended, preview.running) == (1, 2))
        #expect(preview.awaited.map(\.key) == ["3", "1"])
        #expect(try inspector.erasures(count: 9).isEmpty)
    }

    // MARK: The file beside the database

    @Test func whatOnlyTheFileKnowsIsDoneAgain() throws {
        let store = MemoryStore()
        var bench = try Bench(try Catalog([Self.visit]), store: store)
        try start(&bench, "1")
        try end(&bench, "1")
        let backup = store.snapshot
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(Self.order())
        let log = MemoryLog()
        #expect(try ErasureAgreement.make(log, store) == [])
        #expect(log.written.map(\.number) == [1], "the file was lost, and has it again")
        store.restore(backup)
        #expect(try everything(bench, "1").contains(Self.street))
        let found = try ErasureAgreement(log.written, store)
        #expect(found.unknown.map(\.number) == [1])
        #expect(try ErasureAgreement.make(log, store).map(\.number) == [1])
        var next = try Bench(try Catalog([Self.visit]), store: store, now: bench.now)
        try next.settle()
        #expect(try erasure(next).status == .done)
        #expect(try !everything(next, "1").contains(Self.street))
        #expect(try ErasureAgreement.make(log, store) == [])
    }

    @Test func aNumberThatIsTakenIsNotGivenTwice() throws {
        let store = MemoryStore()
        var bench = try Bench(try Catalog([Self.visit]), store: store)
        _ = try bench.ask(Self.order(1, "client", "c-4"))
        let log = MemoryLog()
        log.append([
            Erasure.Order(
                number: 1, person: "client", id: "c-7", reason: "", by: .system, at: bench.now)
        ])
        #expect(try ErasureAgreement.make(log, store).map(\.id) == ["c-7"])
        let ids = try ErasureAgreement.records(store).map(\.order)
            .sorted { $0.number < $1.number }.map(\.id)
        #expect(ids == ["c-4", "c-7"])
    }

    private final class MemoryLog: ErasureLog {
        private let kept = Mutex<[Erasure.Order]>([])
        var written: [Erasure.Order] { kept.withLock { $0 } }
        func append(_ orders: [Erasure.Order]) { kept.withLock { $0 += orders } }
        func orders() -> [Erasure.Order] { written }
    }
}
