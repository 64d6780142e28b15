import Definition
import Engine
import Execution
import Guest
import MemoryStore
import Testing
import Values
import WorkflowLanguage

@testable import Rehearsal

/// A stream through the engine, and what is left of it: refusals, outcomes, two runs beside each other.
@Suite struct RunTests {
    private static let loan = """
        workflow: loan
        version: 1
        start: {on: loan.asked}
        input: {type: object, required: [sum], properties: {sum: {type: integer}, branch: {type: string}}}
        search: {branch: 'has(input.branch) ? input.branch : null'}
        params: {grace: {type: string, format: duration, default: 2h}}
        events: {loan.granted: {early: reject}, loan.repaid: {early: reject}}
        initial: asked
        states:
          asked: {on: {loan.granted: paying}}
          paying:
            invoke: {task: bank.pay, input: {sum: '${input.sum}'}, onDone: open}
          open:
            on: {loan.repaid: repaid}
            after: {'${params.grace}': lost}
          repaid: {type: final}
          lost: {type: final, status: failed}
        """
    private static let bank = """
        adapter: bank
        transport: http
        url: {env: BANK_URL}
        idempotency: {header: Idempotency-Key, keyRetention: 24h}
        operations:
          pay:
            kind: retriable
            money: {direction: out, amount: input.sum, currency: '"EUR"'}
            request: {method: POST, path: /payments, body: '${input}'}
            onUnknown: resend
        """
    /// Three loans: repaid, lost, open; and an event after the end of each of the first two.
    private static let stream = [
        line("09:00", #""event":"loan.asked","key":"1","data":{"sum":100,"branch":"north"}"#),
        line("09:00", #""event":"loan.asked","key":"2","data":{"sum":50,"branch":"south"}"#),
        line("09:30", #""event":"loan.granted","key":"1""#),
        line("09:30", #""event":"loan.granted","key":"2""#),
        line("10:30", #""event":"loan.repaid","key":"1""#),
        line("11:00", #""event":"loan.repaid","key":"1""#),
        line("12:00", #""event":"loan.repaid","key":"2""#),
        line("12:00", #""start":"loan","key":"3","input":{"sum":7}"#),
        line("12:10", #""event":"loan.granted","key":"3""#),
    ]

    private static func line(_ time: String, _ members: String) -> String {
        #"{"at":"2026-01-05T\#(time):00Z",\#(members)}"#
    }

    /// It pays whatever it is asked to, and remembers nothing.
    private struct Bank: Remote {
        struct Line: RemoteLine {
            let value: Value
        }

        static let adapter = "bank"
        static let operations = [RemoteOperation("pay")]
        let lines: [Line] = []

        static func operation(of request: RemoteRequest) -> String? { "pay" }

        init(credential: String?) {}

        mutating func answer(
            _ request: RemoteRequest, now: Timestamp, isDeclining: Bool
        ) -> RemoteResponse { .json(200, [:]) }

        mutating func apply(_ line: Line) -> Bool { false }
    }

    /// Nothing runs inside the engine.
    private struct Nothing: LocalPerformer {
        func perform(
            adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
        ) -> LocalResult { LocalResult(.broken("there is nothing of that name")) }
    }

    private struct Run {
        var replay: Replay
        let inspector: Inspector

        var past: InspectedPast { InspectedPast(inspector, rejections: replay.rejections) }
    }

    private static func run(
        _ lines: [String] = stream, workflow: String = loan, grace: String? = nil,
        until: String? = nil
    ) throws -> Run {
        let workflow = try #require(
            WorkflowLanguage.parseWorkflow(workflow, file: "workflow.yaml").value)
        let adapter = try #require(WorkflowLanguage.parseAdapter(bank, file: "adapter.yaml").value)
        let params = grace.map { [ExactText("loan"): ValueMap([("grace", .string($0))])] }
        let catalog = Catalog(
            workflows: [workflow], adapters: [adapter], local: Nothing(), params: params ?? [:])
        let store = MemoryStore()
        var replay = try Replay(
            stream: try EventStream(Array(lines.joined(separator: "\n").utf8), name: "log"),
            catalog: catalog, manifests: [adapter], store: store, remotes: [Bank.self],
            actors: ActorsScript(rules: []))
        try replay.run(until: until.flatMap(Timestamp.init(rfc3339:))) { _ in }
        return Run(
            replay: replay,
            inspector: Inspector(store: store, catalog: catalog, now: replay.now))
    }

    @Test func whatComesAfterTheEndIsRefusedAndCountedWithItsInstance() throws {
        let run = try Self.run()
        #expect(run.replay.rejections.map(\.entry.line) == [6, 7])
        #expect(run.replay.rejections.map(\.isAfterEnd) == [true, true])
        #expect(run.replay.refusals == [ExactText("ended"): 2])
        #expect(try Replay.refusals(in: run.inspector.store) == [ExactText("ended"): 2])
        #expect(
            run.replay.rejections.first?.text
                == "line 6: loan.repaid of loan/1 at 2026-01-05T11:00:00Z: ended: loan/1 has ended: completed"
        )
        var late: [ExactText: Int] = [:]
        try run.past.instances(of: "loan") { late[$0.key] = $0.eventsAfterEnd }
        #expect(late == [ExactText("1"): 1, ExactText("2"): 1, ExactText("3"): 0])
    }

    @Test func outcomesAreToldOfAnyWorkflowByItsOwnAttributes() throws {
        let run = try Self.run()
        let table = try PlainRehearsal().outcomes(run.past)
        #expect(
            table.columns == [
                "workflow", "key", "outcome", "endedAt", "state", "eventsAfterEnd", "branch",
            ])
        #expect(
            table.rows == [
                ["loan", "3", "inProgress", "", "open", "0", ""],
                ["loan", "2", "failed", "2026-01-05T11:30:00Z", "lost", "1", "south"],
                ["loan", "1", "completed", "2026-01-05T10:30:00Z", "repaid", "1", "north"],
            ])
        let byBranch = try OutcomeTable(run.past, by: ["branch"])
        #expect(byBranch.rows.map { $0.row.values.map(\.text) } == [["north"], ["south"], [""]])
        #expect(byBranch.rows.map(\.row.state) == ["repaid", "lost", "open"])
        #expect(byBranch.rows.map(\.count) == [1, 1, 1])
        #expect(try OutcomeTable(run.past, by: ["elsewhere"]).rows.isEmpty)
        #expect(
            try OutcomeTable(run.past, by: []).rows.map(\.row.status).sorted() == [
                "completed", "failed", "inProgress",
            ])
    }

    @Test func aFootprintAddsUpTimesCallsAndMoney() throws {
        let run = try Self.run(until: "2026-01-05T12:40:00Z")
        func footprint(_ key: String) throws -> Footprint {
            let name = InstanceName(workflow: "loan", key: key)
            return try Footprint(
                try #require(try run.inspector.store.instance(named: name)), run.inspector)
        }
        let lost = try footprint("2")
        #expect(lost.outcome == "failed in lost")
        #expect(
            lost.times == [
                ExactText("asked"): .seconds(1_800), ExactText("paying"): .zero,
                ExactText("open"): .seconds(7_200), ExactText("lost"): .zero,
            ])
        #expect(lost.calls == [ExactText("bank.pay"): 1])
        #expect(lost.money == [ExactText("out EUR"): 50])
        // It is in there still.
        #expect(try footprint("3").times["open"] == .seconds(1_800))
    }

    @Test func twoRunsOfTheSameAreAlike() throws {
        let same = try ReplayComparison(try Self.run().inspector, try Self.run().inspector)
        #expect(same.findings.isEmpty && same.compared == 3)
        #expect(
            same.text(against: "a")
                == "Against a: 3 instances are in both runs, and nothing differs.")
    }

    @Test func whatDiffersIsCountedWithItsFirstExamples() throws {
        let other = Self.stream.map {
            $0.replacing(#""sum":50"#, with: #""sum":60"#).replacing(
                #""key":"3""#, with: #""key":"4""#)
        }
        let comparison = try ReplayComparison(
            try Self.run().inspector, try Self.run(other, grace: "90m").inspector)
        #expect(comparison.compared == 2)
        #expect(
            comparison.findings.map(\.aspect) == ["missing", "new", "times", "money"])
        let text = comparison.text(against: "a")
        #expect(
            text.contains(
                "times      1 instance differs\n           loan/2: open: 2 h → 1 h 30 min"))
        #expect(text.contains("money      1 instance differs\n           loan/2: out EUR: 50 → 60"))
        #expect(text.hasSuffix("in all     out EUR: 150 → 160"))
        let early = try ReplayComparison(
            try Self.run().inspector, try Self.run(grace: "30m").inspector)
        #expect(early.findings.map(\.aspect) == ["outcome", "times", "refused"])
        #expect(
            early.text(against: "a").contains("loan/1: completed in repaid → failed in lost"))
    }

    /// The store keeps the newest 10,000 of all that moved nothing; what came too late stays among them.
    @Test func whatComesAfterTheEndIsNotPushedOut() throws {
        let noise = (0..<10_050).map { _ in
            Self.line("13:00", #""event":"loan.unheard","key":"1""#)
        }
        let run = try Self.run(Self.stream + noise)
        #expect(run.replay.rejections.count == 10_052)
        func kept(_ key: String) throws -> [String] {
            try run.inspector.store.unmatched(
                UnmatchedQuery(workflow: "loan", key: key, outcome: .rejected, count: 10)
            ).map(\.told.id)
        }
        #expect(try kept("1") == ["line-6"])
        #expect(try kept("2") == ["line-7"])
    }

    /// Three days and some seconds read like three days.
    @Test func whatReadsTheSameIsWrittenExactly() {
        let long = Duration.seconds(300_000)
        func changes(_ later: Duration) -> String {
            Footprint.changes(
                ["open": long], ["open": later], none: .zero, { $0.shortText },
                exact: { $0.celString })
        }
        #expect(changes(long + .seconds(1)) == "open: 300000s → 300001s")
        #expect(changes(.seconds(60)) == "open: 3 d 11 h → 1 min")
        #expect(changes(long).isEmpty)
    }
}
