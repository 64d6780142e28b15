import Guest
import Values

/// What the workers' payout cycle would do, were it to run now, [R-46]: `payout-run/next`, or the moment of another
/// cut-off. What would be held, and why, is what the reservation of the payout refuses.
struct PayoutRun: Statement {
    let kind = "payout-run"
    let abstract =
        "A dry run of the workers' payout cycle: dues, what is carried, what would be held."

    private static let cycle: ExactText = "worker-payout-cycle"
    private static let member: ExactText = "worker-payout"

    func mayBeRead(_ id: String, by reader: Reader, _ records: inout Records) -> Bool {
        Readership.keepsBooks(reader)
    }

    func make(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> StatementPage? {
        guard let run = try TriedRun(request, of: Self.cycle) else { return nil }
        let params = request.params[Self.member]?.mapValue ?? ValueMap()
        return try records.trying { (records: inout Records) throws(Refusal) -> StatementPage in
            try page(request, run, params, &records)
        }
    }

    private func page(
        _ request: StatementRequest, _ run: TriedRun, _ params: ValueMap,
        _ records: inout Records
    ) throws(Refusal) -> StatementPage {
        var input = run.input("")
        input["account"] = nil
        let opened = try OpenCycle().perform(run.call(input), &records)
        var report = RunReport()
        var place = Value.null
        repeat {
            let page = try WorkersToPay().perform(
                run.call([
                    "until": .string(run.until.rfc3339), "after": place, "count": 1_000,
                ]), &records)
            for item in page["items"]?.listValue ?? [] {
                let tried = try records.trying {
                    (records: inout Records) throws(Refusal) -> Tried in
                    try self.tried(
                        item["account"]?.stringValue ?? "", run, params, &records)
                }
                // What the cycle has reserved so far counts for its cap; the rest of each account is taken back.
                tried.month?.write(to: &records)
                if let row = tried.row { report.add(row, request) }
            }
            place = page["next"] ?? .null
        } while !place.isNull
        var page = try report.page(run, &records)
        page.members["cycleFrom"] = opened["from"] ?? .null
        return page
    }

    private struct Tried {
        let row: RunReport.Row?
        let month: PayCycle?
    }

    private func tried(
        _ account: String, _ run: TriedRun, _ params: ValueMap, _ records: inout Records
    ) throws(Refusal) -> Tried {
        let row = try row(account, run, params, &records)
        return Tried(row: row, month: try PayCycle(run.cycle, &records))
    }

    private func row(
        _ account: String, _ run: TriedRun, _ params: ValueMap, _ records: inout Records
    ) throws(Refusal) -> RunReport.Row? {
        let issued = try OpenStatement().perform(run.call(run.input(account)), &records)
        guard let id = issued["statement"]?.stringValue else { return nil }
        let due = issued.count("due")
        let currency = issued["currency"]?.stringValue ?? Ledger.defaultCurrency
        var members: ValueMap = [
            "documents": issued["documents"] ?? 1,
            "carried": .money(issued.count("carried"), currency),
        ]
        for kind in ["work", "penalty", "award", "correction"] {
            members[kind] = .money(issued["sums"]?.count(kind) ?? 0, currency)
        }
        members["due"] = .money(due, currency)
        members["carry"] = .money(issued.count("carry"), currency)
        members["held"] =
            due > 0 ? try held(id, account, run, params, &records).map { .string($0) } ?? "" : ""
        members["hash"] = .string(String((issued["hash"]?.stringValue ?? "").prefix(16)))
        return RunReport.Row(account: account, currency: currency, amount: due, members: members)
    }

    /// Why the payout would be held; nil: it would leave.
    private func held(
        _ statement: String, _ account: String, _ run: TriedRun, _ params: ValueMap,
        _ records: inout Records
    ) throws(Refusal) -> String? {
        var input: ValueMap = ["statement": .string(statement), "account": .string(account)]
        for name in ["payoutCap", "accountCap", "cycleCap", "fourEyesAbove"] {
            input[name] = params[name] ?? .int(.max)
        }
        do throws(Refusal) {
            _ = try ReservePayout().perform(run.call(input), &records)
            return nil
        } catch {
            return "\(error.name): \(error.message)"
        }
    }
}
