import Guest
import Values

/// `billing.voidInvoice {key, input: {account, cycle}, output?} -> {voided}`: undoes `openInvoice`. The invoice stays
/// as it was issued, under another status; its lines are unbilled again, with their own dates, and go on the next bill
/// the discount is taken back by a posting of its own. Does nothing where none was opened, or where it is
/// paid, written off or voided.
struct VoidInvoice: LocalOperation {
    func perform(
        _ call: Call<Undo<Value, Value>>, _ records: inout Records
    ) throws(Refusal) -> Value {
        let account = try call.input.input.text("account")
        let cycle = try call.input.input.text("cycle")
        guard var invoice = try Invoice.find(account: account, cycle: cycle, &records),
            [.open, .overdue].contains(invoice.status)
        else { return ["voided": false] }
        let discount = invoice.body.count("discount")
        var summary = try AccountSummary(account, &records)
        try summary.add(invoice.body.count("gross"), to: .unbilled, invoice.currency)
        try summary.add(discount, to: .balance, invoice.currency)
        for line in invoice.lines { line.add(to: &records, account: account) }
        if discount != 0 {
            let correction = try Ledger.transfer(
                discount, invoice.currency, debit: Ledger.client(account),
                credit: Ledger.house(.discounts, invoice.currency),
                id: "invoice:\(invoice.id)/discount/void",
                kind: .reversal, at: call.now, memo: ["invoice": .string(invoice.id)])
            try correction.post(Booking(call), to: &records)
        }
        invoice.become(.voided, at: call.now)
        invoice.write(to: &records)
        summary.write(to: &records)
        return ["voided": true, "invoice": .string(invoice.id)]
    }
}

extension Invoice {
    /// What it took up, as it was.
    fileprivate var lines: [UnbilledLine] {
        (body["lines"]?.listValue ?? []).compactMap { line in
            guard let transaction = line["transaction"]?.stringValue,
                let at = line["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
                let kind = line["kind"]?.stringValue.flatMap(
                    Ledger.Kind.init(rawValue:))
            else { return nil }
            return UnbilledLine(
                transaction: transaction, orderID: line["orderId"]?.stringValue ?? "",
                amount: line.count("amount"), currency: currency, at: at, kind: kind)
        }
    }
}
