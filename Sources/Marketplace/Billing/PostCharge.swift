import Guest
import Values

/// `billing.charge {account, amount, currency?, orderId, at} -> {transaction, balance}`: the client
/// owes the price of an order that became active. Posted once: the transaction is the call's
/// key.
struct PostCharge: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let account = try call.input.person("account")
        let orderID = try call.input.text("orderId")
        let currency = try call.input.currency()
        let transaction = try Ledger.transfer(
            try amount(call.input), currency, debit: Ledger.client(account),
            credit: Ledger.house(.revenue, currency), id: call.key, kind: .charge,
            at: try call.input.time("at"), memo: ["orderId": .string(orderID)])
        let line = BillingLine(
            transaction, account: account, orderID: orderID, amount: try amount(call.input))
        var summary = try AccountSummary(account, &records)
        if try transaction.post(Booking(call), to: &records) {
            try summary.add(line.amount, to: .balance, currency)
            try summary.add(line.amount, to: .unbilled, currency)
            try summary.add(1, to: .lines, currency)
            records.put(line)
            summary.write(to: &records)
        }
        return [
            "transaction": .string(call.key),
            "balance": .int(summary.amount(.balance, currency)),
        ]
    }

    private func amount(_ input: Value) throws(Refusal) -> Int64 {
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
        guard let code = value.stringValue, Currency(code) != nil else {
            throw .invalid("currency", "an ISO 4217 code such as EUR")
        }
        return code
    }
}
