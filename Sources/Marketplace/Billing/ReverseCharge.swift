import Execution

/// `billing.reverse {key, input, output?}`: undoes the charge of that key by a transaction of its
/// own; does nothing where nothing was posted, or twice. A charge that is on an invoice already
/// stays there (issued invoices never change ); its reversal is a line of the next.
enum ReverseCharge: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let key = call.input["key"]?.stringValue ?? ""
        let postings = [Ledger.postingID(key, 1), Ledger.postingID(reversal(of: key), 1)]
        return postings.map {
            RecordQuery(collection: Ledger.collection, selection: .id($0), limit: 1)
        } + [
            RecordQuery(collection: UnbilledLine.collection, selection: .id(key), limit: 1),
            AccountSummary.query(call.input["input"]?["account"]?.stringValue ?? ""),
        ]
    }

    private static func reversal(of key: String) -> String { "\(key)/reversal" }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let key = try call.input.text("key")
        guard let charge = reads.first(0), reads.first(1) == nil else {
            return Effect(output: ["reversed": false])
        }
        guard let account = call.input["input"]?["account"]?.stringValue,
            let amount = charge.body["amount"]?.intValue, amount > 0,
            let currency = charge.body["currency"]?.stringValue
        else { throw .invalid("input", "what was charged") }
        let orderID = charge.body["orderId"] ?? ""
        let transaction = try Ledger.transfer(
            amount, currency, debit: Ledger.revenue, credit: Ledger.client(account),
            id: reversal(of: key), kind: .reversal, at: call.now,
            memo: ["orderId": orderID, "reverses": .string(key)])
        var summary = AccountSummary(account, reads.first(3))
        try summary.add(-amount, to: .balance, currency)
        try summary.add(-amount, to: .unbilled, currency)
        let line = UnbilledLine(
            transaction: transaction.id, orderID: orderID.stringValue ?? "", amount: -amount,
            currency: currency, at: call.now, kind: .reversal)
        let unbilled = reads.first(2).map(UnbilledLine.delete) ?? line.write(account: account)
        return Effect(
            output: ["reversed": true, "transaction": .string(transaction.id)],
            writes: transaction.writes + [unbilled, summary.write])
    }
}
