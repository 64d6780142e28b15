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
        guard let charge = try records.find(Ledger.collection, id: Ledger.postingID(key, 1)),
            try records.find(Ledger.collection, id: Ledger.postingID(reversal, 1)) == nil
        else { return ["reversed": false] }
        guard let account = call.input.input["account"]?.stringValue,
            let amount = charge.body["amount"]?.intValue, amount > 0,
            let currency = charge.body["currency"]?.stringValue
        else { throw .invalid("input", "what was charged") }
        let orderID = charge.body["orderId"] ?? ""
        let transaction = try Ledger.transfer(
            amount, currency, debit: Ledger.revenue, credit: Ledger.client(account),
            id: reversal, kind: .reversal, at: call.now,
            memo: ["orderId": orderID, "reverses": .string(key)])
        var summary = try AccountSummary(account, &records)
        try summary.add(-amount, to: .balance, currency)
        try summary.add(-amount, to: .unbilled, currency)
        transaction.post(to: &records)
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
