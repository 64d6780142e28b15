import Guest
import Sabotage
import Values

/// `payroll.settlePayout {statement, account, key, bankPayout, bankKey?, amount?, at?}`: the bank has paid. What was reserved is
/// the bank's now, at its moment. `key-differs`, `amount-differs` where the bank speaks of something else.
struct SettlePayout: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var statement = try PayStatement(call.input, &records)
        let key = try call.input.text("key")
        if statement.status == .paid, sameUTF8(statement.key, key) { return statement.output }
        try statement.requireSent(under: key)
        if let bankKey = call.input["bankKey"]?.stringValue, !sameUTF8(bankKey, key) {
            throw Refusal("key-differs", "the bank paid under `\(bankKey)`, and `\(key)` was sent")
        }
        if let amount = call.input["amount"]?.intValue, amount != statement.due {
            throw Refusal(
                "amount-differs",
                "the bank paid \(statement.text(amount)), and \(statement.text(statement.due)) was sent"
            )
        }
        if isMutant(.reservedAfterSending) {
            try statement.leave(under: key, Booking(call), &records)
        }
        let applied = try statement.transfer(
            "payout:\(key)/applied", .payoutApplied,
            debit: Ledger.house(.transit, statement.currency),
            credit: Ledger.house(.bank, statement.currency),
            at: try call.input.optionalTime("at") ?? call.now)
        try applied.post(Booking(call), to: &records)
        try statement.settle(isPaid: true, &records)
        let bankPayout = Value.string(try call.input.text("bankPayout"))
        statement.become(.paid, at: call.now, ["bankPayout": bankPayout])
        statement.write(to: &records)
        return statement.output
    }
}

/// `payroll.declinePayout {statement, account, key, why?}`: the bank has said no for good. What was reserved is owed again,
/// to this statement alone; another try is another call, with a reservation of its own.
struct DeclinePayout: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var statement = try PayStatement(call.input, &records)
        let key = try call.input.text("key")
        if statement.status == .declined, sameUTF8(statement.key, key) { return statement.output }
        try statement.requireSent(under: key)
        let back = try statement.transfer(
            "payout:\(key)/back", .payoutBack, debit: Ledger.house(.transit, statement.currency),
            credit: Ledger.worker(statement.account), at: call.now)
        try back.post(Booking(call), to: &records)
        try statement.settle(isPaid: false, &records)
        try statement.owe(&records)
        statement.become(.declined, at: call.now, ["why": call.input["why"] ?? .null])
        statement.write(to: &records)
        return statement.output
    }
}

/// `payroll.returnPayout {statement, account, key, line, at}`: what was paid came back days later, by a line of the bank's
/// statement. It is owed again, to this statement alone. Posted by whoever saw the line first.
struct ReturnPayout: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var statement = try PayStatement(call.input, &records)
        let key = try call.input.text("key")
        if statement.status == .returned, sameUTF8(statement.key, key) { return statement.output }
        guard statement.status == .paid, sameUTF8(statement.key, key) else {
            throw .status(statement, "paid under `\(key)`")
        }
        let reference = "payout:\(key)/returned"
        if try Ledger.find(reference, &records) == nil {
            let returned = try statement.transfer(
                reference, .payoutReturned, debit: Ledger.house(.bank, statement.currency),
                credit: Ledger.worker(statement.account), at: try call.input.time("at"))
            try returned.post(Booking(call), to: &records)
            try statement.owe(&records)
        }
        let line = Value.string(try call.input.text("line"))
        statement.become(.returned, at: call.now, ["line": line])
        statement.write(to: &records)
        return statement.output
    }
}

extension PayStatement {
    fileprivate func requireSent(under key: String) throws(Refusal) {
        guard status == .sent, sameUTF8(self.key, key) else {
            throw .status(self, "sent under `\(key)`")
        }
    }

    /// It is in transit no more.
    fileprivate func settle(isPaid: Bool, _ records: inout Records) throws(Refusal) {
        var worker = try PayAccount(account, &records)
        worker.settle(due, of: cycle, isPaid: isPaid)
        worker.write(to: &records)
        guard var month = try PayCycle(cycle, &records) else { return }
        if isPaid {
            month.count("paid", due, currency)
        } else {
            month.count("reserved", -due, currency)
        }
        month.write(to: &records)
    }

    fileprivate func owe(_ records: inout Records) throws(Refusal) {
        var summary = try AccountSummary(of: Ledger.worker(account), &records)
        try summary.add(-due, to: .balance, currency)
        summary.write(to: &records)
    }
}
