import Guest
import Values

/// What the clients' billing cycle would do, were it to run now: `billing-run/next` is the cycle that runs, another
/// cut-off is named by its moment, `billing-run/2026-02-16T00:00:00Z`.
struct BillingRun: Statement {
    let kind = "billing-run"
    let abstract = "A dry run of the clients' billing cycle: what each account would be billed."

    /// Of one account.
    private static let maximumBills = 1_000

    func mayBeRead(_ id: String, by reader: Reader, _ records: inout Records) -> Bool {
        Readership.keepsBooks(reader)
    }

    func make(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> StatementPage? {
        guard let run = try TriedRun(request, of: ClientStatement.cycle) else { return nil }
        var report = RunReport()
        var place = Value.null
        var tried: String?
        repeat {
            let page = try AccountsToBill().perform(
                run.call(["after": place, "count": 1_000]), &records)
            for item in page["items"]?.listValue ?? [] {
                // One that takes several documents is there for each of them.
                let account = item["account"]?.stringValue ?? ""
                guard !sameUTF8(account, tried) else { continue }
                tried = account
                let row = try records.trying {
                    (records: inout Records) throws(Refusal) -> RunReport.Row? in
                    try self.row(account, run, &records)
                }
                if let row { report.add(row, request) }
            }
            place = page["next"] ?? .null
        } while !place.isNull
        return try report.page(run, &records)
    }

    /// - Returns: nil when there is nothing to bill.
    private func row(
        _ account: String, _ run: TriedRun, _ records: inout Records
    ) throws(Refusal) -> RunReport.Row? {
        var bills: [Value] = []
        for part in 1...Self.maximumBills {
            var input = run.input(account)
            input["part"] = .int(Int64(part))
            let bill = try OpenInvoice().perform(run.call(input), &records)
            guard bill["invoice"]?.isNull == false else { break }
            bills.append(bill)
        }
        let rest = try InvoiceDraft(
            account: account, from: run.from, until: run.until, currency: Ledger.defaultCurrency,
            &records)
        guard !bills.isEmpty || !rest.lines.isEmpty else { return nil }
        let sum = bills.reduce(0) { $0 + $1.count("total") }
        let lines = bills.reduce(0) { $0 + ($1["lines"]?.listValue?.count ?? 0) }
        return RunReport.Row(
            account: account, currency: rest.currency, amount: sum,
            members: [
                "documents": .int(Int64(bills.count)), "lines": .int(Int64(lines)),
                "discountPercent": .int(rest.percent), "total": .money(sum, rest.currency),
                "staysAsCredit": .money(min(0, rest.total), rest.currency),
                "hash": .string(Invoice.hash(bills.map { $0["lines"] ?? [] })),
            ])
    }
}

extension Invoice {
    /// Of what stands on documents: a dry run and the bills that were made of it have the same.
    static func hash(_ documents: [Value]) -> String {
        String(SHA256.hex(of: JSON.string(.list(documents))).prefix(16))
    }
}
