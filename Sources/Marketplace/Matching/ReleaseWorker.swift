import Execution
import Values

/// `matching.release {key, input, output?}`: undoes the `matching.best` of that key; does nothing
/// where nothing was reserved, or where the visit is over already.
enum ReleaseWorker: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let key = call.input["key"]?.stringValue ?? ""
        let worker = call.input["output"]?["worker"]?.stringValue
        return [
            RecordQuery(collection: Reservation.collection, selection: .id(key), limit: 1),
            // Without the call's result the worker is known from the reservation only, which is
            // being read at the same time: then every state is.
            RecordQuery(
                collection: WorkerState.collection, selection: worker.map { .id($0) } ?? .all,
                limit: BestWorker.maximumWorkers),
        ]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        _ = try call.input.text("key")
        guard let record = reads.first(0) else { return Effect(output: ["released": false]) }
        let reservation = Reservation(record)
        var writes = [Reservation.delete(record)]
        if let stateRecord = reads.all(1).first(where: { sameUTF8($0.id, reservation.worker) }) {
            var state = WorkerState(stateRecord.body)
            state.release(reservation.day)
            writes.append(state.write(worker: reservation.worker, over: stateRecord))
        }
        return Effect(
            output: ["released": true, "worker": .string(reservation.worker)], writes: writes)
    }
}
