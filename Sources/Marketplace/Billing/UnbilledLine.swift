import Guest
import Values

/// A charge, or its reversal, that is on no invoice yet. Deleted by the invoice that takes it up.
/// What comes after its cycle was invoiced waits here for the next.
struct UnbilledLine: Hashable {
    let transaction: String
    let orderID: String
    /// Negative for a reversal.
    let amount: Int64
    let currency: String
    /// The business date.
    let at: Timestamp
    let kind: Ledger.Kind

    static let collection = "billing.unbilled"

    init(
        transaction: String, orderID: String, amount: Int64, currency: String, at: Timestamp,
        kind: Ledger.Kind
    ) {
        self.transaction = transaction
        self.orderID = orderID
        self.amount = amount
        self.currency = currency
        self.at = at
        self.kind = kind
    }

    /// nil when the record cannot be read.
    init?(_ record: RecordEntry) {
        let body = record.body
        guard let amount = body["amount"]?.intValue, let currency = body["currency"]?.stringValue,
            let at = body["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
            let kind = body["kind"]?.stringValue.flatMap(Ledger.Kind.init(rawValue:))
        else { return nil }
        self.init(
            transaction: record.id, orderID: body["orderId"]?.stringValue ?? "", amount: amount,
            currency: currency, at: at, kind: kind)
    }

    func add(to records: inout Records, account: String) {
        records.add(
            Self.collection, id: transaction, group: account,
            [
                "orderId": .string(orderID), "amount": .int(amount),
                "currency": .string(currency), "at": .string(at.rfc3339),
                "kind": .string(kind.rawValue),
            ])
    }
}
