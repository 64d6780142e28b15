import Alerts
import Definition
import Execution
import MemoryStore
import Testing
import Values

@testable import Engine

/// Every change by a person or a token has a row of the audit, in the commit of the change (G11).
@Suite("The audit") struct AuditTests {
    private static let olga = Actor(role: "operator", subject: "olga")
    private static let acme = AuditSource(
        Actor(role: "client", subject: "acme"), principal: "ordering", proof: "token tk_1",
        request: "r-1")

    private static func rows(_ bench: Bench) throws -> [AuditReading] {
        try bench.store.audit(after: 0, count: 1_000).map { AuditReading($0) }
    }

    // MARK: What has a row

    /// Every kind of request that a person can cause; a new one makes this, too, not compile.
    private static func kind(_ request: Request) -> String {
        switch request {
        case .start: "start"
        case .event: "event"
        case .schedule: "schedule"
        case .operate: "operate"
        case .adapter: "adapter"
        case .workflow: "workflow"
        case .money: "money"
        case .update: "update"
        case .attachment: "attachment"
        case .remove: "remove"
        case .restore: "restore"
        case .record: "record"
        }
    }

    private static let name = InstanceName(workflow: "w", key: "1")

    private static func start(_ key: String = "1", by actor: Actor = olga) -> Request {
        .start(
            StartCommand(
                name: InstanceName(workflow: "w", key: key), input: .map(ValueMap()), actor: actor))
    }

    private static func event(_ id: String, by actor: Actor = olga) -> Request {
        .event(
            EventCommand(
                address: .instance(name),
                event: InboundEvent(id: id, name: "pay", data: .map(ValueMap()), sender: actor)))
    }

    private static let hash: ContentHash? = ContentHash(String(repeating: "a", count: 64))

    private static func deeds() throws -> [(String, Request)] {
        let hash = try #require(hash)
        let substitution = Substitution(
            of: Substitution.Absent(role: "manager", subject: "ann"), by: olga,
            from: Bench.morning, until: Bench.morning + .seconds(60))
        let silence = Silence(
            Matcher(), from: Bench.morning, until: Bench.morning + .seconds(60), by: olga,
            reason: "night")
        return [
            ("start", start()), ("send", event("e-1")),
            ("pause", .operate(name, .operate(.pause, reason: "wait", actor: olga), isDry: false)),
            ("resume", .operate(name, .operate(.resume, reason: "go", actor: olga), isDry: false)),
            ("cancel", .operate(name, .cancel(reason: "no", actor: olga), isDry: false)),
            (
                "terminate",
                .operate(name, .operate(.terminate, reason: "x", actor: olga), isDry: false)
            ),
            ("adapter.pause", .adapter("bank", .pause(reason: "down"), actor: olga)),
            ("adapter.resume", .adapter("bank", .resume(reason: "up"), actor: olga)),
            ("workflow.pause", .workflow("w", .pause(reason: "bug"), actor: olga)),
            ("workflow.resume", .workflow("w", .resume(reason: "fixed"), actor: olga)),
            ("money.hold", .money(.hold(1, .all, reason: "fraud"), actor: olga)),
            (
                "money.release",
                .money(
                    .release(1, reason: "false alarm"),
                    actor: Actor(role: "operator", subject: "otto"))
            ),
            ("attachment.put", .attachment(.put(hash, size: 3, type: .jpeg, by: olga))),
            ("substitute.set", .update(.set(substitution))),
            ("substitute.end", .update(.endSubstitution(of: substitution.absent, by: olga))),
            ("alert.silence", .update(.silence(silence, at: Bench.morning))),
            ("alert.unsilence", .update(.endSilence(silence.id))),
            (
                "records",
                .update(
                    RecordUpdate { _, _ in
                        .changed([
                            RecordWrite(
                                collection: "notes", id: "1", group: "", expectedRevision: 0,
                                body: 1)
                        ])
                    })
            ),
            ("login", .record(AuditEntry(.login, by: olga))),
        ]
    }

    @Test func eachDeedHasARowAndNothingElseDoes() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        var kinds: [String] = []
        for (deed, request) in try Self.deeds() {
            let before = try Self.rows(bench).count
            let reply = try bench.ask(request, from: Self.acme)
            if case .refused(let problem) = reply { Issue.record("\(deed): \(problem.message)") }
            let rows = try Self.rows(bench)
            #expect(rows.count == before + 1, "\(deed)")
            #expect(rows.last?.deed == deed)
            #expect(rows.last?.row[.principal].text == "ordering")
            #expect(rows.last?.proof == "token tk_1")
            #expect(rows.last?.request == "r-1")
            if !kinds.contains(Self.kind(request)) { kinds.append(Self.kind(request)) }
        }
        // What is left: `remove` is the engine's own, `schedule` and `restore` have tests of their own.
        #expect(
            kinds == [
                "start", "event", "operate", "adapter", "workflow", "money", "attachment", "update",
                "record",
            ])
        #expect(try AuditVerifier.walk(bench.store).verdict() == nil)
    }

    @Test func theEnginesOwnDoingHasNone() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(Self.start(by: .system))
        _ = try bench.ask(Self.event("e-1", by: .system))
        let call = try #require(bench.calls.last)
        bench.machine.answer(
            call.id, .failed(CallError(name: "declined", message: "no", isRetryable: false)))
        try bench.settle()
        _ = try bench.ask(.operate(Self.name, .retry, isDry: false))
        #expect(try Self.rows(bench).isEmpty)
    }

    @Test func aStartByNobodyKnownIsInItsHistoryAlone() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        let nobody = Actor(role: "operator", subject: "anonymous")
        _ = try bench.ask(Self.start("1", by: nobody))
        #expect(try Self.rows(bench).isEmpty)
        _ = try bench.ask(Self.start("2", by: nobody), from: Self.acme)
        _ = try bench.ask(Self.start("3", by: Self.olga))
        #expect(try Self.rows(bench).map(\.target) == ["w/2", "w/3"])
        // What is done to it has a row, whoever did it.
        let pause = Input.operate(.pause, reason: "wait", actor: nobody)
        _ = try bench.ask(.operate(Self.name, pause, isDry: false))
        #expect(try Self.rows(bench).last?.actor == "operator/anonymous")
    }

    @Test func whatChangesNothingHasNone() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(Self.start())
        let pause = Input.operate(.pause, reason: "wait", actor: Self.olga)
        _ = try bench.ask(.operate(Self.name, pause, isDry: true))
        _ = try bench.ask(.adapter("nowhere", .pause(reason: "x"), actor: Self.olga))
        _ = try bench.ask(Self.start())
        #expect(try Self.rows(bench).count == 1)
    }

    // MARK: What a row says

    private static let paid = Flows.flow(
        """
        context: {iban: {type: [string, 'null'], default: null}}
        events: {pay: {}}
        initial: a
        states:
          a: {on: {pay: b}}
          b: {type: final}
        """)

    @Test func aRowSaysWhoWhatWhyAndWhatCameOfItButNoPayload() throws {
        var bench = try Bench(try Catalog([Self.paid]))
        _ = try bench.ask(Self.start())
        let assign = Input.operate(
            .assign(["iban": "DE89 3704"]), reason: "typed wrongly", actor: Self.olga)
        _ = try bench.ask(.operate(Self.name, assign, isDry: false), from: Self.acme)
        let row = try #require(try Self.rows(bench).last)
        #expect(row.actor == "operator/olga")
        #expect(row.target == "w/1")
        #expect(row.row[.reason].text == "typed wrongly")
        #expect(row.arguments["members"] == "iban")
        let text = String(decoding: row.row.body, as: UTF8.self)
        #expect(!text.contains("3704"))
        // Who has no key of the store cannot try small values.
        let plain = SHA256.hex(of: JSON.encode(["iban": "DE89 3704"]))
        #expect(row.arguments["context"]?.stringValue?.count == 64)
        #expect(row.arguments["context"]?.stringValue != plain)
    }

    @Test func theSamePayloadHasTheSameHashInWhateverOrder() throws {
        let chain = try AuditChain(MemoryStore(), seed: [1])
        #expect(
            chain.digest(["a": 1, "b": ["c": 2, "d": 3]])
                == chain.digest(["b": ["d": 3, "c": 2], "a": 1]))
        let other = try AuditChain(MemoryStore(), seed: [2])
        #expect(chain.digest(["a": 1]) != other.digest(["a": 1]))
    }

    // MARK: With the change

    @Test func aRowIsWrittenWithItsChangeOrNotAtAll() throws {
        let store = FailingStore()
        var bench = try Bench(try Catalog([Flows.paying]), store: store)
        _ = try bench.ask(Self.start())
        store.failsNext = true
        _ = bench.submit(Self.start("2"))
        let batch = try #require(try bench.batch())
        #expect(batch.commits.flatMap(\.audit).count == 1)
        #expect(throws: StoreError.self) { try bench.flush(batch) }
        _ = bench.machine.failed(refusing: nil)
        try bench.settle()
        // Decided again, it has the place that the lost one had.
        #expect(try Self.rows(bench).map(\.row.sequence) == [1, 2])
        #expect(try Self.rows(bench).map(\.target) == ["w/1", "w/2"])
        #expect(try AuditVerifier.walk(store).verdict() == nil)
    }

    @Test func oneBatchOfManyHasOneChain() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        for number in 1...20 { _ = bench.submit(Self.start("\(number)")) }
        #expect(try bench.settle() == 1)
        #expect(try Self.rows(bench).map(\.target) == (1...20).map { "w/\($0)" })
        #expect(try AuditVerifier.walk(bench.store).verdict() == nil)
        // Another process goes on behind it.
        var next = try Bench(try Catalog([Flows.paying]), store: bench.store)
        _ = try next.ask(Self.start("21"))
        #expect(try Self.rows(next).last?.row.sequence == 21)
        #expect(try AuditVerifier.walk(bench.store).verdict() == nil)
    }

    @Test func aCopyThatIsPutBackGoesOnAndSaysSo() throws {
        let store = MemoryStore()
        var bench = try Bench(try Catalog([Flows.paying]), store: store)
        _ = try bench.ask(Self.start())
        let copy = store.snapshot
        _ = try bench.ask(Self.start("2"))
        let anchor = try #require(try store.audit(before: nil, count: 1).first)
        store.restore(copy)
        try store.recordRestoration("restored from a backup", at: bench.now)
        var next = try Bench(try Catalog([Flows.paying]), store: store)
        _ = try next.ask(Self.start("3"))
        let rows = try Self.rows(next)
        #expect(rows.map(\.deed) == ["start", "restored", "start"])
        #expect(rows[1].row[.reason].text == "restored from a backup")
        #expect(try AuditVerifier.walk(store).verdict() == nil)
        // Who was told of the other row 2 knows that this is another way.
        let told = AuditAnchor(
            namespace: "shop", sequence: 2, hash: anchor.hash, at: bench.now)
        #expect(try AuditVerifier.walk(store, anchors: [told]).verdict()?.kind == .rewritten)
    }

    @Test func aReplayHasNoRows() throws {
        let store = MemoryStore()
        var machine = try EngineMachine(
            catalog: try Catalog([Flows.paying]), store: store, isAudited: false)
        _ = machine.submit(RequestID(1), Self.start())
        try machine.advance(now: Bench.morning)
        let batch = machine.seal()
        #expect(batch?.commits.count == 1)
        #expect(batch?.commits.first?.audit.isEmpty == true)
    }

    // MARK: Refusals

    @Test func whoeverIsRefusedAMillionTimesLeavesFewRows() throws {
        var budget = RefusalBudget()
        var rows: [AuditEntry] = []
        for attempt in 0..<100_000 {
            // Another name each time is no way around it.
            let actor = Actor(role: "public", subject: "eve-\(attempt % 5_000)")
            let at = Bench.morning + .milliseconds(attempt % 60_000)
            rows += budget.take(AuditEntry(at: at, .denied, by: actor))
        }
        rows += budget.due(now: Bench.morning + .seconds(61))
        #expect(rows.count <= 2 * (RefusalBudget.maximum + 2))
        let counted = rows.reduce(Int64(0)) { $0 + ($1.arguments["more"]?.intValue ?? 1) }
        #expect(counted == 100_000)
        // And what is no refusal is written each time.
        let login = AuditEntry(at: Bench.morning, .login, by: Self.olga)
        #expect(budget.take(login) == [login])
        #expect(budget.take(login) == [login])
    }

    // MARK: Looking

    @Test func theListIsFiltered() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        for number in 1...3 { _ = try bench.ask(Self.start("\(number)")) }
        bench.now = bench.now + .seconds(3_600)
        _ = try bench.ask(.adapter("bank", .pause(reason: "down"), actor: Self.olga))
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        func found(_ text: String) throws -> [Int64] {
            try inspector.audit(
                AuditFilter(parsing: text, now: bench.now), before: nil, count: 10
            ).rows.map(\.row.sequence)
        }
        #expect(try found("") == [4, 3, 2, 1])
        #expect(try found("deed:start target:w/2") == [2])
        #expect(try found("deed:adapter") == [4])
        #expect(try found("target:bank actor:operator/olga") == [4])
        #expect(try found("since:10m") == [4])
        #expect(try found("until:10m target:w") == [3, 2, 1])
        #expect(throws: Problem.self) { try found("deed:adaptor") }
        #expect(throws: Problem.self) { try found("colour:red") }
        let page = try inspector.audit(AuditFilter(), before: nil, count: 3)
        #expect(page.next == 2)
        #expect(
            try inspector.audit(AuditFilter(), before: page.next, count: 3).rows
                .map(\.row.sequence) == [1])
    }
}

/// Refuses one commit.
private final class FailingStore: StoreDecorator, @unchecked Sendable {
    let base: any Store = MemoryStore()
    var failsNext = false

    func commit(_ commits: [Commit]) throws(StoreError) {
        guard !failsNext else {
            failsNext = false
            throw .unavailable("planned")
        }
        try base.commit(commits)
    }
}
