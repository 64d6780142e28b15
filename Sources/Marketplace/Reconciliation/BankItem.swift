import Guest
import Values

/// What we have booked at the bank and wait to see in its statement: one for each transaction on `bank` that was not made
/// of a line.
struct BankItem: Record, Codable {
    /// The transaction's reference.
    let id: String
    let kind: StatementLine.Kind
    let key: String?
    let of: String?
    /// What the bank called it in its answer.
    let bankLine: String?
    /// As the bank sees it: positive, we have more.
    let amount: Int64
    let currency: String
    let party: String?
    /// The business date: the bank's moment, where it was told.
    let at: Timestamp
    let booked: Timestamp
    let sequence: Int64
    let instance: String
    let plain: String?
    let like: String
    /// The line that it is.
    var line: String?
    var rule: Int?
    /// The difference in which it is named as what may be meant: nobody calls it missing meanwhile.
    var contested: String?
    /// What a person has posted in its place.
    var cleared: String?

    static let collection = "reconciliation.item"
    static let byKey = RecordIndex<Self>(CodingKeys.key)
    static let byPlain = RecordIndex<Self>(CodingKeys.plain)
    static let byOf = RecordIndex<Self>(CodingKeys.of)
    static let byLike = RecordIndex<Self>(CodingKeys.like)
    static let byLine = RecordIndex<Self>(CodingKeys.bankLine)
    static let byAmount = RecordIndex<Self>(CodingKeys.currency, CodingKeys.amount)
    static let indexes = [byKey, byPlain, byOf, byLike, byLine, byAmount]

    static let open = "open"
    var isOpen: Bool { line == nil && cleared == nil }
    var group: String { isOpen ? Self.open : "done" }

    /// nil: the transaction does not touch the bank, or was made of a line.
    init?(_ posted: Posted, party: String?) {
        let transaction = posted.transaction
        let amount = posted.amount(on: Ledger.house(.bank, transaction.currency))
        guard amount != 0, !Self.isOfStatement(posted) else { return nil }
        id = transaction.id
        kind = amount > 0 ? .charge : Self.hasPrefix(id, "refund:") ? .refund : .payout
        let memo = transaction.memo
        key = memo["bankKey"]?.stringValue ?? Self.key(of: id)
        of = memo["of"]?.stringValue
        bankLine = memo["bankCharge"]?.stringValue ?? memo["bankPayout"]?.stringValue
        self.amount = amount
        currency = transaction.currency
        self.party = party
        at = transaction.at
        booked = posted.booked
        sequence = posted.sequence
        instance = posted.instance
        plain = key.map(BankKey.plain)
        like = BankKey.like(kind, party, currency, amount)
    }

    /// What a line of the statement was the reason for is not waited for.
    static func isOfStatement(_ posted: Posted) -> Bool {
        posted.transaction.memo["statementLine"] != nil
            || hasPrefix(posted.id, "statement:") || hasPrefix(posted.id, "difference:")
            || posted.id.utf8.reversed().starts(with: "/returned".utf8.reversed())
    }

    /// The person on the other side; of a call that was in transit the one whom it was for.
    static func party(
        of posted: Posted, _ records: inout Records
    ) throws(Refusal) -> String? {
        if let party = party(of: posted.transaction) { return party }
        guard let key = key(of: posted.id) else { return nil }
        for name in ["payout:", "refund:"] where hasPrefix(posted.id, name) {
            return try Ledger.find(name + key, &records).flatMap { party(of: $0.transaction) }
        }
        return nil
    }

    private static func party(of transaction: Ledger.Transaction) -> String? {
        transaction.lines.lazy.compactMap {
            Ledger.client(of: $0.account) ?? Ledger.worker(of: $0.account)
        }.first
    }

    /// The call's key in a reference: `payout:<key>/applied`.
    private static func key(of reference: String) -> String? {
        for name in ["payment:", "payout:", "refund:"] where hasPrefix(reference, name) {
            var rest = reference.unicodeScalars.dropFirst(name.unicodeScalars.count)
            for tail in ["/applied", "/back"]
            where rest.reversed().starts(with: tail.unicodeScalars.reversed()) {
                rest = rest.dropLast(tail.unicodeScalars.count)
            }
            return String(String.UnicodeScalarView(rest))
        }
        return nil
    }

    private static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
        text.utf8.starts(with: prefix.utf8)
    }

    static func find(
        key: String, _ kind: StatementLine.Kind, _ records: inout Records
    ) throws(Refusal) -> BankItem? {
        try records.all(byKey, equals: key, limit: StatementLine.maximumAlike)
            .first { $0.kind == kind }
    }
}
