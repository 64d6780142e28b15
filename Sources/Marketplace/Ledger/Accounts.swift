import Guest
import Values

/// The chart of accounts. A person's account has one currency, fixed by its first posting; the house has one of each
/// name in each currency, `bank:EUR`. There is none for rounding: nothing is ever left over.
extension Ledger {
    package enum House: String, CaseIterable, Sendable {
        // Debit: what is ours, and what it costs us.
        case bank
        case discounts
        case losses
        case goodwill
        case work = "cost:work"
        case awards = "cost:awards"
        case fees
        // Credit: what we earn, and what left us and is not known as applied.
        case revenue
        case penalties = "income:penalties"
        case transit = "transit:out"
        case developers
        /// Either: each of its items is a difference that a person looks at.
        case suspense
    }

    package static func house(_ account: House, _ currency: String) -> String {
        "\(account.rawValue):\(currency)"
    }

    /// A client's account in the ledger.
    package static func client(_ account: String) -> String { "client:\(account)" }

    /// A worker's account in the ledger.
    package static func worker(_ worker: String) -> String { "worker:\(worker)" }

    /// The client whose account in the ledger this is; nil: somebody else's.
    package static func client(of account: String) -> String? { owner(of: account, client("")) }

    /// The worker whose account in the ledger this is; nil: somebody else's.
    package static func worker(of account: String) -> String? { owner(of: account, worker("")) }

    private static func owner(of account: String, _ prefix: String) -> String? {
        // By bytes: what comes behind may begin with a mark that Swift counts to the colon.
        guard account.utf8.starts(with: prefix.utf8) else { return nil }
        return String(account.unicodeScalars.dropFirst(prefix.utf8.count))
    }
}
