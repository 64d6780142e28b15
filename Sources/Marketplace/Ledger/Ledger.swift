import Guest
import Values

/// Double-entry bookkeeping: a transaction moves amounts from some accounts to others, sums to zero in its one
/// currency, and is never changed; corrections are transactions of their own.
///
/// Amounts are integers in the currency's minor unit. A debit is positive, a credit negative: a client who owes has a
/// positive balance, `revenue` a negative one. One transaction is one record, so that it is whole or not there; the
/// database refuses one that does not balance, a gap in the sequence, a change and a deletion (`Record.isLedger`).
package enum Ledger {
    package static let collection = "ledger.transaction"
    package static let defaultCurrency = "EUR"
    /// Of one line.
    package static let maximumAmount: Int64 = 1_000_000_000_000

    /// One side of a transaction.
    package struct Line: Sendable, Hashable {
        @ExactText package private(set) var account: String
        /// Positive: debit. In minor units.
        package let amount: Int64

        package init(account: String, amount: Int64) {
            self.account = account
            self.amount = amount
        }

        init?(_ value: Value) {
            guard let account = value["account"]?.stringValue,
                let amount = value["amount"]?.intValue
            else { return nil }
            self.init(account: account, amount: amount)
        }

        var value: Value { ["account": .string(account), "amount": .int(amount)] }
    }

    /// Why lines make no transaction.
    package enum Imbalance: Error, Hashable {
        case tooFewLines
        case lineOutOfRange(Line)
        case unknownCurrency(String)
        /// What is left over; zero would have been right.
        case unbalanced(sum: Int64)
    }

    /// What happened.
    package enum Kind: String, Sendable, Hashable {
        case charge
        case reversal
        case discount
        case payment
        case writeOff
        // Pay.
        case work
        case penalty
        case award
        case correction
        case payout
        case payoutApplied
        case payoutBack
        // Reconciliation.
        case fee
        case interest
        case chargeback
        case suspense
        /// Out of suspense, or given up.
        case cleared
        case payoutReturned
    }

    /// What is moved from some accounts to others. There is no unbalanced value of this type.
    package struct Transaction: Sendable, Hashable {
        /// Its reference: unique for ever; derived from a call's key or an invoice.
        @ExactText package private(set) var id: String
        package let kind: Kind
        /// The business date.
        package let at: Timestamp
        package let currency: String
        package let lines: [Line]
        /// Further facts, such as `orderId`.
        package let memo: ValueMap

        package init(
            id: String, kind: Kind, at: Timestamp, currency: String, memo: ValueMap = ValueMap(),
            lines: [Line]
        ) throws(Imbalance) {
            guard lines.count >= 2 else { throw .tooFewLines }
            guard Currency(currency) != nil else { throw .unknownCurrency(currency) }
            for line in lines
            where line.amount == 0 || line.amount.magnitude > Ledger.maximumAmount.magnitude {
                throw .lineOutOfRange(line)
            }
            let sum = LedgerCheck.sum(lines)
            guard sum == 0 else { throw .unbalanced(sum: Int64(clamping: sum)) }
            self.id = id
            self.kind = kind
            self.at = at
            self.currency = currency
            self.memo = memo
            self.lines = lines
        }
    }

    /// Moves one amount from one account to another.
    static func transfer(
        _ amount: Int64, _ currency: String, debit: String, credit: String, id: String,
        kind: Kind, at: Timestamp, memo: ValueMap = ValueMap()
    ) throws(Refusal) -> Transaction {
        guard amount != .min else { throw .outOfRange }
        return try transaction(
            id, kind, at: at, currency, memo: memo,
            [Line(account: debit, amount: amount), Line(account: credit, amount: -amount)])
    }

    /// For operations: what makes no transaction is a refusal.
    static func transaction(
        _ id: String, _ kind: Kind, at: Timestamp, _ currency: String, memo: ValueMap = ValueMap(),
        _ lines: [Line]
    ) throws(Refusal) -> Transaction {
        do throws(Imbalance) {
            return try Transaction(
                id: id, kind: kind, at: at, currency: currency, memo: memo, lines: lines)
        } catch {
            throw Refusal("unbalanced", "the transaction `\(id)` is refused: \(error)")
        }
    }

    /// Of the last transaction in the books; 0: there is none.
    package static func lastSequence(_ records: inout Records) throws(Refusal) -> Int64 {
        try LedgerHead(&records).sequence
    }

    package static func find(_ id: String, _ records: inout Records) throws(Refusal) -> Posted? {
        try records.find(Posted.self, id: id)
    }

    /// What was posted on an account, in order of booking.
    /// - Parameter sequence: of the last one of the page before; nil: from the first.
    package static func page(
        of account: String, after sequence: Int64? = nil, limit: Int, _ records: inout Records
    ) throws(Refusal) -> [Posted] {
        let range = IndexRange(equals: [account], beyond: sequence)
        return try records.page(Posted.byAccount, range, limit: limit).records
    }
}

/// The auditor: what was posted must add up to nothing.
package enum LedgerCheck {
    package struct Sum: Sendable, Hashable {
        package let currency: String
        /// In minor units; clamped to 64 bits.
        package let amount: Int64

        package init(currency: String, amount: Int64) {
            self.currency = currency
            self.amount = amount
        }
    }

    /// The sum of all lines by currency, in order of currency; all zero when the books are right. A transaction that
    /// cannot be read counts one under the currency `unreadable`.
    /// - Parameter transactions: records of `ledger.transaction`.
    package static func balance(_ transactions: [RecordEntry]) -> [Sum] {
        var totals: [ExactText: Int128] = [:]
        for record in transactions {
            if let posted = Posted(record) {
                totals[posted.transaction.currency, default: 0] += sum(posted.transaction.lines)
            } else {
                totals["unreadable", default: 0] += 1
            }
        }
        return totals.sorted { $0.key < $1.key }.map {
            Sum(currency: $0.key.text, amount: Int64(clamping: $0.value))
        }
    }

    /// What each account comes to, in order of accounts; the sum of its lines.
    /// - Parameter transactions: records of `ledger.transaction`.
    package static func accounts(_ transactions: [RecordEntry]) -> [(
        account: String, amount: Int64
    )] {
        var totals: [ExactText: Int128] = [:]
        for line in transactions.compactMap(Posted.init).flatMap(\.transaction.lines) {
            totals[line.account, default: 0] += Int128(line.amount)
        }
        return totals.sorted { $0.key < $1.key }.map { ($0.key.text, Int64(clamping: $0.value)) }
    }

    /// 128 bits hold the sum of more lines than there can be.
    static func sum(_ lines: [Ledger.Line]) -> Int128 {
        lines.reduce(0) { $0 + Int128($1.amount) }
    }
}
