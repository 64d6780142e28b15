import Execution
import Guest
import Marketplace
import Testing
import Values

/// A store in a dictionary: runs operations as the engine does and refuses a stale revision.
struct Books {
    private(set) var records: [ExactText: RecordRow] = [:]
    var now = Timestamp(rfc3339: "2026-02-14T10:00:00Z") ?? Timestamp(seconds: 0)
    static let operations = OperationTable(
        MarketplaceOperations.all, records: MarketplaceOperations.records)

    /// Performs one call; a refusal comes back as its error.
    @discardableResult
    mutating func call(_ task: String, key: String = "k-1", _ input: Value) -> LocalResult {
        let parts = task.split(separator: ".").map(String.init)
        let call = LocalCall(
            input: input, key: key, instance: InstanceName(workflow: "order", key: "o-1"), now: now)
        let table = RecordTable(Array(records.values), indexes: Self.operations.indexes)
        var results: [LocalResult] = []
        do throws(StoreError) {
            for _ in 1...2 {
                results.append(
                    try Self.operations.perform(
                        adapter: parts[0], operation: parts[1], call: call,
                        read: { (query) throws(StoreError) in
                            table.answer(query)
                        }))
            }
        } catch {
            Issue.record("\(task) could not read: \(error)")
        }
        guard let result = results.first else {
            return LocalResult(.broken("\(task) gave nothing"))
        }
        #expect(results == [result, result], "\(task) gave two answers to one call")
        write(result.writes)
        return result
    }

    /// The output of a call that must succeed.
    mutating func output(
        _ task: String, key: String = "k-1", _ input: Value,
        _ location: SourceLocation = #_sourceLocation
    ) -> Value {
        switch call(task, key: key, input).outcome {
        case .succeeded(let output): return output
        case .failed(let error):
            Issue.record(
                "\(task) failed: \(error.name): \(error.message)", sourceLocation: location)
            return .null
        case .broken(let reason):
            Issue.record("\(task) is broken: \(reason)", sourceLocation: location)
            return .null
        }
    }

    /// The error of a call that must fail.
    mutating func failure(
        _ task: String, key: String = "k-1", _ input: Value,
        _ location: SourceLocation = #_sourceLocation
    ) -> CallError? {
        let before = records
        defer {
            #expect(records == before, "a refusal wrote something", sourceLocation: location)
        }
        switch call(task, key: key, input).outcome {
        case .failed(let error): return error
        case .broken(let reason):
            return CallError(name: "broken", message: reason, isRetryable: false)
        case .succeeded:
            Issue.record("\(task) succeeded", sourceLocation: location)
            return nil
        }
    }

    mutating func write(_ writes: [RecordWrite]) {
        for write in writes {
            let name = "\(write.collection)/\(write.id)"
            let revision = records[name]?.revision ?? 0
            #expect(revision == write.expectedRevision, "stale or repeated write of \(name)")
            records[name] = write.body.map {
                RecordRow(
                    collection: write.collection, id: write.id, group: write.group,
                    revision: revision + 1, body: $0)
            }
        }
    }

    mutating func put(_ collection: String, _ id: String, group: String = "", _ body: Value) {
        let revision = records["\(collection)/\(id)"]?.revision ?? 0
        write([
            RecordWrite(
                collection: collection, id: id, group: group, expectedRevision: revision, body: body
            )
        ])
    }

    /// What the operations are handed of a collection.
    func entries(_ collection: String) -> [RecordEntry] {
        all(collection).map { RecordEntry(id: $0.id, group: $0.group, body: $0.body) }
    }

    /// Transactions of the ledger, as an operation posts them.
    mutating func post(_ transaction: Ledger.Transaction) {
        var records = Records.holding()
        do throws(Refusal) { try transaction.post(Self.booking(now), to: &records) } catch {
            Issue.record("\(transaction.id) is refused: \(error)")
        }
        write(records.writes.map { $0.write(over: 0) })
    }

    static func booking(_ now: Timestamp) -> Booking {
        Booking(Call<Value>(testing: .null, now: now))
    }

    func all(_ collection: String) -> [RecordRow] {
        records.values.filter { $0.collection == collection }.sorted {
            ExactText($0.id) < ExactText($1.id)
        }
    }

    /// The accounts of lines that are on no invoice.
    var unbilled: [String] {
        all("billing.line").compactMap { $0.body["unbilledOf"]?.stringValue }
    }

    func body(_ collection: String, _ id: String) -> Value? { records["\(collection)/\(id)"]?.body }

    // MARK: Stories

    mutating func hire(
        _ id: String, skills: [Value] = ["standard"], rating: Double = 4,
        place: (Double, Double)? = nil
    ) {
        var body: Value = ["skills": .list(skills), "rating": .double(rating)]
        if let place { (body["lat"], body["lon"]) = (.double(place.0), .double(place.1)) }
        put("matching.worker", id, body)
    }

    /// Charges an account for an order.
    mutating func charge(
        _ account: String, _ amount: Int64, order: String, at: String = "2026-02-10T09:00:00Z",
        currency: String = "EUR"
    ) {
        call(
            "billing.charge", key: "charge/\(order)",
            [
                "account": .string(account), "amount": .int(amount), "orderId": .string(order),
                "at": .string(at), "currency": .string(currency),
            ])
    }

    /// Bills a cycle and has it paid.
    mutating func payCycle(_ account: String, _ cycle: String) {
        let invoice = output(
            "billing.openInvoice", ["account": .string(account), "cycle": .string(cycle)])
        _ = output(
            "billing.settleInvoice",
            [
                "invoice": invoice["invoice"] ?? .null, "account": .string(account),
                "cycle": .string(cycle), "bankCharge": .string("charge-\(cycle)"),
            ])
    }
}

/// A seeded generator (SplitMix64), so that a failure can be repeated.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
