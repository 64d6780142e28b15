import Guest
import Values

/// A charge, or its reversal, as a line of a bill. It stays for ever and says where it is: on none yet, on an invoice,
/// or undone before it was on one. So it is on one invoice at most; what comes after its cycle was invoiced waits
/// here for the next.
struct BillingLine: Record, Hashable {
    /// Of the transaction that made it.
    let id: String
    /// The client's id.
    let account: String
    let orderID: String
    /// In minor units; negative for a reversal.
    private(set) var amount: Int64
    let currency: String
    /// The business date.
    let at: Timestamp
    let kind: Ledger.Kind
    /// It is net already: no discount is taken off.
    private(set) var isNet: Bool
    /// The id of the invoice that it is on; nil: on none.
    private(set) var invoice: String?
    /// That the invoice took off.
    private(set) var discount: Int64
    /// The order was withdrawn since.
    private(set) var isUndone: Bool

    static let collection = "billing.line"
    /// What is on no invoice, by account, in order of business date.
    static let due = RecordIndex<Self>(Member.unbilledOf, Member.at)
    static let indexes = [due]

    private enum Member: String, CodingKey { case unbilledOf, at }

    init(
        _ transaction: Ledger.Transaction, account: String, orderID: String, amount: Int64,
        isNet: Bool = false
    ) {
        id = transaction.id
        self.account = account
        self.orderID = orderID
        self.amount = amount
        currency = transaction.currency
        at = transaction.at
        kind = transaction.kind
        self.isNet = isNet
        invoice = nil
        discount = 0
        isUndone = false
    }

    init(_ value: Value) throws(ValueMismatch) { throw ValueMismatch("", "has its id beside it") }

    init(id: String, _ value: Value) throws(ValueMismatch) {
        guard let account = value["account"]?.stringValue, let amount = value["amount"]?.intValue,
            let currency = value["currency"]?.stringValue, let at = value.moment("at"),
            let kind = value["kind"]?.stringValue.flatMap(Ledger.Kind.init(rawValue:))
        else { throw ValueMismatch("", "is no line of a bill") }
        self.id = id
        self.account = account
        orderID = value["orderId"]?.stringValue ?? ""
        self.amount = amount
        self.currency = currency
        self.at = at
        self.kind = kind
        isNet = value["net"] == true
        invoice = value["invoice"]?.stringValue
        discount = value.count("discount")
        isUndone = value["undone"] == true
    }

    var isUnbilled: Bool { invoice == nil && !isUndone }
    var net: Int64 { amount - discount }

    var value: Value {
        var body: Value = [
            "account": .string(account), "orderId": .string(orderID), "amount": .int(amount),
            "currency": .string(currency), "at": .string(at.rfc3339),
            "kind": .string(kind.rawValue),
        ]
        if isUnbilled { body["unbilledOf"] = .string(account) }
        if isNet { body["net"] = true }
        if let invoice { body["invoice"] = .string(invoice) }
        if discount != 0 { body["discount"] = .int(discount) }
        if isUndone { body["undone"] = true }
        return body
    }

    mutating func bill(on invoice: String, discount: Int64) {
        self.invoice = invoice
        self.discount = discount
    }

    mutating func undo() { isUndone = true }

    /// Its invoice is void. One that was undone meanwhile was given back at its net: it comes at its net.
    mutating func unbill() {
        if isUndone {
            amount = net
            isNet = true
        }
        isUndone = false
        invoice = nil
        discount = 0
    }

    /// Those of an account that are on no invoice and dated before a moment, in order of date.
    static func due(
        of account: String, before until: Timestamp?, limit: Int, _ records: inout Records
    ) throws(Refusal) -> [BillingLine] {
        // Texts of times sort by their seconds; what is behind the point does not, so the whole second is read.
        let bound = until.map { Timestamp(seconds: $0.seconds + 1).rfc3339 }
        var range = IndexRange(equals: [account])
        range = bound.map { IndexRange(equals: [account], through: $0) } ?? range
        var found: [BillingLine] = []
        var cursor: IndexCursor?
        repeat {
            let page = try records.page(due, range, after: cursor, limit: limit)
            found += page.records.filter { line in until.map { line.at < $0 } ?? true }
            cursor = page.next
        } while found.count < limit && cursor != nil
        return found.prefix(limit)
            .sorted { ($0.at, ExactText($0.id)) < ($1.at, ExactText($1.id)) }
    }
}
