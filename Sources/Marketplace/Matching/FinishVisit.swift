import Execution
import Values

/// `matching.finished {orderId, worker, outcome}`: the order has ended; the worker is free again,
/// and how it went counts for later matches. Repeating changes nothing.
enum FinishVisit: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let worker = call.input["worker"]?.stringValue ?? ""
        return [
            RecordQuery(
                collection: Reservation.collection, selection: .group(worker),
                limit: Reservation.maximumPerWorker),
            RecordQuery(collection: WorkerState.collection, selection: .id(worker), limit: 1),
        ]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let orderID = try call.input.text("orderId")
        let worker = try call.input.text("worker")
        let outcome = try call.input.text("outcome")
        let open = reads.all(0).filter { sameUTF8(Reservation($0).orderID, orderID) }
        guard !open.isEmpty else { return Effect(output: ["released": false]) }
        let record = reads.first(1)
        var state = record.map { WorkerState($0.body) } ?? WorkerState()
        for reservation in open { state.release(Reservation(reservation).day) }
        state.count(outcome)
        return Effect(
            output: ["released": true],
            writes: open.map(Reservation.delete) + [state.write(worker: worker, over: record)])
    }
}
