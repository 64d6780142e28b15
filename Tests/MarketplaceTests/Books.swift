import Execution
import Marketplace
import Testing
import Values

/// A store in a dictionary: runs operations as the engine does and refuses a stale revision.
struct Books {
    private(set) var records: [ExactText: Record] = [:]
    var now = Timestamp(rfc3339: "2026-02-14T10:00:00Z") ?? Timestamp(seconds: 0)
    let operations = MarketplaceOperations()

    /// Performs one call; a refusal comes back as its error.
    @discardableResult
    mutating func call(_ task: String, key: String = "k-1", _ input: Value) -> LocalResult {
        let parts = task.split(separator: ".").map(String.init)
        let call = LocalCall(
            input: input, key: key, instance: InstanceName(workflow: "order", key: "o-1"), now: now)
        let sets = operations.queries(adapter: parts[0], operation: parts[1], call: call).map {
            RecordSet(query: $0, records: answer($0))
        }
        let result = operations.perform(
            adapter: parts[0], operation: parts[1], call: call, records: sets)
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
        }
    }

    /// The error of a call that must fail.
    mutating func failure(
        _ task: String, key: String = "k-1", _ input: Value,
        _ location: SourceLocation = #_sourceLocation
    ) -> CallError? {
        let before = records
        guard case .failed(let error) = call(task, key: key, input).outcome else {
            Issue.record("\(task) succeeded", sourceLocation: location)
            return nil
        }
        #expect(records == before, "a refusal wrote something", sourceLocation: location)
        return error
    }

    mutating func write(_ writes: [RecordWrite]) {
        for write in writes {
            let name = "\(write.collection)/\(write.id)"
            let revision = records[name]?.revision ?? 0
            #expect(revision == write.expectedRevision, "stale or repeated write of \(name)")
            records[name] = write.body.map {
                Record(
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

    func all(_ collection: String) -> [Record] {
        records.values.filter { $0.collection == collection }.sorted {
            ExactText($0.id) < ExactText($1.id)
        }
    }

    func body(_ collection: String, _ id: String) -> Value? { records["\(collection)/\(id)"]?.body }

    private func answer(_ query: RecordQuery) -> [Record] {
        let found = all(query.collection).filter { record in
            switch query.selection {
            case .id(let id): sameUTF8(record.id, id)
            case .group(let group): sameUTF8(record.group, group)
            case .all: true
            }
        }.filter { record in query.after.map { ExactText($0) < ExactText(record.id) } ?? true }
        return Array(found.prefix(query.limit))
    }

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
