import Guest
import Values

/// `matching.release {key, input, output?}`: undoes the `matching.best` of that key; does nothing
/// where nothing was reserved, or where the visit is over already.
struct ReleaseWorker: LocalOperation {
    func perform(
        _ call: Call<Undo<Value, Value>>, _ records: inout Records
    ) throws(Refusal) -> Value {
        let key = call.input.key
        guard let record = try records.find(Reservation.collection, id: key) else {
            return ["released": false]
        }
        let reservation = Reservation(record)
        records.delete(Reservation.collection, id: key)
        if var worker = try records.find(NormalSample.self, id: reservation.worker) {
            worker.state.release(reservation.day)
            records.put(worker)
        }
        return ["released": true, "worker": .string(reservation.worker)]
    }
}
