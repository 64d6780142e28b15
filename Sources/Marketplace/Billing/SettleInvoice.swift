import Guest
import Values

/// `billing.settleInvoice {invoice, account, cycle, bankCharge}`: the bank took the money. Posts
/// the payment once; repeating returns the paid invoice.
struct SettleInvoice: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var invoice = try Invoice(call.input, &records)
        let bankCharge = try call.input.text("bankCharge")
        switch invoice.status {
        case .paid: return invoice.output
        case .writtenOff: throw .closed(invoice, "written-off", "written off")
        case .voided: throw .closed(invoice, "voided", "voided, and its lines go on the next bill")
        case .open, .overdue: break
        }
        var summary = try AccountSummary(invoice.account, &records)
        try summary.add(-invoice.total, to: .balance, invoice.currency)
        try summary.add(invoice.total, to: .paid, invoice.currency)
        let transaction = try Ledger.transfer(
            invoice.total, invoice.currency, debit: Ledger.house(.bank, invoice.currency),
            credit: Ledger.client(invoice.account), id: "invoice:\(invoice.id)/payment",
            kind: .payment, at: call.now,
            memo: ["invoice": .string(invoice.id), "bankCharge": .string(bankCharge)])
        try transaction.post(Booking(call), to: &records)
        Payment.add(invoice, bankCharge: bankCharge, at: call.now, to: &records)
        invoice.become(.paid, at: call.now, ["bankCharge": .string(bankCharge)])
        invoice.write(to: &records)
        summary.write(to: &records)
        return invoice.output
    }
}

extension Refusal {
    fileprivate static func closed(_ invoice: Invoice, _ name: String, _ what: String) -> Refusal {
        Refusal(name, "invoice `\(invoice.id)` was \(what); post what came in by hand")
    }
}
