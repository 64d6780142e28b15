import Execution
import Marketplace
import Testing
import Values

@testable import Guest

/// An accountant's desk: the books, and a bank's statement that they are compared with.
struct Desk {
    private var rows: [ExactText: [ExactText: RecordRow]] = [:]
    private var tables: [ExactText: RecordTable] = [:]
    var now = Desk.start
    private var last = 0

    static let start = Timestamp(rfc3339: "2026-02-11T09:00:00Z") ?? Timestamp(seconds: 0)
    private static let operations = OperationTable(
        MarketplaceOperations.all, records: MarketplaceOperations.records)

    mutating func call(_ task: String, _ input: Value) -> LocalResult.Outcome {
        last += 1
        let call = LocalCall(
            input: input, key: "pawl/desk/1/\(last)",
            instance: InstanceName(workflow: "desk", key: "1"), now: now)
        let parts = task.split(separator: ".").map(String.init)
        let tables = indexed()
        do throws(StoreError) {
            let result = try Self.operations.perform(
                adapter: parts[0], operation: parts[1], call: call,
                read: { (query) throws(StoreError) in
                    tables[ExactText(query.collection)]?.answer(query)
                        ?? query.answer(from: [RecordRow]())
                })
            write(result.writes)
            return result.outcome
        } catch {
            return .broken("\(error)")
        }
    }

    mutating func output(
        _ task: String, _ input: Value, _ location: SourceLocation = #_sourceLocation
    ) -> Value {
        let outcome = call(task, input)
        if case .succeeded(let output) = outcome { return output }
        Issue.record("\(task): \(outcome)", sourceLocation: location)
        return .null
    }

    mutating func refusal(
        _ task: String, _ input: Value, _ location: SourceLocation = #_sourceLocation
    ) -> CallError? {
        let outcome = call(task, input)
        if case .failed(let error) = outcome { return error }
        Issue.record("\(task): \(outcome)", sourceLocation: location)
        return nil
    }

    private mutating func indexed() -> [ExactText: RecordTable] {
        for (collection, rows) in rows where tables[collection] == nil {
            tables[collection] = RecordTable(
                Array(rows.values), indexes: Self.operations.indexes)
        }
        return tables
    }

    private mutating func write(_ writes: [RecordWrite]) {
        for write in writes {
            let collection = ExactText(write.collection)
            let revision = rows[collection]?[ExactText(write.id)]?.revision ?? 0
            #expect(revision == write.expectedRevision, "stale write of \(write.id)")
            rows[collection, default: [:]][ExactText(write.id)] = write.body.map {
                RecordRow(
                    collection: write.collection, id: write.id, group: write.group,
                    revision: revision + 1, body: $0)
            }
            tables[collection] = nil
        }
    }

    func entries(_ collection: String) -> [RecordEntry] {
        (rows[ExactText(collection)] ?? [:]).sorted { $0.key < $1.key }.map {
            RecordEntry(id: $0.value.id, group: $0.value.group, body: $0.value.body)
        }
    }

    func body(_ collection: String, _ id: String) -> Value? {
        rows[ExactText(collection)]?[ExactText(id)]?.body
    }

    mutating func put(_ collection: String, _ id: String, group: String = "", _ body: Value) {
        let revision = rows[ExactText(collection)]?[ExactText(id)]?.revision ?? 0
        write([
            RecordWrite(
                collection: collection, id: id, group: group, expectedRevision: revision,
                body: body)
        ])
    }

    // MARK: The books

    /// What was booked under a key: positive, a client has paid; negative, a worker was.
    mutating func book(
        _ key: String, _ amount: Int64, _ party: String, at: Timestamp = Desk.start,
        _ currency: String = "EUR", refundOf: String? = nil
    ) {
        let bank = Ledger.house(.bank, currency)
        let transit = Ledger.house(.transit, currency)
        if amount > 0 {
            post(
                "payment:\(key)", .payment, amount, currency, bank, Ledger.client(party), at,
                ["bankKey": .string(key)])
        } else {
            let name = refundOf == nil ? "payout:\(key)" : "refund:\(key)"
            let account = refundOf == nil ? Ledger.worker(party) : Ledger.client(party)
            let memo: ValueMap = refundOf.map { ["of": .string($0)] } ?? ValueMap()
            post(name, .payment, -amount, currency, account, transit, at, memo)
            post("\(name)/applied", .payment, -amount, currency, transit, bank, at, memo)
        }
    }

    mutating func post(
        _ id: String, _ kind: Ledger.Kind, _ amount: Int64, _ currency: String, _ debit: String,
        _ credit: String, _ at: Timestamp, _ memo: ValueMap = ValueMap()
    ) {
        let tables = indexed()
        let session = RecordSession(
            { (query) throws(StoreError) in
                tables[ExactText(query.collection)]?.answer(query)
                    ?? query.answer(from: [RecordRow]())
            }, indexes: Self.operations.indexes)
        var records = Records(session)
        do {
            let call = Call<Value>(testing: .null, now: now)
            try Ledger.Transaction(
                id: id, kind: kind, at: at, currency: currency, memo: memo,
                lines: [
                    Ledger.Line(account: debit, amount: amount),
                    Ledger.Line(account: credit, amount: -amount),
                ]
            ).post(Booking(call), to: &records)
            write(try session.writes())
        } catch {
            Issue.record("\(id) is refused: \(error)")
        }
    }

    // MARK: Comparing

    /// Takes a statement in, page by page, and compares it; everything that is an open difference then, `class subject`.
    @discardableResult
    mutating func reconcile(
        _ run: String, _ pages: [Value], batch: Int64 = 100,
        _ location: SourceLocation = #_sourceLocation
    ) -> [String] {
        let named: (String, Value) = ("run", .string(run))
        _ = output("reconciliation.begin", .map(ValueMap([named, ("account", "house")])), location)
        for page in pages {
            _ = output("reconciliation.take", .map(ValueMap([named, ("page", page)])), location)
        }
        _ = output(
            "reconciliation.close", .map(ValueMap([named, ("isLast", true)])), location)
        var after: Value = .null
        for _ in 0..<10_000 {
            let result = output(
                "reconciliation.match",
                .map(ValueMap([named, ("after", after), ("count", .int(batch))])), location)
            after = result["next"] ?? .null
            if after.isNull { break }
        }
        return differences
    }

    /// Open ones, in order: `twice house/c-2`.
    var differences: [String] {
        entries("reconciliation.difference").filter { $0.body["stage"] != "settled" }.map {
            let subject = $0.body["line"]?.stringValue ?? $0.body["item"]?.stringValue ?? $0.id
            return "\($0.body["kind"]?.stringValue ?? "") \(subject)"
        }.sorted()
    }

    /// The line that each of our transactions is, by reference.
    var matches: [String] {
        entries("reconciliation.item").map {
            "\($0.id) is \($0.body["line"]?.stringValue ?? "nothing")"
        }
    }

    /// All that is posted: reference, amount, debit and credit.
    var postings: [String] {
        entries("ledger.transaction").map { entry in
            let lines = (entry.body["lines"]?.listValue ?? []).map {
                "\($0["account"]?.stringValue ?? "") \($0["amount"]?.intValue ?? 0)"
            }
            return "\(entry.id): " + lines.joined(separator: ", ")
        }
    }

    func balance(_ account: Ledger.House, _ currency: String = "EUR") -> Int64 {
        LedgerCheck.accounts(entries("ledger.transaction")).first {
            $0.account == Ledger.house(account, currency)
        }?.amount ?? 0
    }

    var violations: [String] { LedgerAudit.violations { entries($0) } }
}

/// A bank's line, and pages of them.
struct BankEntry: Hashable {
    var id: String
    var kind = "charge"
    var key: String?
    var of: String?
    var amount: Int64
    var currency = "EUR"
    var party: String?
    var booked = Desk.start
    var isGarbled = false

    var value: Value {
        var value: Value = [
            "id": .string(id), "booked": .string(booked.rfc3339), "kind": .string(kind),
            "amount": isGarbled ? "12,00" : .int(amount), "currency": .string(currency),
        ]
        for (name, text) in [("key", key), ("of", of), ("party", party)] {
            if let text { value[name] = .string(text) }
        }
        return value
    }

    /// - Parameters:
    ///   - opening: what the account had before.
    ///   - sums: the lines that its balances count; nil: those that are there, each once.
    static func pages(
        _ entries: [BankEntry], size: Int = 1_000, opening: [(String, Int64)] = [],
        counting sums: [BankEntry]? = nil, off: Int64 = 0
    ) -> [Value] {
        var closing: [ExactText: Int64] = [:]
        for (currency, amount) in opening { closing[currency, default: 0] += amount }
        for entry in sums ?? entries { closing[entry.currency, default: 0] += entry.amount }
        closing["EUR", default: 0] += off
        let pages = stride(from: 0, to: max(entries.count, 1), by: size).map {
            Array(entries.dropFirst($0).prefix(size))
        }
        return pages.enumerated().map { index, page in
            [
                "account": "house", "statement": "house/1",
                "opening": .map(ValueMap(opening.map { ($0.0, .int($0.1)) })),
                "closing": .map(
                    ValueMap(
                        closing.sorted { $0.key < $1.key }.map { ($0.key.text, .int($0.value)) })),
                "entries": .list(page.map(\.value)),
                "next": index + 1 < pages.count ? .string(String(index + 1)) : .null,
            ]
        }
    }
}
