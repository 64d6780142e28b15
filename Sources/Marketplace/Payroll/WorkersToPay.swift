import Guest
import Values

/// `payroll.accounts {until, after?, count?} -> {items: [{account}], next}`: the workers with a line dated before the cycle's end,
/// whatever their lines come to, or with a negative month behind them, page by page.
struct WorkersToPay: LocalOperation {
    static let maximumCount: Int64 = 1_000

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let until = try call.input.time("until")
        let count = Int(min(max(call.input["count"]?.intValue ?? 100, 1), Self.maximumCount))
        let page = try records.page(
            of: PayAccount.collection, group: PayAccount.open,
            after: call.input["after"]?.stringValue, limit: count)
        var items: [Value] = []
        for record in page {
            var isDue = record.body.count("carry") != 0
            if !isDue {
                isDue = try !PayLine.due(of: record.id, before: until, limit: 1, &records)
                    .records.isEmpty
            }
            if isDue { items.append(["account": .string(record.id)]) }
        }
        let last = page.count < count ? nil : page.last?.id
        return ["items": .list(items), "next": last.map { .string($0) } ?? .null]
    }
}
