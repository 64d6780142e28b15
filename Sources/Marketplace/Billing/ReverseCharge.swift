import Guest
import Values

/// `billing.reverse {key, input, output?}`: undoes the charge of that key by a transaction of its own; does nothing where
/// nothing was posted, or twice. A charge that is on an invoice already stays there (issued invoices never change
/// ): what was to be paid for it, its net, is a line of the next.
struct ReverseCharge: LocalOperation {
    func perform(
        _ call: Call<Undo<Value, Value>>, _ records: inout Records
    ) throws(Refusal) -> Value {
        let key = call.input.key
        let reversal = "\(key)/reversal"
        guard let charge = try Ledger.find(key, &records),
            try Ledger.find(reversal, &records) == nil
        else { return ["reversed": false] }
        guard var line = try records.find(BillingLine.self, id: key),
            sameUTF8(line.account, call.input.input["account"]?.stringValue)
        else { throw .invalid("input", "what was charged") }
        let currency = line.currency
        let transaction = try Self.transaction(reversal, of: charge, line, at: call.now)
        var summary = try AccountSummary(line.account, &records)
        try summary.add(-line.net, to: .balance, currency)
        try summary.add(-line.net, to: .unbilled, currency)
        try summary.add(line.isUnbilled ? -1 : 1, to: .lines, currency)
        try transaction.post(Booking(call), to: &records)
        if !line.isUnbilled {
            records.put(
                BillingLine(
                    transaction, account: line.account, orderID: line.orderID, amount: -line.net,
                    isNet: true))
        }
        line.undo()
        records.put(line)
        summary.write(to: &records)
        return ["reversed": true, "transaction": .string(transaction.id)]
    }

    /// The client gets back the net; the discount that was granted is granted no more.
    private static func transaction(
        _ id: String, of charge: Posted, _ line: BillingLine, at now: Timestamp
    ) throws(Refusal) -> Ledger.Transaction {
        var lines = [
            Ledger.Line(account: Ledger.house(.revenue, line.currency), amount: line.amount),
            Ledger.Line(account: Ledger.client(line.account), amount: -line.net),
        ]
        if line.discount != 0 {
            lines.append(
                Ledger.Line(
                    account: Ledger.house(.discounts, line.currency), amount: -line.discount))
        }
        return try Ledger.transaction(
            id, .reversal, at: now, line.currency,
            memo: ["orderId": .string(line.orderID), "reverses": .string(charge.id)], lines)
    }
}
