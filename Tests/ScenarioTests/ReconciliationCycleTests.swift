import Assembly
import Engine
import Execution
import Foundation
import Guest
import Marketplace
import MemoryStore
import Sandbox
import Testing
import Values
import WorkflowLanguage

/// Billing cycles and what the bank says of them, over the real engine, manifests and operations, with the fake bank.
@Suite("The bank's statement after billing cycles [R-47], [R-48]")
struct ReconciliationCycleTests {
    /// Posts a charge: an order's part of it.
    private static let charge = """
        workflow: charge
        version: 1
        input:
          type: object
          required: [account, amount, at]
          properties: {account: {type: string}, amount: {type: integer}, at: {type: string}}
        initial: posting
        states:
          posting:
            invoke:
              task: billing.charge
              input:
                account: '${input.account}'
                amount: '${input.amount}'
                orderId: '${instance.key}'
                at: '${input.at}'
              onDone: posted
          posted: {type: final}
        """

    /// An order's end, as far as its worker is concerned.
    private static let earning = """
        workflow: earning
        version: 1
        input:
          type: object
          required: [worker, price, at]
          properties: {worker: {type: string}, price: {type: integer}, at: {type: string}}
        initial: posting
        states:
          posting:
            invoke:
              task: payroll.earn
              input:
                worker: '${input.worker}'
                outcome: completed
                price: '${input.price}'
                orderId: '${instance.key}'
                at: '${input.at}'
              onDone: posted
          posted: {type: final}
        """

    private struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    private var engine: VirtualEngine<InProcessWorld>
    private var last = 0

    init() throws {
        let project = try Repository.project
        let own = try [Self.charge, Self.earning].map {
            try #require(WorkflowLanguage.parseWorkflow($0, file: "own.yaml").value)
        }
        // Monday 9 March 2026, 10:00 in Berlin.
        let start = try #require(Timestamp(rfc3339: "2026-03-09T09:00:00Z"))
        engine = try VirtualEngine(
            catalog: Catalog(
                workflows: project.workflows + own,
                adapters: project.adapters, local: OperationTable(Marketplace()),
                zone: "Europe/Berlin", calendars: project.calendars),
            store: MemoryStore(),
            world: InProcessWorld(
                sandbox: SandboxWorld(
                    remotes: Marketplace().remotes, manifests: project.adapters),
                manifests: project.adapters, start: start, latency: .milliseconds(20)),
            now: start)
    }

    private mutating func post(_ account: String, _ amount: Int64) throws {
        last += 1
        let command = StartCommand(
            name: InstanceName(workflow: "charge", key: "o-\(last)"),
            input: [
                "account": .string(account), "amount": .int(amount),
                "at": .string(engine.now.rfc3339),
            ])
        guard case .started = try engine.ask(.start(command)) else {
            throw Unexpected(description: "the charge was not posted")
        }
    }

    private mutating func earn(_ worker: String, _ price: Int64) throws {
        last += 1
        let command = StartCommand(
            name: InstanceName(workflow: "earning", key: "o-\(last)"),
            input: [
                "worker": .string(worker), "price": .int(price), "at": .string(engine.now.rfc3339),
            ])
        guard case .started = try engine.ask(.start(command)) else {
            throw Unexpected(description: "\(worker) did not earn")
        }
    }

    /// Somebody has those tried again that gave up while the bank was down.
    private mutating func retry(_ workflow: String) throws {
        for run in try runs(of: workflow) where !run.incidents.isEmpty {
            let retry = Input.operate(
                .retry(incident: nil), reason: "the bank is back", actor: .system)
            _ = try engine.ask(.operate(run.name, retry, isDry: false))
        }
    }

    private mutating func wait(until moment: String) throws {
        try engine.run(until: try #require(Timestamp(rfc3339: moment)))
    }

    private mutating func fault(
        _ operation: String, _ kind: Fault.Kind, _ count: Int64 = -1
    ) {
        engine.world.sandbox.faults.add(
            Fault(adapter: "bank", operation: operation, kind: kind, count: count))
    }

    /// Something that the bank does by itself, or that is wrong with its statements.
    private mutating func bank(_ path: String, _ body: Value) throws {
        let reply = engine.world.sandbox.handle(
            RemoteRequest(method: "POST", path: "/bank/v1/\(path)", body: JSON.encode(body)),
            now: engine.now)
        guard case .respond(let response, _) = reply, response.status == 201 else {
            throw Unexpected(description: "the bank refused: \(reply)")
        }
    }

    private var bankLines: [BankLine] { engine.world.sandbox[Bank.self]?.lines ?? [] }

    private func records(_ collection: String) throws -> [RecordEntry] {
        try engine.store.records(
            RecordQuery(collection: collection, selection: .all, limit: 100_000)
        ).records.map { RecordEntry(id: $0.id, group: $0.group, body: $0.body) }
    }

    private func runs(of workflow: String) throws -> [Run] {
        let query = InstanceQuery(
            terms: [.workflow(workflow)], now: engine.now, before: nil, count: 10_000)
        return try engine.store.list(query).instances.reversed().map { row in
            let definition = try #require(
                engine.machine.catalog.definition(workflow, version: row.version))
            return try Run(decoding: row, definition: definition)
        }
    }

    /// Open incidents of differences: their classes and what they are about.
    private func incidents() throws -> [String] {
        try runs(of: "bank-difference").flatMap { run in
            run.incidents.map { "\($0.error.name) \(run.name.key)" }
        }.sorted()
    }

    private func violations() throws -> [String] {
        var all: [ExactText: [RecordEntry]] = [:]
        for name in LedgerAudit.collections {
            all[ExactText(name)] = try records(name)
        }
        return LedgerAudit.violations { all[ExactText($0)] ?? [] }
    }

    @Test(
        "A bank that loses replies, declines, is down over the end of a cycle, repeats and reorders: nothing twice, nobody skipped, no difference"
    )
    func badBank() throws {
        var world = self
        var owed: [ExactText: Int64] = [:]
        for number in 0..<60 {
            let account = number % 10 == 7 ? "c-declines-2-\(number)" : "c-\(number)"
            for part in 0...(number % 3) {
                try world.post(account, Int64(1_000 + 10 * number + part))
                owed[account, default: 0] += Int64(1_000 + 10 * number + part)
            }
        }
        try world.bank("troubles", ["what": "repeat"])
        try world.bank("troubles", ["what": "reorder"])
        // Sunday night.
        try world.wait(until: "2026-03-15T22:30:00Z")
        world.fault("charge", .lostReply, 15)
        world.fault("*", .down)
        try world.wait(until: "2026-03-16T04:00:00Z")
        world.engine.world.sandbox.faults.clear()
        world.fault("charge", .lostReply, 15)
        world.fault("statement", .lostReply, 3)
        world.fault("statement", .status, 2)
        try world.retry("client-invoice")
        try world.wait(until: "2026-04-12T00:00:00Z")
        var taken: [ExactText: [Int64]] = [:]
        for line in world.bankLines where line.kind == .charge && line.status == .posted {
            taken[line.account, default: []].append(line.amount)
        }
        #expect(taken.count == owed.count)
        for (account, amount) in owed {
            #expect(taken[account] == [amount], "\(account.text)")
        }
        let cycles = try world.runs(of: "client-billing-cycle")
        let compared = try world.runs(of: "bank-reconciliation").filter {
            $0.name.key.hasPrefix("client/")
        }
        #expect(compared.count == cycles.count)
        #expect(compared.first?.status == .completed)
        #expect(try world.runs(of: "bank-difference").isEmpty)
        #expect(try world.records("reconciliation.item").allSatisfy { $0.body["line"] != nil })
        #expect(try world.violations() == [])
    }

    @Test("What is wrong is an incident each, once, however often it is compared")
    func differences() throws {
        var world = self
        for number in 1...6 { try world.post("c-\(number)", Int64(1_000 * number)) }
        try world.wait(until: "2026-03-15T22:59:00Z")
        try world.bank("lines", ["kind": "fee", "amount": 30])
        try world.bank("lines", ["kind": "charge", "amount": 77, "account": "c-9"])
        try world.bank("lines", ["kind": "other", "amount": 12])
        // Behind these seven come the charges.
        try world.bank("troubles", ["what": "strip", "line": "charge-8"])
        try world.bank("troubles", ["what": "respell", "line": "charge-9"])
        try world.bank("troubles", ["what": "alter", "line": "charge-10", "amount": 5])
        try world.bank("troubles", ["what": "hide", "line": "charge-11"])
        try world.wait(until: "2026-03-16T12:00:00Z")
        let first = try world.incidents()
        #expect(
            first == [
                "amount-differs house/charge-10", "at-bank-only house/charge-2",
                "at-bank-only house/charge-9", "at-bank-only house/other-3",
            ])
        try world.wait(until: "2026-03-24T12:00:00Z")
        let later = try world.incidents()
        #expect(later.count == 5)
        #expect(Set(later).subtracting(first).first?.hasPrefix("not-at-bank ours:") == true)
        try world.wait(until: "2026-04-06T12:00:00Z")
        #expect(try world.incidents() == later)
        #expect(try world.violations() == [])
    }

    @Test(
        "Payouts over a bank that is down at the end of the month and loses replies: each worker once; what comes back is owed again"
    )
    func payouts() throws {
        var world = self
        for number in 0..<30 { try world.earn("w-\(number)", Int64(10_000 + 100 * number)) }
        try world.wait(until: "2026-03-31T21:30:00Z")
        try world.bank("troubles", ["what": "repeat"])
        world.fault("payout", .lostReply, 12)
        world.fault("*", .down)
        try world.wait(until: "2026-04-01T04:00:00Z")
        world.engine.world.sandbox.faults.clear()
        world.fault("payout", .lostReply, 12)
        try world.retry("worker-payout")
        try world.wait(until: "2026-04-02T09:00:00Z")
        let paid = world.bankLines.filter { $0.kind == .payout && $0.status == .posted }
        #expect(paid.count == 30)
        #expect(Set(paid.map { ExactText($0.account) }).count == 30)
        #expect(try world.runs(of: "bank-difference").isEmpty)
        #expect(try world.violations() == [])
        // The payee's bank sends one back.
        let back = try #require(paid.first)
        let body: Value = [
            "kind": "return", "amount": .int(back.amount), "account": .string(back.account),
            "of": .string(back.key),
        ]
        try world.bank("lines", body)
        try world.wait(until: "2026-04-20T09:00:00Z")
        #expect(try world.runs(of: "bank-difference").count == 1)
        #expect(try world.incidents().first?.hasPrefix("payout-returned house/return-") == true)
        let returned = try world.records("ledger.transaction").filter {
            $0.id == "payout:\(back.key)/returned"
        }
        #expect(returned.count == 1)
        #expect(try world.violations() == [])
    }

    @Test("An accountant settles one, and it stays settled")
    func settled() throws {
        var world = self
        try world.post("c-1", 1_000)
        try world.bank("lines", ["kind": "charge", "amount": 77, "account": "c-9"])
        try world.wait(until: "2026-03-16T12:00:00Z")
        #expect(try world.incidents() == ["at-bank-only house/charge-1"])
        let event = InboundEvent(
            id: "e-1", name: "difference.accept",
            data: ["to": "revenue", "reason": "nobody wants it back"],
            sender: Actor(role: "accountant", subject: "eva"))
        let name = InstanceName(workflow: "bank-difference", key: "house/charge-1")
        _ = try world.engine.ask(.event(EventCommand(address: .instance(name), event: event)))
        try world.wait(until: "2026-04-06T12:00:00Z")
        #expect(try world.runs(of: "bank-difference").map(\.status) == [.completed])
        #expect(try world.incidents().isEmpty)
        #expect(try world.violations() == [])
    }
}
