import Engine
import Execution
import Foundation
import Guest
import Marketplace
import MemoryStore
import Testing
import Values
import WorkflowLanguage

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// The clients' billing cycle by its schedule, with the real ledger: weeks of it, in the company's zone.
@Suite("Billing cycles of clients [R-40], [R-46]")
struct BillingCycleTests {
    /// Takes every charge at once and remembers it, unless it declines them.
    private struct Bank: VirtualWorld {
        private(set) var charges: [(account: String, amount: Int64)] = []
        private(set) var refunds: [String] = []
        var declines = false
        /// What was asked of it is done, and nobody hears of it.
        var isSilent = false
        private var answers: [CallID] = []
        private var declined: [CallID] = []
        private var statements: [CallID] = []

        mutating func submit(_ call: CallRow, now: Timestamp) {
            if call.adapter == "bank", call.operation == "statement" {
                statements.append(call.id)
                return
            }
            if call.adapter == "bank", call.operation == "refund" {
                refunds.append(call.input["key"]?.stringValue ?? "")
            } else if call.adapter == "bank", declines {
                return declined.append(call.id)
            } else if call.adapter == "bank" {
                charges.append(
                    (
                        call.input["account"]?.stringValue ?? "",
                        call.input["amount"]?.intValue ?? 0
                    ))
            }
            if !isSilent { answers.append(call.id) }
        }

        mutating func withdraw(_ call: CallID, recall: Int64, now: Timestamp) {}

        mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp) {}
        mutating func setHolds(_ holds: MoneyHolds, now: Timestamp) {}

        var nextMoment: Timestamp? { nil }

        mutating func arrivals(now: Timestamp) -> [VirtualArrival] {
            defer { (answers, declined, statements) = ([], [], []) }
            // It has nothing to tell, which is not what the books say.
            let page: Value = [
                "account": "house", "statement": "s", "opening": [:], "closing": [:],
                "entries": [], "next": nil,
            ]
            let no = CallError(name: "declined", message: "HTTP 402", isRetryable: false)
            return answers.map {
                .answer($0, .succeeded(["id": .string("b-\($0)"), "status": "posted"]))
            } + declined.map { .answer($0, .failed(no)) }
                + statements.map { .answer($0, .succeeded(page)) }
        }

        mutating func replied(to request: Request, _ reply: Reply, now: Timestamp) {}
        mutating func changed(_ change: InstanceChange, now: Timestamp) {}
    }

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

    private var engine: VirtualEngine<Bank>
    private var last = 0

    init() throws {
        let project = try Repository.project
        let charge = WorkflowLanguage.parseWorkflow(Self.charge, file: "charge.yaml")
        let catalog = Catalog(
            workflows: project.workflows + [try #require(charge.value)],
            adapters: project.adapters, local: OperationTable(Marketplace()),
            zone: "Europe/Belgrade",
            calendars: project.calendars)
        // Monday 9 March 2026, 10:00 there; the clocks go forward on Sunday the 29th.
        engine = try VirtualEngine(
            catalog: catalog, store: MemoryStore(), world: Bank(),
            now: try #require(Timestamp(rfc3339: "2026-03-09T09:00:00Z")))
    }

    private mutating func post(_ account: String, _ amount: Int64, at: String) throws {
        last += 1
        let name = InstanceName(workflow: "charge", key: "o-\(last)")
        let command = StartCommand(
            name: name,
            input: ["account": .string(account), "amount": .int(amount), "at": .string(at)])
        guard case .started = try engine.ask(.start(command)) else {
            throw Failure(status: 1, "the charge \(name) was not posted")
        }
    }

    private mutating func wait(until moment: String) throws {
        try engine.run(until: try #require(Timestamp(rfc3339: moment)))
    }

    private func cycles() throws -> [Run] {
        try runs(of: "client-billing-cycle")
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

    @Test("Each cycle begins where the one before it ended, over the change of the clocks")
    func cyclesJoin() throws {
        var world = self
        try world.wait(until: "2026-04-07T00:00:00Z")
        let cycles = try world.cycles()
        #expect(
            cycles.map { $0.input["cycle"]?.stringValue } == [
                "2026-03-16", "2026-03-23", "2026-03-30", "2026-04-06",
            ])
        #expect(
            cycles.map { $0.input["until"]?.stringValue } == [
                "2026-03-15T23:00:00Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z",
                "2026-04-05T22:00:00Z",
            ])
        #expect(cycles.first?.input["from"] == "2026-03-08T23:00:00Z")
        for (one, next) in zip(cycles, cycles.dropFirst()) {
            #expect(next.input["from"] == one.input["until"])
        }
        #expect(cycles.allSatisfy { $0.status == .completed })
    }

    @Test("Many accounts: each is billed once for what it owes, and the rows stay small")
    func manyAccounts() throws {
        var world = self
        for number in 0..<250 {
            for part in 1...(1 + number % 3) {
                try world.post("c-\(number)", Int64(part * 100), at: "2026-03-10T09:00:00Z")
            }
        }
        try world.wait(until: "2026-03-16T12:00:00Z")
        let cycle = try #require(try world.cycles().first)
        #expect(cycle.status == .completed)
        #expect(cycle.snapshot.data["started"] == 250)
        #expect(cycle.snapshot.data["completed"] == 250)
        let charged = Dictionary(grouping: world.engine.world.charges, by: \.account)
        #expect(charged.count == 250)
        #expect(charged.values.allSatisfy { $0.count == 1 })
        for number in 0..<250 {
            let parts = 1 + number % 3
            #expect(
                charged["c-\(number)"]?.first?.amount == Int64(parts * (parts + 1) / 2 * 100))
        }
        let members = try world.engine.store.members(
            MemberQuery(instance: cycle.id, activation: 1, count: 1_000))
        #expect(members.map(\.number) == Array(1...250))
        #expect(members.allSatisfy { $0.status == .completed })
    }

    @Test("What is dated at the cut-off, and what comes late, is on the next bill")
    func latecomers() throws {
        var world = self
        try world.post("c-1", 100, at: "2026-03-15T22:59:59Z")
        try world.post("c-1", 200, at: "2026-03-15T23:00:00Z")
        try world.wait(until: "2026-03-16T09:00:00Z")
        try world.post("c-1", 400, at: "2026-03-12T09:00:00Z")
        try world.wait(until: "2026-03-30T00:00:00Z")
        #expect(world.engine.world.charges.map(\.amount) == [100, 600])
    }

    @Test("A cycle that a backfill bills late begins where the one before it ended, and joins")
    func backfilled() throws {
        var world = self
        try world.wait(until: "2026-03-16T09:00:00Z")
        try world.post("c-1", 2_000_000, at: "2026-03-17T09:00:00Z")
        try world.wait(until: "2026-03-23T09:00:00Z")
        // Dated in January, posted and billed in March: what was paid in March is no reason for a discount then.
        try world.post("c-1", 10_000, at: "2026-01-07T09:00:00Z")
        let from = try #require(Timestamp(rfc3339: "2026-01-05T00:00:00Z"))
        let to = try #require(Timestamp(rfc3339: "2026-01-20T00:00:00Z"))
        _ = try world.engine.ask(
            .schedule(
                workflow: "client-billing-cycle", .backfill(from: from, to: to, reason: "missed"),
                actor: .system))
        try world.wait(until: "2026-03-24T00:00:00Z")
        let late = try world.cycles().filter {
            $0.input["cycle"]?.stringValue?.hasPrefix("2026-01") == true
        }
        #expect(
            late.map { $0.input["from"]?.stringValue } == [
                "2026-01-04T23:00:00Z", "2026-01-11T23:00:00Z",
            ])
        #expect(
            late.map { $0.input["until"]?.stringValue } == [
                "2026-01-11T23:00:00Z", "2026-01-18T23:00:00Z",
            ])
        #expect(world.engine.world.charges.map(\.amount) == [2_000_000, 10_000])
    }

    private mutating func end(_ name: InstanceName, _ input: Input) throws {
        guard case .receipts = try engine.ask(.operate(name, input, isDry: false)) else {
            throw Failure(status: 1, "\(name) was not ended")
        }
    }

    @Test(
        "What a cancelled or a terminated invoice had is on the next bill, once",
        arguments: [false, true])
    func givenUp(isTerminated: Bool) throws {
        var world = self
        world.engine.world.declines = true
        try world.post("c-1", 700, at: "2026-03-10T09:00:00Z")
        try world.wait(until: "2026-03-16T09:00:00Z")
        let invoice = try #require(try world.runs(of: "client-invoice").first)
        #expect(invoice.status == .running)
        let reason = "by hand"
        try world.end(
            invoice.name,
            isTerminated
                ? .operate(.terminate, reason: reason, actor: .system)
                : .cancel(reason: reason, actor: .system))
        world.engine.world.declines = false
        try world.post("c-1", 40, at: "2026-03-18T09:00:00Z")
        try world.wait(until: "2026-04-07T00:00:00Z")
        #expect(world.engine.world.charges.map(\.amount) == [740])
        // Nothing was taken, so that nothing is given back.
        #expect(world.engine.world.refunds.isEmpty)
        #expect(try world.runs(of: "invoice-release").count == (isTerminated ? 1 : 0))
        #expect(try world.cycles().allSatisfy { $0.status == .completed })
    }

    @Test("Terminated while the bank may have taken the money: it is given back, then billed again")
    func terminatedWhileCharging() throws {
        var world = self
        try world.post("c-1", 700, at: "2026-03-10T09:00:00Z")
        // The charge is posted and its answer never comes.
        world.engine.world.isSilent = true
        try world.wait(until: "2026-03-15T23:00:10Z")
        let invoice = try #require(try world.runs(of: "client-invoice").first)
        #expect(invoice.status == .running)
        world.engine.world.isSilent = false
        try world.end(invoice.name, .operate(.terminate, reason: "by hand", actor: .system))
        // The cycle says that a member failed, and the next one waits until somebody has looked at that.
        let closing = InboundEvent(
            id: "e-1", name: "cycle.closed", data: .map(ValueMap()),
            sender: Actor(role: "accountant", subject: "eva"))
        let cycle = try #require(try world.cycles().first)
        _ = try world.engine.ask(
            .event(EventCommand(address: .instance(cycle.name), event: closing)))
        try world.wait(until: "2026-03-30T00:00:00Z")
        #expect(world.engine.world.charges.map(\.amount) == [700, 700])
        // The mail with the document is an activation, too.
        let charge = invoice.activations.last { $0.key.hasPrefix("pawl/client-invoice/") }
        #expect(world.engine.world.refunds == [charge?.key].compactMap(\.self))
        #expect(try world.runs(of: "invoice-release").map(\.status) == [.completed])
    }
}
