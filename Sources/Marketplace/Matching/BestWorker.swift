import Guest
import Values

/// `matching.best {order, except} -> {worker, price}`: finds the best worker, reserves them for the
/// visit and fixes the price. No worker left is `no-worker`: an incident for a person, never
/// a failed order.
struct BestWorker: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let reference = try ReferenceSample(call.input)
        let configured = try records.find(
            Pipeline.configuration.collection, id: Pipeline.configuration.id)
        let pipeline: Pipeline
        if let configured { pipeline = try Pipeline(configured.body) } else { pipeline = .standard }
        let price = try Price.amount(&records)
        let found =
            try pipeline.isSearchable
            ? search(pipeline, reference, &records)
            : WorkerScan.best(pipeline, reference, &records)
        guard var chosen = found else { throw noWorker(reference) }
        chosen.state.reserve(reference.day)
        Reservation(reference, worker: chosen.id, since: call.now).add(to: &records, id: call.key)
        records.put(chosen)
        return ["worker": .string(chosen.id), "price": .int(price)]
    }

    private func search(
        _ pipeline: Pipeline, _ reference: ReferenceSample, _ records: inout Records
    ) throws(Refusal) -> NormalSample? {
        var search = WorkerSearch(pipeline, reference)
        return try search.run(&records)
    }

    private func noWorker(_ reference: ReferenceSample) -> Refusal {
        Refusal(
            "no-worker",
            "no worker is left for the service `\(reference.service)`, of which "
                + "\(reference.except.count) are excluded; import workers or change the pipeline, "
                + "then try again")
    }
}

/// What a service costs. Version 1: a constant 100 units; `pricing.config/default {amount}`
/// overrides it.
enum Price {
    /// In minor units.
    static let standard: Int64 = 10_000
    static let configuration = (collection: "pricing.config", id: "default")

    static func amount(_ records: inout Records) throws(Refusal) -> Int64 {
        guard let record = try records.find(configuration.collection, id: configuration.id) else {
            return standard
        }
        guard let amount = record.body["amount"]?.intValue,
            (1...Ledger.maximumAmount).contains(amount)
        else {
            throw Refusal(
                "bad-price",
                "pricing.config/default: `amount` must be a positive integer in minor units")
        }
        return amount
    }
}
