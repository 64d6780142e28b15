import Guest
import Values

/// `matching.finished {orderId, worker, outcome}`: the order has ended; the worker is free again,
/// and how it went counts for later matches. Repeating changes nothing.
struct FinishVisit: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let orderID = try call.input.text("orderId")
        let worker = try call.input.text("worker")
        let outcome = try call.input.text("outcome")
        let open = try records.page(
            of: Reservation.collection, group: worker, limit: Reservation.maximumPerWorker
        ).filter { sameUTF8(Reservation($0).orderID, orderID) }
        guard !open.isEmpty else { return ["released": false] }
        var state = try WorkerState.find(worker, &records) ?? WorkerState()
        for record in open {
            state.release(Reservation(record).day)
            records.delete(Reservation.collection, id: record.id)
        }
        state.count(outcome)
        state.write(worker: worker, to: &records)
        return ["released": true]
    }
}
