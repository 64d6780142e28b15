import Guest
import Sabotage
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
        let kind = Invoice.kind(part: call.input.input)
        guard
            var invoice = try Invoice.find(account: account, cycle: cycle, kind: kind, &records),
            [.open, .overdue].contains(invoice.status)
        else { return ["voided": false] }
        var summary = try AccountSummary(account, &records)
        var discount: Int64 = 0
        for id in invoice.transactions {
            guard var line = try records.find(BillingLine.self, id: id) else { continue }
            // The discount of one that was undone since is taken back already.
            if !line.isUndone { discount += line.discount }
            if !isMutant(.voidKeepsLines) { line.unbill() }
            try summary.add(line.amount, to: .unbilled, invoice.currency)
            try summary.add(1, to: .lines, invoice.currency)
            records.put(line)
        }
        try summary.add(discount, to: .balance, invoice.currency)
        if discount != 0 {
            let correction = try Ledger.transfer(
                discount, invoice.currency, debit: Ledger.client(account),
                credit: Ledger.house(.discounts, invoice.currency),
                id: "invoice:\(invoice.id)/void", kind: .reversal,
                at: invoice.cutOff ?? call.now, memo: ["invoice": .string(invoice.id)])
            try correction.post(Booking(call), to: &records)
        }
        invoice.become(.voided, at: call.now)
        invoice.write(to: &records)
        summary.write(to: &records)
        return ["voided": true, "invoice": .string(invoice.id)]
    }
}

extension Invoice {
    /// Of the lines that it took up.
    fileprivate var transactions: [String] {
        (body["lines"]?.listValue ?? []).compactMap { $0["transaction"]?.stringValue }
    }

    fileprivate var cutOff: Timestamp? { body.moment("until") }
}
