import Guest
import Values

/// What moved an account in a span, in the order of the books, with the balance behind each.
///
/// It reads the account from its first posting, for what came before is the opening balance; the books never change, so
/// that up to a sequence number it is the same for ever. The span is of booking dates, in which the books are in order;
/// the business date stands beside it.
struct AccountExtract {
    /// One posting on the account.
    struct Entry {
        let posted: Posted
        /// As the owner of the account sees it.
        let amount: Int64
        let balance: Int64
    }

    private(set) var opening: Int64 = 0
    private(set) var closing: Int64 = 0
    /// Those of the page.
    private(set) var entries: [Entry] = []
    /// On all pages.
    private(set) var total: Int64 = 0
    /// The last one that was looked at; 0: there is none.
    private(set) var last: Int64 = 0
    /// nil: nothing was posted.
    private(set) var currency: String?
    /// What the entries of the span, on all pages, come to by kind.
    private(set) var sums: [Ledger.Kind: Int64] = [:]
    private var hasMore = false

    /// Where the next page begins; nil: this is the last one.
    var next: String? { hasMore ? (entries.last?.posted.sequence).map { String($0) } : nil }

    private static let page = 1_000
    /// More postings than any account has.
    private static let maximumPages = 10_000

    /// - Parameter sign: 1: a debit is a plus; -1: a credit is, for whom we owe.
    init(
        of account: String, _ request: StatementRequest, sign: Int64, _ records: inout Records
    ) throws(Refusal) {
        let after = try request.sequence
        var place: Int64?
        for _ in 1...Self.maximumPages {
            let page = try Ledger.page(of: account, after: place, limit: Self.page, &records)
            for posted in page {
                if let asOf = request.asOf, posted.sequence > asOf { return }
                if let until = request.until, posted.booked >= until { return }
                try take(posted, account, sign, request, after)
            }
            guard page.count == Self.page else { return }
            place = page.last?.sequence
        }
        throw .outOfRange
    }

    private mutating func take(
        _ posted: Posted, _ account: String, _ sign: Int64, _ request: StatementRequest,
        _ after: Int64
    ) throws(Refusal) {
        let amount = sign * posted.amount(on: account)
        let (balance, isOverflowing) = closing.addingReportingOverflow(amount)
        guard !isOverflowing else { throw .outOfRange }
        closing = balance
        last = posted.sequence
        currency = posted.transaction.currency
        if let from = request.from, posted.booked < from {
            opening = balance
            return
        }
        total += 1
        sums[posted.transaction.kind, default: 0] += amount
        guard posted.sequence > after else { return }
        guard entries.count < request.limit else {
            hasMore = true
            return
        }
        entries.append(Entry(posted: posted, amount: amount, balance: balance))
    }
}

extension StatementRequest {
    /// Of the last entry of the page before; 0: this is the first.
    fileprivate var sequence: Int64 {
        get throws(Refusal) {
            guard let after else { return 0 }
            guard let number = Int64(after), number >= 0 else {
                throw .invalid("after", "`next` of the page before")
            }
            return number
        }
    }
}

extension AccountExtract.Entry {
    /// - Parameter facts: the members of its memo that the owner of the account may see.
    func value(_ text: String, facts: [String]) -> Value {
        let currency = posted.transaction.currency
        var row: ValueMap = [
            "booked": .string(posted.booked.rfc3339),
            "date": .string(posted.transaction.at.rfc3339),
            "kind": .string(posted.transaction.kind.rawValue), "text": .string(text),
        ]
        for name in facts {
            if let fact = posted.transaction.memo[name], !fact.isNull { row[name] = fact }
        }
        row["amount"] = .money(amount, currency)
        row["balance"] = .money(balance, currency)
        return .map(row)
    }
}
