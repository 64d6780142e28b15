import Guest
import Values

/// One line of the bank's file: `{seq, at, key, kind, account, amount, currency, status}`.
///
/// `amount` is in minor units and never negative (but of a fee, an interest or another movement, which may go either
/// way); the kind gives the direction. A refund also carries `of`, the key that it undoes, and its `reason`, so that
/// the answer to a repeat, and the check that it *is* a repeat, need nothing but the file.
public struct BankLine: RemoteLine {
    public enum Kind: String, Sendable, Hashable {
        case charge, refund, payout, fence
        /// What the bank does by itself: a payout that its payee's bank sends back, a charge that the payer takes back.
        case giveBack = "return"
        case chargeback
        case fee, interest, other
        /// Not a movement: what is wrong with the statements from now on; see ``Bank/Trouble``.
        case trouble

        /// Whether its amount says the direction.
        var isSigned: Bool { [.fee, .interest, .other, .trouble].contains(self) }
    }

    public enum Status: String, Sendable, Hashable {
        case posted, declined, fenced
        /// A refund of something that was never taken, or was given back before.
        case nothingToRefund = "nothing-to-refund"
    }

    public var seq: Int64
    public var at: Timestamp
    public var key: String
    public var kind: Kind
    public var account: String
    public var amount: Int64
    public var currency: String
    public var status: Status
    public var of: String?
    public var reason: String?

    /// Half of a movement: what one account gains (or loses, when negative).
    public struct Posting: Sendable, Hashable {
        public let account: String
        public let amount: Int64
    }

    /// The two postings of a movement, which sum to zero; none when no money moved.
    public var postings: [Posting] {
        let gained = houseAmount
        guard gained != 0 else { return [] }
        return [
            Posting(account: account, amount: 0 - gained),
            Posting(account: Bank.house, amount: gained),
        ]
    }

    /// What the house gains by it; zero when no money moved.
    var houseAmount: Int64 {
        guard status == .posted else { return 0 }
        switch kind {
        case .charge, .giveBack, .interest, .other: return amount
        case .refund, .payout, .chargeback, .fee: return 0 - amount
        case .fence, .trouble: return 0
        }
    }

    /// How a statement names it.
    var id: String { "\(kind.rawValue)-\(seq)" }

    /// Whether another request under this key asks for the same thing.
    func isSameRequest(as other: BankLine) -> Bool {
        guard kind == other.kind else { return false }
        if kind == .refund { return sameUTF8(of, other.of) && sameUTF8(reason, other.reason) }
        return sameUTF8(account, other.account) && amount == other.amount
            && sameUTF8(currency, other.currency)
    }
}

extension BankLine {
    public var value: Value {
        var members: [(String, Value)] = [
            ("seq", .int(seq)), ("at", .string(at.rfc3339)), ("key", .string(key)),
            ("kind", .string(kind.rawValue)), ("account", .string(account)),
            ("amount", .int(amount)), ("currency", .string(currency)),
            ("status", .string(status.rawValue)),
        ]
        if let of { members.append(("of", .string(of))) }
        if let reason { members.append(("reason", .string(reason))) }
        return .map(ValueMap(members))
    }

    /// Nil when a member is missing or out of its range.
    public init?(value: Value) {
        guard let line = JournalRecord(value), let seq = line.integer("seq"),
            let at = line.time("at"), let key = line.string("key"),
            let kind = line.string("kind").flatMap(Kind.init(rawValue:)),
            let account = line.string("account"),
            let amount = line.integer("amount"),
            kind.isSigned ? amount > .min : amount >= 0,
            let currency = line.string("currency"),
            let status = line.string("status").flatMap(Status.init(rawValue:))
        else { return nil }
        self.init(
            seq: seq, at: at, key: key, kind: kind, account: account, amount: amount,
            currency: currency, status: status, of: line.string("of"),
            reason: line.string("reason"))
    }
}
