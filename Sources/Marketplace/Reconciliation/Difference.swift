import Guest
import Values

/// Something in which the bank and the books differ, for a person: the same one however often it is found, for its id is
/// made of what it is about.
struct Difference: Record, Codable {
    /// What `reconciliation.settle` is refused by.
    enum Kind: String, Codable, Sendable, CaseIterable {
        case atBankOnly = "at-bank-only"
        /// The bank has done what we still ask for.
        case stillAsked = "still-asked"
        /// The bank has done what was declined, given up or void here.
        case closedHere = "closed-here"
        case notAtBank = "not-at-bank"
        case amountDiffers = "amount-differs"
        case currencyDiffers = "currency-differs"
        case twice
        /// Several may be meant, and none says which.
        case ambiguous
        case returned = "payout-returned"
        case chargedBack = "charged-back"
        case largeFee = "fee-above-limit"
        case altered = "line-altered"
        case unreadable = "unreadable-line"
        case balance = "balance-differs"
        case incomplete = "statement-incomplete"

        /// Somebody may lose money while nobody looks.
        var isCritical: Bool {
            [.closedHere, .currencyDiffers, .twice].contains(self)
        }
    }

    enum Stage: String, Codable, Sendable {
        case found
        /// An instance is there that sees to it.
        case adopted
        case settled
    }

    let id: String
    let account: String
    var kind: Kind
    /// A line of the statement.
    let line: String?
    /// One of our transactions.
    var item: String?
    let amount: Int64
    let currency: String
    let foundAt: Timestamp
    /// What else the bank said: the line as it came.
    var detail: String?
    var stage = Stage.found
    /// `rule 1`, `match`, `accept`, `resolved`.
    var outcome: String?
    var settledAt: Timestamp?
    var by: String?
    var reason: String?

    static let collection = "reconciliation.difference"
    var group: String { Self.group(account, stage) }

    static func group(_ account: String, _ stage: Stage) -> String {
        "\(account)/\(stage.rawValue)"
    }

    static func of(line: StatementLine, _ kind: Kind, at now: Timestamp) -> Difference {
        Difference(
            id: line.id, account: line.account, kind: kind, line: line.id, item: nil,
            amount: line.amount, currency: line.currency, foundAt: now)
    }

    static func id(ofItem reference: String) -> String { "ours:\(reference)" }

    var text: String { Money.text(amount, currency) }

    /// Writes it unless it is there; what is there keeps its stage and learns what it is now.
    func note(_ records: inout Records) throws(Refusal) {
        guard var there = try records.find(Difference.self, id: id) else {
            return records.add(self)
        }
        guard there.stage != .settled, there.kind != kind || !sameUTF8(there.item, item) else {
            return
        }
        there.kind = kind
        there.item = item ?? there.item
        records.put(there)
    }

    mutating func settle(
        _ outcome: String, at now: Timestamp, by actor: String? = nil, reason: String? = nil
    ) {
        stage = .settled
        self.outcome = outcome
        settledAt = now
        by = actor
        self.reason = reason
    }

    /// What is no difference any more, if it was one.
    static func resolve(
        _ id: String, _ outcome: String, at now: Timestamp, _ records: inout Records
    ) throws(Refusal) {
        guard var there = try records.find(Difference.self, id: id), there.stage != .settled else {
            return
        }
        there.settle(outcome, at: now)
        records.put(there)
    }

    func statementLine(_ records: inout Records) throws(Refusal) -> StatementLine? {
        guard let line else { return nil }
        return try records.find(StatementLine.self, id: line)
    }

    func bankItem(_ records: inout Records) throws(Refusal) -> BankItem? {
        guard let item else { return nil }
        return try records.find(BankItem.self, id: item)
    }

    /// - Parameter input: `{difference}`.
    static func find(_ input: Value, _ records: inout Records) throws(Refusal) -> Difference {
        let id = try input.text("difference")
        guard let found = try records.find(Difference.self, id: id) else {
            throw Refusal("unknown-difference", "there is no difference `\(id)`")
        }
        return found
    }
}

/// An amount for people.
enum Money {
    static func text(_ minor: Int64, _ currency: String) -> String {
        "\(Currency(currency)?.text(minor) ?? String(minor)) \(currency)"
    }
}
