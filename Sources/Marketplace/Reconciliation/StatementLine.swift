import Guest
import Values

// Reconciliation [R-48]: what the bank says it did, against what we have booked.
//
// Theory of operation. Pages of the bank's statement are taken in, each line once (`StatementLine`); what the books say
// about the bank is gathered beside them, each transaction once (`BankItem`). Then every line that is open is judged
// (`Verdict`), which reads both by their indexes: never all of either. A judgement looks at the whole set, so that
// neither the order of lines nor the paging has a say. What it comes to is posted or becomes a `Difference`, whose id is
// made of what it is about: found again, it is the same one. Batches are bounded by a cursor, one commit each.

/// A line of a statement of our account, taken in once, whatever page or statement it came in.
struct StatementLine: Record, Codable {
    enum Kind: String, Codable, Sendable {
        case charge, refund, payout
        case giveBack = "return"
        case chargeback, fee, interest, other

        /// Whether it is something that we asked for.
        var isOurs: Bool { [.charge, .refund, .payout].contains(self) }
    }

    enum State: String, Codable, Sendable {
        /// Not booked here: it waits, or a person looks at it.
        case open
        /// What we have booked.
        case matched
        /// Booked because the bank says so.
        case posted
        case suspense
        /// A charge that we had given back before we knew of it, or what gave it back.
        case undone
    }

    /// `<account>/<id at the bank>`.
    let id: String
    let account: String
    let line: String
    let booked: Timestamp
    let valued: Timestamp?
    let kind: Kind
    let key: String?
    /// The key of what it goes back to.
    let of: String?
    /// Positive: we have more.
    let amount: Int64
    let currency: String
    let party: String?
    let text: String?
    let statement: String
    /// `key` without what banks are careless about.
    let plain: String?
    /// What it has in common with other lines that might be meant.
    let like: String
    /// The last asking in which it came.
    var run: String
    var state = State.open
    /// What it is booked under, or the line that it annuls.
    var reference: String?
    /// By which it was matched; 0: by a person.
    var rule: Int?

    static let collection = "reconciliation.line"
    static let byKey = RecordIndex<Self>(CodingKeys.key)
    static let byPlain = RecordIndex<Self>(CodingKeys.plain)
    static let byOf = RecordIndex<Self>(CodingKeys.of)
    static let byLike = RecordIndex<Self>(CodingKeys.like)
    static let indexes = [byKey, byPlain, byOf, byLike]
    /// Of one key or likeness that are looked at: more of them are no guess of ours.
    static let maximumAlike = 50

    var group: String { Self.group(account, isOpen: state == .open) }

    static func group(_ account: String, isOpen: Bool) -> String {
        "\(account)/\(isOpen ? "open" : "done")"
    }

    /// How a transaction is named that is booked because of it.
    var posting: String { "statement:\(id)" }

    /// nil: it cannot be read.
    init?(_ entry: Value, account: String, statement: String, run: String) {
        guard let line = entry["id"]?.stringValue, !line.isEmpty, line.utf8.count <= 200,
            let booked = entry.moment("booked"),
            let kind = entry["kind"]?.stringValue.map({ Kind(rawValue: $0) ?? .other }),
            let amount = entry["amount"]?.intValue, amount != 0,
            amount.magnitude <= Ledger.maximumAmount.magnitude,
            let currency = entry["currency"]?.stringValue, Currency(currency) != nil
        else { return nil }
        id = "\(account)/\(line)"
        self.account = account
        self.line = line
        self.booked = booked
        valued = entry.moment("valued")
        self.kind = kind
        key = entry.filled("key")
        of = entry.filled("of")
        self.amount = amount
        self.currency = currency
        party = entry.filled("party")
        text = entry.filled("text")
        self.statement = statement
        plain = key.map(BankKey.plain)
        like = BankKey.like(kind, party, currency, amount)
        self.run = run
    }

    /// Whether the bank says the same as before; what it is paged in does not count.
    func says(_ other: StatementLine) -> Bool {
        booked == other.booked && kind == other.kind && amount == other.amount
            && sameUTF8(key, other.key) && sameUTF8(of, other.of)
            && sameUTF8(currency, other.currency) && sameUTF8(party, other.party)
    }

    static func find(key: String, _ records: inout Records) throws(Refusal) -> [StatementLine] {
        try records.all(byKey, equals: key, limit: maximumAlike)
    }
}

/// Keys and likenesses as texts.
enum BankKey {
    /// In lower case, without blanks, and what is written as `%20` as it is.
    static func plain(_ key: String) -> String {
        String(decoded(key).lowercased().unicodeScalars.filter { !$0.properties.isWhitespace })
    }

    static func like(
        _ kind: StatementLine.Kind, _ party: String?, _ currency: String, _ amount: Int64
    ) -> String {
        "\(kind.rawValue)/\(currency)/\(amount)/\(party ?? "")"
    }

    /// The instance that a call's key names; nil: it names none, or too long a one.
    static func instance(_ key: String) -> (workflow: String, key: String)? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4, !key.utf8.contains(UInt8(ascii: "~")) else { return nil }
        return (String(parts[1]), decoded(parts[2..<(parts.count - 1)].joined(separator: "/")))
    }

    /// Tells contents apart in a name.
    static func hash(_ text: String) -> String { String(SHA256.hex(of: text).prefix(12)) }

    private static func decoded(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Value {
    /// A text that says something.
    fileprivate func filled(_ member: String) -> String? {
        guard let text = self[member]?.stringValue, !text.isEmpty, text.utf8.count <= 500 else {
            return nil
        }
        return text
    }
}
