import Guest
import Values

/// A client's invoice of one cycle, unique per account, cycle and kind. Its lines never
/// change after issue; its status does.
struct Invoice: Hashable {
    enum Status: String {
        case open
        case overdue
        case paid
        case writtenOff
        /// Its lines are unbilled again.
        case voided
    }

    static let collection = "billing.invoice"
    /// Of one invoice; what is more goes on the next.
    static let maximumLines = 1_000
    static let rounding = "half-even on each line"

    let id: String
    let account: String
    private(set) var body: Value

    /// `client`; `client/2` of what did not fit on the first.
    static func kind(part input: Value) -> String {
        let part = input["part"]?.intValue ?? 1
        return part > 1 ? "client/\(part)" : "client"
    }

    static func id(account: String, cycle: String, kind: String) -> String {
        "\(account):\(cycle):\(kind)"
    }

    static func find(
        account: String, cycle: String, kind: String, _ records: inout Records
    ) throws(Refusal) -> Invoice? {
        try records.find(collection, id: id(account: account, cycle: cycle, kind: kind))
            .map(Invoice.init)
    }

    init(_ record: RecordEntry) {
        id = record.id
        account = record.group
        body = record.body
    }

    /// One to be issued.
    init(account: String, cycle: String, kind: String, body: Value) {
        id = Self.id(account: account, cycle: cycle, kind: kind)
        self.account = account
        self.body = body
    }

    /// The invoice that a call of `{invoice, account, cycle}` is about.
    init(_ input: Value, _ records: inout Records) throws(Refusal) {
        let named = try input.text("invoice")
        let found = try records.find(Self.collection, id: named).map(Invoice.init)
        guard let found, sameUTF8(found.account, input["account"]?.stringValue),
            sameUTF8(found.body["cycle"]?.stringValue, input["cycle"]?.stringValue)
        else {
            throw Refusal(
                "unknown-invoice",
                "there is no invoice `\(named)` of this account and cycle")
        }
        self = found
    }

    var status: Status { body["status"]?.stringValue.flatMap(Status.init) ?? .open }
    /// Never negative: what would be is not issued.
    var total: Int64 { max(0, body.count("total")) }
    var currency: String { body["currency"]?.stringValue ?? Ledger.defaultCurrency }

    mutating func become(_ status: Status, at now: Timestamp, _ facts: ValueMap = ValueMap()) {
        body["status"] = .string(status.rawValue)
        body["\(status.rawValue)At"] = .string(now.rfc3339)
        for (name, value) in facts.entries { body[name.stringValue ?? ""] = value }
    }

    func write(to records: inout Records) {
        records.put(Self.collection, id: id, group: account, body)
    }

    var output: Value {
        [
            "invoice": .string(id), "number": body["number"] ?? .null,
            "status": .string(status.rawValue), "total": .int(total),
            "currency": .string(currency), "lines": body["lines"] ?? [],
            "discountPercent": body["discountPercent"] ?? 0,
        ]
    }
}

/// A client's payment of an invoice: what the loyalty discount looks at.
enum Payment {
    static let collection = "billing.payment"
    /// Of one account that are ever read.
    static let maximumPerAccount = 10_000

    static func add(
        _ invoice: Invoice, bankCharge: String, at now: Timestamp, to records: inout Records
    ) {
        records.add(
            collection, id: invoice.id, group: invoice.account,
            [
                "amount": .int(invoice.total), "currency": .string(invoice.currency),
                "bankCharge": .string(bankCharge), "at": .string(now.rfc3339),
            ])
    }

    /// The sum that was paid strictly before a moment; nil: until now. Saturating: the discount has a limit.
    static func total(
        of account: String, currency: String, before limit: Timestamp?, _ records: inout Records
    ) throws(Refusal) -> Int64 {
        let payments = try records.page(
            of: collection, group: account, limit: maximumPerAccount)
        var sum: Int128 = 0
        for record in payments where sameUTF8(record.body["currency"]?.stringValue, currency) {
            let at = record.body["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
            if let limit, let at, at >= limit { continue }
            sum += Int128(record.body.count("amount"))
        }
        return Int64(clamping: sum)
    }
}
