import Execution

/// `billing.settleInvoice {invoice, account, cycle, bankCharge}`: the bank took the money. Posts
/// the payment once; repeating returns the paid invoice.
enum SettleInvoice: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        [Invoice.query(call), AccountSummary.query(call.input["account"]?.stringValue ?? "")]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        var invoice = try Invoice(call, reads.first(0))
        let bankCharge = try call.input.text("bankCharge")
        switch invoice.status {
        case .paid: return Effect(output: invoice.output)
        case .writtenOff: throw .closed(invoice, "written-off", "written off")
        case .voided: throw .closed(invoice, "voided", "voided, and its lines go on the next bill")
        case .open, .overdue: break
        }
        var summary = AccountSummary(invoice.account, reads.first(1))
        try summary.add(-invoice.total, to: .balance, invoice.currency)
        try summary.add(invoice.total, to: .paid, invoice.currency)
        let transaction = try Ledger.transfer(
            invoice.total, invoice.currency, debit: Ledger.bank,
            credit: Ledger.client(invoice.account), id: "invoice:\(invoice.id)/payment",
            kind: .payment, at: call.now,
            memo: ["invoice": .string(invoice.id), "bankCharge": .string(bankCharge)])
        let payment = Payment.write(invoice, bankCharge: bankCharge, at: call.now)
        invoice.become(.paid, at: call.now, ["bankCharge": .string(bankCharge)])
        return Effect(
            output: invoice.output,
            writes: transaction.writes + [payment, invoice.write, summary.write])
    }
}

extension Refusal {
    fileprivate static func closed(_ invoice: Invoice, _ name: String, _ what: String) -> Refusal {
        Refusal(
            name: name,
            message: "invoice `\(invoice.id)` was \(what); post what came in by hand")
    }
}
