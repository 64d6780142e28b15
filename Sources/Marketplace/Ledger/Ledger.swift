import Guest
import Values

/// Double-entry bookkeeping: what is posted balances to zero per currency, and nothing
/// posted is ever changed; corrections are postings of their own.
///
/// Amounts are integers in minor units. A debit is positive, a credit negative: a client who owes
/// has a positive balance, `revenue` a negative one.
package enum Ledger {
    package static let collection = "ledger.posting"
    package static let defaultCurrency = "EUR"
    /// Of one line.
    package static let maximumAmount: Int64 = 1_000_000_000_000

    static let revenue = "revenue"
    static let bank = "bank"
    static let discounts = "discounts"
    static let losses = "losses"

    /// A client's account in the ledger.
    static func client(_ account: String) -> String { "client:\(account)" }

    /// A worker's account in the ledger.
    static func worker(_ worker: String) -> String { "worker:\(worker)" }

    /// The client whose account in the ledger this is; nil: somebody else's.
    static func client(of account: String) -> String? {
        // By bytes: what comes behind may begin with a mark that Swift counts to the colon.
        let prefix = client("").utf8
        guard account.utf8.starts(with: prefix) else { return nil }
        return String(account.unicodeScalars.dropFirst(prefix.count))
    }

    /// One side of a transaction.
    package struct Line: Sendable, Hashable {
        package let account: String
        /// Positive: debit. In minor units.
        package let amount: Int64
        package let currency: String

        package init(account: String, amount: Int64, currency: String) {
            self.account = account
            self.amount = amount
            self.currency = currency
        }
    }

    /// Why lines make no transaction.
    package enum Imbalance: Error, Hashable {
        case tooFewLines
        case lineOutOfRange(Line)
        /// What is left over; zero would have been right.
        case unbalanced(currency: String, sum: Int64)
    }

    /// What is moved from some accounts to others. There is no unbalanced value of this type.
    package struct Transaction: Sendable, Hashable {
        package enum Kind: String, Sendable, Hashable {
            case charge
            case reversal
            case discount
            case payment
            case writeOff
        }

        /// Unique for ever; derived from a call's key or an invoice.
        package let id: String
        package let kind: Kind
        /// The business date.
        package let at: Timestamp
        package let lines: [Line]
        /// Further members of each posting, such as `orderId`.
        package let memo: ValueMap

        package init(
            id: String, kind: Kind, at: Timestamp, memo: ValueMap = ValueMap(), lines: [Line]
        ) throws(Imbalance) {
            guard lines.count >= 2 else { throw .tooFewLines }
            for line in lines
            where line.amount == 0 || line.amount.magnitude > Ledger.maximumAmount.magnitude {
                throw .lineOutOfRange(line)
            }
            for sum in LedgerCheck.sums(lines) where sum.amount != 0 {
                throw .unbalanced(currency: sum.currency, sum: sum.amount)
            }
            self.id = id
            self.kind = kind
            self.at = at
            self.memo = memo
            self.lines = lines
        }

        /// One record a line: id `<transaction>/<n>`, its group the account. A repeat is refused,
        /// for the records must not exist.
        package func post(to records: inout Records) {
            for (index, line) in lines.enumerated() {
                records.add(
                    Ledger.collection, id: Ledger.postingID(id, index + 1), group: line.account,
                    .map(body(of: line)))
            }
        }

        private func body(of line: Line) -> ValueMap {
            ValueMap([
                ("transaction", .string(id)), ("kind", .string(kind.rawValue)),
                ("account", .string(line.account)), ("amount", .int(line.amount)),
                ("currency", .string(line.currency)), ("at", .string(at.rfc3339)),
            ]).merging(memo)
        }
    }

    static func postingID(_ transaction: String, _ line: Int) -> String { "\(transaction)/\(line)" }

    /// Moves one amount from one account to another.
    static func transfer(
        _ amount: Int64, _ currency: String, debit: String, credit: String, id: String,
        kind: Transaction.Kind, at: Timestamp, memo: ValueMap
    ) throws(Refusal) -> Transaction {
        guard amount != .min else { throw .outOfRange }
        do throws(Imbalance) {
            return try Transaction(
                id: id, kind: kind, at: at, memo: memo,
                lines: [
                    Line(account: debit, amount: amount, currency: currency),
                    Line(account: credit, amount: -amount, currency: currency),
                ])
        } catch {
            throw Refusal("unbalanced", "the transaction `\(id)` is refused: \(error)")
        }
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

    /// The sum of all postings by currency, in order of currency; all zero when the books are
    /// right. A posting that cannot be read counts one under the currency `unreadable`.
    /// - Parameter postings: records of `ledger.posting`.
    package static func balance(_ postings: [RecordEntry]) -> [Sum] {
        sums(
            postings.map { record in
                guard let amount = record.body["amount"]?.intValue,
                    let currency = record.body["currency"]?.stringValue
                else {
                    return Ledger.Line(account: record.group, amount: 1, currency: "unreadable")
                }
                return Ledger.Line(account: record.group, amount: amount, currency: currency)
            })
    }

    /// 128 bits hold the sum of more lines than there can be.
    static func sums(_ lines: [Ledger.Line]) -> [Sum] {
        var totals: [ExactText: Int128] = [:]
        for line in lines { totals[line.currency, default: 0] += Int128(line.amount) }
        return totals.sorted { $0.key < $1.key }.map {
            Sum(currency: $0.key.text, amount: Int64(clamping: $0.value))
        }
    }
}
