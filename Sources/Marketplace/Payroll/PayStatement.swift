import Guest
import Values

/// A worker's statement of one cycle, unique per account, cycle and kind. What it says never changes after its issue
/// the status of its payout does.
///
/// More lines than fit on one document make `worker/2` and so on in the same cycle: each carries its sum to the next, and
/// the last one has the due and the new carry.
struct PayStatement {
    enum Status: String {
        /// Nothing is due.
        case settled
        /// Its sum is on the next document.
        case continued
        /// Due, and nothing has left.
        case due
        /// Reserved, and on its way to the bank.
        case sent
        case paid
        /// The bank said no for good; owed again.
        case declined
        /// It was paid, and came back; owed again.
        case returned
    }

    static let collection = "payroll.statement"
    static let kind = "worker"
    /// Of one document.
    static let maximumLines = 1_000

    let id: String
    let account: String
    private(set) var body: Value

    /// - Parameter part: 1 for the first document of the cycle.
    static func id(account: String, cycle: String, kind: String, part: Int) -> String {
        "\(account):\(cycle):\(name(kind, part))"
    }

    static func name(_ kind: String, _ part: Int) -> String {
        part == 1 ? kind : "\(kind)/\(part)"
    }

    init(_ record: RecordEntry) {
        id = record.id
        account = record.group
        body = record.body
    }

    /// One to be issued.
    init(id: String, account: String, body: Value) {
        self.id = id
        self.account = account
        self.body = body
    }

    /// The last document of a cycle, which has the due; nil: none was issued.
    static func last(
        account: String, cycle: String, kind: String, _ records: inout Records
    ) throws(Refusal) -> PayStatement? {
        let first = id(account: account, cycle: cycle, kind: kind, part: 1)
        guard let record = try records.find(collection, id: first) else { return nil }
        guard let last = record.body["last"]?.stringValue, !sameUTF8(last, first) else {
            return PayStatement(record)
        }
        return try records.find(collection, id: last).map { PayStatement($0) }
    }

    /// The statement that a call of `{statement, account}` is about.
    init(_ input: Value, _ records: inout Records) throws(Refusal) {
        let id = try input.text("statement")
        let account = try input.text("account")
        guard let record = try records.find(Self.collection, id: id),
            sameUTF8(record.group, account)
        else { throw Refusal("unknown-statement", "`\(account)` has no statement `\(id)`") }
        self.init(record)
    }

    var status: Status { body["status"]?.stringValue.flatMap(Status.init) ?? .settled }
    var due: Int64 { max(0, body.count("due")) }
    var currency: String { body["currency"]?.stringValue ?? Ledger.defaultCurrency }
    var cycle: String { body["cycle"]?.stringValue ?? "" }
    var number: Value { body["number"] ?? .null }
    var hash: String { body["hash"]?.stringValue ?? "" }
    /// Who proposed an award or a correction that is on it.
    var proposers: [String] {
        body["proposers"]?.listValue?.compactMap(\.stringValue) ?? []
    }
    /// Of the call that pays it; nil: nothing has left, or what left came back.
    var key: String? { body["payout"]?["key"]?.stringValue }

    /// How much, for people.
    func text(_ minor: Int64) -> String {
        "\(Currency(currency)?.text(minor) ?? "\(minor)") \(currency)"
    }

    mutating func become(_ status: Status, at now: Timestamp, _ payout: ValueMap = ValueMap()) {
        let before = body["payout"]?.mapValue ?? ValueMap()
        body["status"] = .string(status.rawValue)
        body["\(status.rawValue)At"] = .string(now.rfc3339)
        body["payout"] = .map(status == .sent ? payout : before.merging(payout))
    }

    func write(to records: inout Records) {
        records.put(Self.collection, id: id, group: account, body)
    }

    /// A movement of its payout, all of it.
    func transfer(
        _ id: String, _ kind: Ledger.Kind, debit: String, credit: String, at: Timestamp
    ) throws(Refusal) -> Ledger.Transaction {
        try Ledger.transfer(
            due, currency, debit: debit, credit: credit, id: id, kind: kind, at: at,
            memo: [
                "statement": .string(self.id), "number": number, "cycle": .string(cycle),
                "account": .string(account),
            ])
    }

    var output: Value {
        [
            "statement": .string(id), "number": number, "status": .string(status.rawValue),
            "due": .int(due), "carry": body["carry"] ?? 0, "carried": body["carried"] ?? 0,
            "sums": body["sums"] ?? .map(ValueMap()), "currency": .string(currency),
            "hash": .string(hash), "documents": body["part"] ?? 1,
            "proposers": .list(proposers.map { .string($0) }),
        ]
    }
}

extension Refusal {
    static func status(_ statement: PayStatement, _ wanted: String) -> Refusal {
        Refusal(
            "wrong-status",
            "statement `\(statement.id)` is \(statement.status.rawValue), and not \(wanted)")
    }
}
