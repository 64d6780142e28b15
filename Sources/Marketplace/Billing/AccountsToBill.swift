import Guest
import Values

/// `billing.accounts {after?, count?} -> {items: [{account}], next}`: the clients' accounts on which something is
/// unbilled, page by page. `next` goes into the next call's `after`; null at the end.
struct AccountsToBill: LocalOperation {
    /// Of one page.
    static let maximumCount: Int64 = 1_000

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let count = Int(min(max(call.input["count"]?.intValue ?? 100, 1), Self.maximumCount))
        let page = try records.page(
            of: AccountSummary.collection, group: AccountSummary.unbilled,
            after: call.input["after"]?.stringValue, limit: count)
        let items = page.compactMap { record in
            Ledger.client(of: record.id).map { ["account": .string($0)] as Value }
        }
        let last = page.count < count ? nil : page.last?.id
        return ["items": .list(items), "next": last.map { .string($0) } ?? .null]
    }
}
