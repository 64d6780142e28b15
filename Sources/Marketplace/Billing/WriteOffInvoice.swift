import Guest
import Values

/// `billing.writeOffInvoice {invoice, account, cycle, reason?}`: a person gave the claim up. The
/// loss is a posting; the invoice and its charges stay as they are.
struct WriteOffInvoice: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var invoice = try Invoice(call.input, &records)
        switch invoice.status {
        case .writtenOff: return invoice.output
        case .paid:
            throw Refusal(
                "already-paid", "invoice `\(invoice.id)` is paid: nothing is open")
        case .voided:
            throw Refusal(
                "voided", "invoice `\(invoice.id)` was voided: its lines go on the next bill")
        case .open, .overdue: break
        }
        var summary = try AccountSummary(invoice.account, &records)
        try summary.add(-invoice.total, to: .balance, invoice.currency)
        let transaction = try Ledger.transfer(
            invoice.total, invoice.currency, debit: Ledger.house(.losses, invoice.currency),
            credit: Ledger.client(invoice.account), id: "invoice:\(invoice.id)/write-off",
            kind: .writeOff, at: call.now, memo: ["invoice": .string(invoice.id)])
        invoice.become(.writtenOff, at: call.now, ["reason": call.input["reason"] ?? ""])
        try transaction.post(Booking(call), to: &records)
        invoice.write(to: &records)
        summary.write(to: &records)
        return invoice.output
    }
}
