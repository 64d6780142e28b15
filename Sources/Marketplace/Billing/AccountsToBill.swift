import Guest
import Values

/// `billing.accounts {after?, count?} -> {items: [{account, part}], next}`: the clients' accounts on which something is
/// unbilled, page by page; one with more lines than a document takes stands there for each of its documents. `next` goes into the next call's `after`; null at the end.
struct AccountsToBill: LocalOperation {
    /// Of one page.
    static let maximumCount: Int64 = 1_000

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let count = Int(min(max(call.input["count"]?.intValue ?? 100, 1), Self.maximumCount))
        let page = try records.page(
            of: AccountSummary.collection, group: AccountSummary.unbilled,
            after: call.input["after"]?.stringValue, limit: count)
        let items = page.flatMap { record in
            guard let account = Ledger.client(of: record.id) else { return [] as [Value] }
            let lines = max(1, AccountSummary(record).unbilledLines)
            let parts = (lines - 1) / Int64(Invoice.maximumLines) + 1
            return (1...parts).map { ["account": .string(account), "part": .int($0)] }
        }
        let last = page.count < count ? nil : page.last?.id
        return ["items": .list(items), "next": last.map { .string($0) } ?? .null]
    }
}
