import Execution
import Values

/// `billing.voidInvoice {key, input: {account, cycle}, output?} -> {voided}`: undoes `openInvoice`. The invoice stays
/// as it was issued, under another status; its lines are unbilled again, with their own dates, and go on the next bill
/// the discount is taken back by a posting of its own. Does nothing where none was opened, or where it is
/// paid, written off or voided.
enum VoidInvoice: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let input = call.input["input"]
        let account = input?["account"]?.stringValue ?? ""
        return [
            Invoice.query(account: account, cycle: input?["cycle"]?.stringValue ?? ""),
            AccountSummary.query(account),
        ]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let input = call.input["input"] ?? .null
        let account = try input.text("account")
        _ = try input.text("cycle")
        guard var invoice = reads.first(0).map({ Invoice($0) }),
            [.open, .overdue].contains(invoice.status)
        else { return Effect(output: ["voided": false]) }
        let lines = invoice.lines
        let discount = invoice.body.count("discount")
        var summary = AccountSummary(account, reads.first(1))
        try summary.add(invoice.body.count("gross"), to: .unbilled, invoice.currency)
        try summary.add(discount, to: .balance, invoice.currency)
        let correction =
            try discount == 0
            ? []
            : Ledger.transfer(
                discount, invoice.currency, debit: Ledger.client(account),
                credit: Ledger.discounts, id: "invoice:\(invoice.id)/discount/void",
                kind: .reversal, at: call.now, memo: ["invoice": .string(invoice.id)]
            ).writes
        invoice.become(.voided, at: call.now)
        return Effect(
            output: ["voided": true, "invoice": .string(invoice.id)],
            writes: lines.map { $0.write(account: account) } + correction
                + [invoice.write, summary.write])
    }
}

extension Invoice {
    /// What it took up, as it was.
    fileprivate var lines: [UnbilledLine] {
        (body["lines"]?.listValue ?? []).compactMap { line in
            guard let transaction = line["transaction"]?.stringValue,
                let at = line["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
                let kind = line["kind"]?.stringValue.flatMap(
                    Ledger.Transaction.Kind.init(rawValue:))
            else { return nil }
            return UnbilledLine(
                transaction: transaction, orderID: line["orderId"]?.stringValue ?? "",
                amount: line.count("amount"), currency: currency, at: at, kind: kind)
        }
    }
}
