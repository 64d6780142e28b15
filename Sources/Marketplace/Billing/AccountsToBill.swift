import Execution
import Values

/// `billing.accounts {after?, count?} -> {items: [{account}], next}`: the clients' accounts on which something is
/// unbilled, page by page. `next` goes into the next call's `after`; null at the end.
enum AccountsToBill: LocalOperation {
    /// Of one page.
    static let maximumCount: Int64 = 1_000

    static func queries(_ call: LocalCall) -> [RecordQuery] {
        [
            RecordQuery(
                collection: AccountSummary.collection,
                selection: .group(AccountSummary.unbilled), after: call.input["after"]?.stringValue,
                limit: count(call))
        ]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let records = reads.all(0)
        let items = records.compactMap { record in
            Ledger.client(of: record.id).map { ["account": .string($0)] as Value }
        }
        let last = records.count < count(call) ? nil : records.last?.id
        return Effect(
            output: ["items": .list(items), "next": last.map { .string($0) } ?? .null])
    }

    private static func count(_ call: LocalCall) -> Int {
        Int(min(max(call.input["count"]?.intValue ?? 100, 1), maximumCount))
    }
}
