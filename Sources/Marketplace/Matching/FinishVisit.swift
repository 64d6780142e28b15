import Guest
import Values

/// `matching.finished {orderId, worker, outcome}`: the order has ended; the worker is free again,
/// and how it went counts for later matches. Repeating changes nothing.
struct FinishVisit: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let orderID = try call.input.text("orderId")
        let id = try call.input.text("worker")
        let outcome = try call.input.text("outcome")
        let open = try records.page(
            of: Reservation.collection, group: id, limit: Reservation.maximumPerWorker
        ).filter { sameUTF8(Reservation($0).orderID, orderID) }
        guard !open.isEmpty else { return ["released": false] }
        for record in open { records.delete(Reservation.collection, id: record.id) }
        if var worker = try records.find(NormalSample.self, id: id) {
            for record in open { worker.state.release(Reservation(record).day) }
            worker.state.count(outcome)
            records.put(worker)
        }
        return ["released": true]
    }
}
