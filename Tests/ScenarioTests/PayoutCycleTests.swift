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

/// The workers' payout cycle by its schedule, with the real ledger: months of it, in the company's zone.
@Suite("Payout cycles of workers [R-42], [R-46]")
struct PayoutCycleTests {
    /// Pays at once and remembers it, unless it declines or is silent.
    private struct Bank: VirtualWorld {
        private(set) var payouts: [(account: String, amount: Int64, key: String)] = []
        var declines = false
        private var answers: [(CallID, CallRow)] = []
        private var declined: [CallID] = []

        mutating func submit(_ call: CallRow, now: Timestamp) {
            guard call.adapter == "bank", call.operation == "payout" else {
                return answers.append((call.id, call))
            }
            if declines { return declined.append(call.id) }
            payouts.append(
                (
                    call.input["account"]?.stringValue ?? "",
                    call.input["amount"]?.intValue ?? 0, call.key
                ))
            answers.append((call.id, call))
        }

        mutating func withdraw(_ call: CallID, recall: Int64, now: Timestamp) {}

        mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp) {}
        mutating func setHolds(_ holds: MoneyHolds, now: Timestamp) {}

        var nextMoment: Timestamp? { nil }

        mutating func arrivals(now: Timestamp) -> [VirtualArrival] {
            defer { (answers, declined) = ([], []) }
            let no = CallError(name: "declined", message: "HTTP 402", isRetryable: false)
            return answers.map { id, call in
                .answer(
                    id,
                    .succeeded([
                        "id": .string("b-\(id)"), "status": "posted", "key": .string(call.key),
                        "amount": call.input["amount"] ?? .null, "at": .string(now.rfc3339),
                    ]))
            } + declined.map { .answer($0, .failed(no)) }
        }

        mutating func replied(to request: Request, _ reply: Reply, now: Timestamp) {}
        mutating func changed(_ change: InstanceChange, now: Timestamp) {}
    }

    /// An order's end, as far as its worker is concerned.
    private static let earning = """
        workflow: earning
        version: 1
        input:
          type: object
          required: [worker, outcome, price, at]
          properties: {worker: {type: string}, outcome: {type: string}, price: {type: integer}, at: {type: string}}
        initial: posting
        states:
          posting:
            invoke:
              task: payroll.earn
              input:
                worker: '${input.worker}'
                outcome: '${input.outcome}'
                price: '${input.price}'
                orderId: '${instance.key}'
                at: '${input.at}'
              onDone: posted
          posted: {type: final}
        """

    private var engine: VirtualEngine<Bank>
    private var last = 0

    init() throws {
        let project = try Repository.project
        let earning = WorkflowLanguage.parseWorkflow(Self.earning, file: "earning.yaml")
        let marketplace = Marketplace()
        let operations = OperationTable(marketplace.operations, records: marketplace.records)
        let store = MemoryStore()
        try IndexBuilding.prepare(store, for: operations.indexes)
        let catalog = Catalog(
            workflows: project.workflows + [try #require(earning.value)],
            adapters: project.adapters,
            local: operations,
            zone: "Europe/Belgrade")
        // The 31st of January: a month after it is the end of February.
        engine = try VirtualEngine(
            catalog: catalog, store: store,
            world: Bank(), now: try #require(Timestamp(rfc3339: "2026-01-31T09:00:00Z")))
    }

    private mutating func earn(
        _ worker: String, _ price: Int64 = 10_000, at: String, outcome: String = "completed"
    ) throws {
        last += 1
        let command = StartCommand(
            name: InstanceName(workflow: "earning", key: "o-\(last)"),
            input: [
                "worker": .string(worker), "outcome": .string(outcome), "price": .int(price),
                "at": .string(at),
            ])
        guard case .started = try engine.ask(.start(command)) else {
            throw Failure(status: 1, "\(worker) did not earn")
        }
    }

    private mutating func wait(until moment: String) throws {
        try engine.run(until: try #require(Timestamp(rfc3339: moment)))
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

    private func cycles() throws -> [Run] { try runs(of: "worker-payout-cycle") }

    private func record(_ collection: String, _ id: String) throws -> Value? {
        try engine.store.records(
            RecordQuery(collection: collection, selection: .id(id), limit: 1)
        ).records.first?.body
    }

    private var paid: [String: [Int64]] {
        Dictionary(grouping: engine.world.payouts, by: \.account).mapValues { $0.map(\.amount) }
    }

    @Test(
        "A month after the 31st of January is February; months join over the change of the clocks")
    func cyclesJoin() throws {
        var world = self
        try world.wait(until: "2026-05-02T00:00:00Z")
        let cycles = try world.cycles()
        #expect(
            cycles.map { $0.input["cycle"]?.stringValue } == [
                "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01",
            ])
        #expect(
            cycles.map { $0.input["until"]?.stringValue } == [
                "2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z",
                "2026-04-30T22:00:00Z",
            ])
        // Never null: the first one begins at the rule's occurrence before it.
        #expect(cycles.first?.snapshot.data["from"] == "2025-12-31T23:00:00Z")
        for (one, next) in zip(cycles, cycles.dropFirst()) {
            #expect(next.snapshot.data["from"] == one.input["until"])
        }
        #expect(cycles.allSatisfy { $0.status == .completed })
    }

    @Test(
        "One instant before the cut-off is this month, the cut-off itself is the next; a carry is shown once"
    )
    func months() throws {
        var world = self
        try world.earn("w-1", at: "2026-01-31T22:59:59.999Z")
        try world.earn("w-1", at: "2026-01-31T23:00:00Z")
        try world.earn("w-2", at: "2026-01-30T10:00:00Z", outcome: "failed")
        try world.earn("w-2", at: "2026-01-30T11:00:00Z", outcome: "failed")
        try world.wait(until: "2026-02-02T00:00:00Z")
        #expect(world.paid == ["w-1": [6_000]])
        try world.earn("w-2", at: "2026-02-10T10:00:00Z")
        // Of a month that is closed.
        try world.earn("w-1", at: "2026-01-15T10:00:00Z")
        try world.wait(until: "2026-03-02T00:00:00Z")
        #expect(world.paid == ["w-1": [6_000, 12_000]])
        for _ in 0..<3 { try world.earn("w-2", at: "2026-03-10T10:00:00Z") }
        try world.wait(until: "2026-04-02T00:00:00Z")
        #expect(world.paid == ["w-1": [6_000, 12_000], "w-2": [16_000]])
        let statements = try ["2026-02-01", "2026-03-01", "2026-04-01"].map {
            try world.record("payroll.statement", "w-2:\($0):worker")
        }
        #expect(statements.map { $0?["carried"] } == [0, -8_000, -2_000])
        #expect(statements.map { $0?["carry"] } == [-8_000, -2_000, 0])
    }

    @Test("Many workers: each is paid once what is due, under one name with what was reserved")
    func manyWorkers() throws {
        var world = self
        for number in 0..<250 {
            for part in 1...(1 + number % 3) {
                try world.earn("w-\(number)", Int64(part * 100), at: "2026-01-31T10:00:00Z")
            }
        }
        try world.wait(until: "2026-02-01T12:00:00Z")
        let cycle = try #require(try world.cycles().first)
        #expect(cycle.snapshot.data["started"] == 250)
        #expect(cycle.snapshot.data["completed"] == 250)
        let paid = world.paid
        #expect(paid.count == 250)
        for number in 0..<250 {
            let parts = 1 + number % 3
            #expect(paid["w-\(number)"] == [Int64(parts * (parts + 1) / 2 * 60)])
        }
        for payout in world.engine.world.payouts {
            let reserved = try world.record(Ledger.collection, "payout:\(payout.key)")
            #expect(reserved?["lines"]?[0]?["amount"] == .int(payout.amount))
            #expect(try world.record(Ledger.collection, "payout:\(payout.key)/applied") != nil)
        }
        #expect(world.numbered == 250)
    }

    /// How many statements have a number.
    private var numbered: Int {
        let query = RecordQuery(collection: "payroll.statement", selection: .all, limit: 10_000)
        let rows = (try? engine.store.records(query).records) ?? []
        return Set(rows.compactMap { $0.body["number"].map { ExactText($0.stringValue ?? "") } })
            .count
    }

    @Test("A declined due stays with its month: the next one pays only its own")
    func declined() throws {
        var world = self
        world.engine.world.declines = true
        try world.earn("w-1", at: "2026-01-31T10:00:00Z")
        try world.wait(until: "2026-02-02T00:00:00Z")
        world.engine.world.declines = false
        try world.earn("w-1", 20_000, at: "2026-02-10T10:00:00Z")
        try world.wait(until: "2026-03-02T00:00:00Z")
        #expect(world.paid == ["w-1": [12_000]])
        #expect(
            try world.record("payroll.statement", "w-1:2026-02-01:worker")?["status"] == "declined")
        #expect(try world.cycles().allSatisfy { $0.status == .completed })
        let payout = try #require(try world.runs(of: "worker-payout").first)
        let decision = TaskDecision("again", form: [:], comment: "")
        let task = try #require(payout.activations.first { $0.task != nil })
        _ = try world.engine.ask(
            .operate(
                payout.name,
                .task(
                    task.number, .decide(decision), actor: Actor(role: "accountant", subject: "eva")
                ),
                isDry: false))
        try world.wait(until: "2026-03-03T00:00:00Z")
        #expect(world.paid == ["w-1": [12_000, 6_000]])
        #expect(Set(world.engine.world.payouts.map { ExactText($0.key) }).count == 2)
    }

    @Test("Down over two cut-offs: a statement for each month, the oldest first")
    func backlog() throws {
        var world = self
        try world.earn("w-1", at: "2026-01-31T10:00:00Z")
        try world.earn("w-1", 20_000, at: "2026-02-10T10:00:00Z")
        try world.earn("w-1", 30_000, at: "2026-03-10T10:00:00Z")
        _ = try world.engine.ask(
            .workflow("worker-payout-cycle", .pause(reason: "down"), actor: .system))
        try world.wait(until: "2026-04-02T00:00:00Z")
        _ = try world.engine.ask(
            .workflow("worker-payout-cycle", .resume(reason: "up"), actor: .system))
        try world.wait(until: "2026-04-03T00:00:00Z")
        #expect(world.paid == ["w-1": [6_000, 12_000, 18_000]])
        // A backfill of what is covered finds nothing to begin.
        let from = try #require(Timestamp(rfc3339: "2025-11-20T00:00:00Z"))
        let to = try #require(Timestamp(rfc3339: "2026-01-15T00:00:00Z"))
        _ = try world.engine.ask(
            .schedule(
                workflow: "worker-payout-cycle", .backfill(from: from, to: to, reason: "looked"),
                actor: .system))
        try world.wait(until: "2026-04-04T00:00:00Z")
        #expect(world.paid == ["w-1": [6_000, 12_000, 18_000]])
        #expect(try world.cycles().count { $0.status == .cancelled } == 2)
    }
}
