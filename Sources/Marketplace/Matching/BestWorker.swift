import Guest
import Values

/// `matching.best {order, except} -> {worker, price}`: finds the best worker, reserves them for the
/// visit and fixes the price. No worker left is `no-worker`: an incident for a person, never
/// a failed order.
struct BestWorker: LocalOperation {
    static let maximumWorkers = 10_000

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let reference = try ReferenceSample(call.input)
        let configured = try records.find(
            Pipeline.configuration.collection, id: Pipeline.configuration.id)
        let pipeline: Pipeline
        if let configured { pipeline = try Pipeline(configured.body) } else { pipeline = .standard }
        let price = try Price.amount(&records)
        let samples = try samples(&records)
        guard let chosen = pipeline.best(of: samples, for: reference) else {
            throw noWorker(reference, among: samples)
        }
        var state = chosen.state
        state.reserve(reference.day)
        Reservation(reference, worker: chosen.id, since: call.now).add(to: &records, id: call.key)
        state.write(worker: chosen.id, to: &records)
        return ["worker": .string(chosen.id), "price": .int(price)]
    }

    private func samples(_ records: inout Records) throws(Refusal) -> [NormalSample] {
        let workers = try records.page(of: NormalSample.collection, limit: Self.maximumWorkers)
        let states = [ExactText: WorkerState](
            try records.page(of: WorkerState.collection, limit: Self.maximumWorkers)
                .map { ($0.id, WorkerState($0.body)) }, uniquingKeysWith: { $1 })
        return workers.map { NormalSample($0, state: states[$0.id] ?? WorkerState()) }
    }

    private func noWorker(
        _ reference: ReferenceSample, among samples: [NormalSample]
    ) -> Refusal {
        let skilled = samples.filter { $0.skills.contains(exactly: reference.service) }.count
        return Refusal(
            "no-worker",
            "no worker is left for the service `\(reference.service)`: of \(samples.count)"
                + " workers \(skilled) can do it, \(reference.except.count) are excluded;"
                + " import workers or change the pipeline, then try again")
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
