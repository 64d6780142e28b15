import Guest
import Values

/// `reconciliation.assign {difference, reference, reason, by} -> {outcome}`: a person says which of our transactions a line is, or
/// which line a transaction is. They must agree in amount and currency: what is left over is no match.
struct AssignDifference: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var difference = try Difference.find(call.input, &records)
        guard difference.stage != .settled else {
            return ["outcome": .string(difference.outcome ?? "")]
        }
        let reference = try call.input.text("reference")
        let by = try call.input.text("by")
        let reason = try call.input.text("reason")
        let isOurs = difference.kind == .notAtBank
        let line = try find(StatementLine.self, isOurs ? reference : difference.line, &records)
        let item = try find(BankItem.self, isOurs ? difference.item : reference, &records)
        guard [.open, .suspense].contains(line.state) else {
            throw Refusal("cannot-match", "the line `\(line.id)` is booked already")
        }
        guard item.isOpen else {
            throw Refusal(
                "cannot-match", "`\(item.id)` has the line `\(item.line ?? "")` already")
        }
        guard line.amount == item.amount, sameUTF8(line.currency, item.currency) else {
            throw Refusal(
                "cannot-match",
                "`\(item.id)` is of \(Money.text(item.amount, item.currency)), the line of "
                    + Money.text(line.amount, line.currency))
        }
        var outcome = Outcome(
            try BankAccount.find(difference.account, &records), Booking(call, by: by))
        try outcome.match(line, item, rule: 0, &records)
        difference = try Difference.find(call.input, &records)
        difference.settle("match", at: call.now, by: by, reason: reason)
        records.put(difference)
        return ["outcome": "match"]
    }

    private func find<R: Record>(
        _ type: R.Type, _ id: String?, _ records: inout Records
    ) throws(Refusal) -> R {
        guard let id, let found = try records.find(type, id: id) else {
            throw Refusal(
                "cannot-match",
                "`\(id ?? "")` is neither a line of the statement nor one of our transactions at the bank"
            )
        }
        return found
    }
}
