import Guest
import Values

/// `reconciliation.begin {run, account, holidays?, feeLimit?} -> {from, until}`: begins to ask for a statement, from a week before
/// the last complete one ended until now.
struct BeginStatement: LocalOperation {
    /// Lines that come late are found that long.
    private static let overlap = Duration.seconds(7 * 86_400)

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let id = try call.input.text("run")
        let run: StatementRun
        if let there = try records.find(StatementRun.self, id: id) {
            run = there
        } else {
            var account = try BankAccount.find(try call.input.text("account"), &records)
            let from = account.closed.map { $0 - Self.overlap } ?? Timestamp(seconds: 0)
            run = StatementRun(id: id, account: account.id, from: from, until: call.now)
            account.latest = max(account.latest ?? call.now, call.now)
            account.holidays =
                (call.input["holidays"]?.listValue ?? []).compactMap(\.stringValue)
            account.feeLimit = call.input["feeLimit"]?.intValue ?? account.feeLimit
            records.put(account)
            records.add(run)
        }
        return ["from": .string(run.from.rfc3339), "until": .string(run.until.rfc3339)]
    }
}
