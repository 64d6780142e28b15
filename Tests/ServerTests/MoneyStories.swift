import Definition
import Execution
import Synchronization
import Testing
import Values
import WorkflowLanguage

/// Holding money, over HTTP and on its page.
@Suite struct MoneyStories {
    /// The first call is on its way for ever; the others wait for their turn, until their money is held.
    private final class Port: CallPort {
        private let state = Mutex((rows: [CallRow](), holds: MoneyHolds()))

        func submit(_ call: CallRow) { state.withLock { $0.rows.append(call) } }
        func withdraw(_ call: CallID, recall: Int64) {}
        func setHolds(_ holds: MoneyHolds) { state.withLock { $0.holds = holds } }
        func setPaused(_ isPaused: Bool, adapter: String) {}
        func probe(adapter: String) {}
        func conditions(of calls: [CallID]) -> [AdapterCondition] {
            let first = state.withLock { $0.rows.first?.id }
            var condition = AdapterCondition(
                adapter: "bank", openSince: nil, nextProbe: nil, failures: 0, calls: 0, running: 1,
                concurrency: 1, queued: 1, ahead: [:])
            condition.underWay = Set<CallID>([first].compactMap(\.self))
            return [condition]
        }
        var sent: Int { state.withLock { $0.rows.count } }
    }

    private static let manifest = """
        adapter: bank
        transport: http
        url: http://127.0.0.1:1
        operations:
          pay:
            kind: pivot
            money: {direction: out, amount: input.amount, currency: '"EUR"'}
            request: {method: POST, path: /payouts}
        """

    private static let workflow = """
        workflow: wage
        version: 1
        input: {type: object, required: [amount], properties: {amount: {type: integer}}}
        initial: paying
        states:
          paying: {invoke: {task: bank.pay, input: {amount: '${input.amount}'}, onDone: paid}}
          paid: {type: final}
        """

    private func withBank(
        _ port: Port, _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        let parsed = WorkflowLanguage.parseAdapter(Self.manifest, file: "adapter.yaml")
        let manifest = try #require(parsed.value, "\(parsed.diagnostics.map(\.headline))")
        try await withServer(workflow: Self.workflow, adapters: [manifest], calls: port, body)
    }

    @Test func moneyIsHeldAndSomebodyElseReleasesIt() async throws {
        let port = Port()
        try await withBank(port) { client in
            func pay(_ key: String, _ amount: Int) async throws {
                _ = try await client.put(
                    "/v1/workflows/wage/instances/\(key)", #"{"amount": \#(amount)}"#)
            }
            for key in ["1", "2"] { try await pay(key, 531_200) }
            #expect(try await client.get("/v1/money")["holds"] == [])
            #expect(try await client.post("/v1/money/holds", "{}").status == 422)
            let wrong = try await client.post(
                "/v1/money/holds", #"{"scope": "payouts", "reason": "x"}"#)
            #expect(wrong.status == 422)
            let olga = ["Pawl-Actor": "operator/olga"]
            let held = try await client.post("/v1/money/holds", #"{"reason": "audit"}"#, olga)
            #expect(held.status == 201)
            #expect(held["scope"] == "out" && held["by"] == "operator/olga")
            #expect(held["inFlight"]?["calls"] == 1 && held["held"]?["calls"] == 1)
            #expect(held["inFlight"]?["amounts"]?[0]?["text"] == "5312.00 EUR")
            try await pay("3", 100)
            #expect(port.sent == 2, "nothing more is sent")
            let why = try await client.get("/v1/workflows/wage/instances/3/why")
            let blocker = why["blockers"]?[0]
            #expect(blocker?["kind"] == "money.held" && blocker?["needsPerson"] == false)
            #expect(blocker?["evidence"]?["by"] == "operator/olga")
            #expect(blocker?["evidence"]?["amount"]?["text"] == "1.00 EUR")
            #expect(blocker?["actions"]?[0]?["command"] == "pawl money")
            let status = try await client.get("/v1/money")
            #expect(status["held"]?["calls"] == 2)
            let path = "/v1/money/holds/1/release"
            let own = try await client.post(path, #"{"reason": "seen"}"#, olga)
            #expect(own.status == 403)
            #expect(own["detail"]?.stringValue?.contains("somebody else") == true)
            let ana = ["Pawl-Actor": "operator/ana"]
            let dry = try await client.post(path, #"{"dryRun": true}"#, ana)
            #expect(dry["leaves"]?["calls"] == 2 && dry["dryRun"] == true)
            #expect(try await client.get("/v1/money")["holds"]?.listValue?.count == 1)
            let free = try await client.post(path, #"{"reason": "seen"}"#, ana)
            #expect(free["released"]?["by"] == "operator/ana")
            #expect(try await client.post(path, #"{"reason": "again"}"#, ana).status == 409)
            #expect(
                try await client.post("/v1/money/holds/9/release", #"{"reason": "r"}"#).status
                    == 404)
            #expect(try await client.get("/v1/money/holds")["holds"]?[0]?["released"] != nil)
        }
    }

    @Test func theConsoleShowsItAndReleasesIt() async throws {
        try await withBank(Port()) { client in
            let olga = ["Pawl-Actor": "operator/olga"]
            _ = try await client.post("/v1/money/holds", #"{"reason": "audit"}"#, olga)
            let triage = try await client.page("/")
            #expect(triage.html.contains("outgoing money is held by"))
            let page = try await client.page("/money")
            #expect(page.html.contains("1 hold stands.") && page.html.contains("audit"))
        }
    }
}
