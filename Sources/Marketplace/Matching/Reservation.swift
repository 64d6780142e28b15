import Guest
import Values

/// A worker is promised to an order. The record's id is the key of the call that made it, its group
/// the worker; it is deleted when the visit is over.
struct Reservation: Hashable {
    let orderID: String
    let worker: String
    let day: String
    private let body: Value

    static let collection = "matching.reservation"
    /// Open ones of one worker that are ever read.
    static let maximumPerWorker = 10_000

    init(_ reference: ReferenceSample, worker: String, since: Timestamp) {
        orderID = reference.orderID
        self.worker = worker
        day = reference.day
        body = [
            "orderId": .string(reference.orderID), "clientId": .string(reference.clientID),
            "visitAt": .string(reference.visitAt.rfc3339), "day": .string(reference.day),
            "since": .string(since.rfc3339),
        ]
    }

    init(_ record: RecordEntry) {
        orderID = record.body["orderId"]?.stringValue ?? ""
        worker = record.group
        day = record.body["day"]?.stringValue ?? ""
        body = record.body
    }

    func add(to records: inout Records, id: String) {
        records.add(Self.collection, id: id, group: worker, body)
    }
}
