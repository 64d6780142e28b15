import Execution
import Values

/// `billing.charge {account, amount, currency?, orderId, at} -> {transaction, balance}`: the client
/// owes the price of an order that became active. Posted once: the transaction is the call's
/// key.
enum PostCharge: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        [
            RecordQuery(
                collection: Ledger.collection, selection: .id(Ledger.postingID(call.key, 1)),
                limit: 1),
            AccountSummary.query(call.input["account"]?.stringValue ?? ""),
        ]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let account = try call.input.text("account")
        let line = UnbilledLine(
            transaction: call.key, orderID: try call.input.text("orderId"),
            amount: try amount(call.input), currency: try call.input.currency(),
            at: try call.input.time("at"), kind: .charge)
        var summary = AccountSummary(account, reads.first(1))
        if reads.first(0) == nil {
            try summary.add(line.amount, to: .balance, line.currency)
            try summary.add(line.amount, to: .unbilled, line.currency)
        }
        let output: Value = [
            "transaction": .string(call.key),
            "balance": .int(summary.amount(.balance, line.currency)),
        ]
        guard reads.first(0) == nil else { return Effect(output: output) }
        let transaction = try Ledger.transfer(
            line.amount, line.currency, debit: Ledger.client(account), credit: Ledger.revenue,
            id: call.key, kind: .charge, at: line.at,
            memo: [
                "orderId": .string(line.orderID), "instance": .string(call.instance.description),
            ])
        return Effect(
            output: output,
            writes: transaction.writes + [line.write(account: account), summary.write])
    }

    private static func amount(_ input: Value) throws(Refusal) -> Int64 {
        guard let amount = input["amount"]?.intValue, (1...Ledger.maximumAmount).contains(amount)
        else {
            throw .invalid("amount", "an integer from 1 to \(Ledger.maximumAmount), in minor units")
        }
        return amount
    }
}

extension Value {
    func currency() throws(Refusal) -> String {
        guard let value = self["currency"], !value.isNull else { return Ledger.defaultCurrency }
        guard let code = value.stringValue, code.utf8.count == 3,
            code.utf8.allSatisfy({ (65...90).contains($0) })
        else { throw .invalid("currency", "an ISO 4217 code such as EUR") }
        return code
    }
}
