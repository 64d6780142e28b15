import Execution

/// `billing.writeOffInvoice {invoice, account, cycle, reason?}`: a person gave the claim up. The
/// loss is a posting; the invoice and its charges stay as they are.
enum WriteOffInvoice: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        [Invoice.query(call), AccountSummary.query(call.input["account"]?.stringValue ?? "")]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        var invoice = try Invoice(call, reads.first(0))
        switch invoice.status {
        case .writtenOff: return Effect(output: invoice.output)
        case .paid:
            throw Refusal(
                name: "already-paid", message: "invoice `\(invoice.id)` is paid: nothing is open")
        case .voided:
            throw Refusal(
                name: "voided",
                message: "invoice `\(invoice.id)` was voided: its lines go on the next bill")
        case .open, .overdue: break
        }
        var summary = AccountSummary(invoice.account, reads.first(1))
        try summary.add(-invoice.total, to: .balance, invoice.currency)
        let transaction = try Ledger.transfer(
            invoice.total, invoice.currency, debit: Ledger.losses,
            credit: Ledger.client(invoice.account), id: "invoice:\(invoice.id)/write-off",
            kind: .writeOff, at: call.now, memo: ["invoice": .string(invoice.id)])
        invoice.become(.writtenOff, at: call.now, ["reason": call.input["reason"] ?? ""])
        return Effect(
            output: invoice.output, writes: transaction.writes + [invoice.write, summary.write])
    }
}
