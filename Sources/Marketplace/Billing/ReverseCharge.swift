import Guest
import Values

/// `billing.reverse {key, input, output?}`: undoes the charge of that key by a transaction of its
/// own; does nothing where nothing was posted, or twice. A charge that is on an invoice already
/// stays there (issued invoices never change ); its reversal is a line of the next.
struct ReverseCharge: LocalOperation {
    func perform(
        _ call: Call<Undo<Value, Value>>, _ records: inout Records
    ) throws(Refusal) -> Value {
        let key = call.input.key
        let reversal = "\(key)/reversal"
        guard let charge = try Ledger.find(key, &records),
            try Ledger.find(reversal, &records) == nil
        else { return ["reversed": false] }
        guard let account = call.input.input["account"]?.stringValue,
            case let amount = charge.amount(on: Ledger.client(account)), amount > 0
        else { throw .invalid("input", "what was charged") }
        let currency = charge.transaction.currency
        let orderID = charge.transaction.memo["orderId"] ?? ""
        let transaction = try Ledger.transfer(
            amount, currency, debit: Ledger.house(.revenue, currency),
            credit: Ledger.client(account),
            id: reversal, kind: .reversal, at: call.now,
            memo: ["orderId": orderID, "reverses": .string(key)])
        var summary = try AccountSummary(account, &records)
        try summary.add(-amount, to: .balance, currency)
        try summary.add(-amount, to: .unbilled, currency)
        try transaction.post(Booking(call), to: &records)
        if try records.find(UnbilledLine.collection, id: key) == nil {
            let line = UnbilledLine(
                transaction: transaction.id, orderID: orderID.stringValue ?? "", amount: -amount,
                currency: currency, at: call.now, kind: .reversal)
            line.add(to: &records, account: account)
        } else {
            records.delete(UnbilledLine.collection, id: key)
        }
        summary.write(to: &records)
        return ["reversed": true, "transaction": .string(transaction.id)]
    }
}
