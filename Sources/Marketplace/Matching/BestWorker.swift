import Execution
import Values

/// `matching.best {order, except} -> {worker, price}`: finds the best worker, reserves them for the
/// visit and fixes the price. No worker left is `no-worker`: an incident for a person, never
/// a failed order.
enum BestWorker: LocalOperation {
    static let maximumWorkers = 10_000

    static func queries(_ call: LocalCall) -> [RecordQuery] {
        [
            RecordQuery(
                collection: NormalSample.collection, selection: .all, limit: maximumWorkers),
            RecordQuery(collection: WorkerState.collection, selection: .all, limit: maximumWorkers),
            RecordQuery(
                collection: Pipeline.configuration.collection,
                selection: .id(Pipeline.configuration.id), limit: 1),
            RecordQuery(
                collection: Price.configuration.collection,
                selection: .id(Price.configuration.id), limit: 1),
        ]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let reference = try ReferenceSample(call.input)
        let pipeline: Pipeline
        if let record = reads.first(2) {
            pipeline = try Pipeline(record.body)
        } else {
            pipeline = .standard
        }
        let price = try Price.amount(reads.first(3))
        let states = [ExactText: Record](
            reads.all(1).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let samples = reads.all(0).map { worker in
            NormalSample(
                worker, state: states[worker.id].map { WorkerState($0.body) } ?? WorkerState())
        }
        guard let chosen = pipeline.best(of: samples, for: reference) else {
            throw noWorker(reference, among: samples)
        }
        var state = chosen.state
        state.reserve(reference.day)
        return Effect(
            output: ["worker": .string(chosen.id), "price": .int(price)],
            writes: [
                Reservation(reference, worker: chosen.id, since: call.now).write(id: call.key),
                state.write(worker: chosen.id, over: states[chosen.id]),
            ])
    }

    private static func noWorker(
        _ reference: ReferenceSample, among samples: [NormalSample]
    ) -> Refusal {
        let skilled = samples.filter { $0.skills.contains(exactly: reference.service) }.count
        return Refusal(
            name: "no-worker",
            message: "no worker is left for the service `\(reference.service)`: of \(samples.count)"
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

    static func amount(_ record: Record?) throws(Refusal) -> Int64 {
        guard let record else { return standard }
        guard let amount = record.body["amount"]?.intValue,
            (1...Ledger.maximumAmount).contains(amount)
        else {
            throw Refusal(
                name: "bad-price",
                message:
                    "pricing.config/default: `amount` must be a positive integer in minor units")
        }
        return amount
    }
}
