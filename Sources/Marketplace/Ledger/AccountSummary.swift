import Guest
import Values

/// What a client owes, has paid and has not been billed, by currency: one record, so that nobody
/// adds up postings. Accounts of the house (`revenue`, `bank`) have none: every commit would fight
/// for it.
struct AccountSummary: Hashable {
    enum Figure: String, CaseIterable {
        case balance
        case paid
        case unbilled
        /// How many lines are on no invoice.
        case lines
    }

    static let collection = "ledger.account"
    /// The group of those on which something is unbilled: a cycle finds them however many others there are.
    static let unbilled = "unbilled"

    let account: String
    private var body: Value

    init(_ record: RecordEntry) {
        account = record.id
        body = record.body
    }

    /// Of a client; one that is not there yet is empty.
    init(_ account: String, _ records: inout Records) throws(Refusal) {
        try self.init(of: Ledger.client(account), &records)
    }

    /// - Parameter account: its name in the ledger, `worker:w-1`.
    init(of account: String, _ records: inout Records) throws(Refusal) {
        self.account = account
        body = try records.find(Self.collection, id: self.account)?.body ?? .map(ValueMap())
    }

    func amount(_ figure: Figure, _ currency: String) -> Int64 {
        body[figure.rawValue]?[currency]?.intValue ?? 0
    }

    /// Also of lines that sum to zero.
    private var hasUnbilled: Bool { unbilledLines > 0 }

    var unbilledLines: Int64 {
        (body[Figure.lines.rawValue]?.mapValue?.values ?? []).reduce(0) { $0 + ($1.intValue ?? 0) }
    }

    /// The one that the account has, fixed by what was posted first; nil: nothing was yet.
    var currency: String? {
        Figure.allCases.lazy.compactMap {
            body[$0.rawValue]?.mapValue?.entries.first?.key.stringValue
        }
        .first
    }

    mutating func add(_ amount: Int64, to figure: Figure, _ currency: String) throws(Refusal) {
        if let own = self.currency, !sameUTF8(own, currency) {
            throw Refusal(
                "currency-differs",
                "`\(account)` is kept in \(own): nothing in \(currency) goes there")
        }
        let (sum, isOverflowing) = self.amount(figure, currency).addingReportingOverflow(amount)
        guard !isOverflowing else { throw .outOfRange }
        var amounts = body[figure.rawValue] ?? .map(ValueMap())
        amounts[currency] = .int(sum)
        body[figure.rawValue] = amounts
    }

    func write(to records: inout Records) {
        records.put(
            Self.collection, id: account, group: hasUnbilled ? Self.unbilled : "", body)
    }
}
