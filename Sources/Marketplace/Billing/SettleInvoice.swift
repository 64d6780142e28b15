import Guest
import Values

/// `billing.settleInvoice {invoice, account, cycle, bankCharge, payment?}`: the bank took the money, and says under which
/// key, how much and when. Posts the payment once; repeating returns the paid invoice. Another amount than was asked for
/// pays nothing: `amount-differs`, with both.
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
        let bank = call.input["payment"] ?? .null
        try requireAll(of: invoice, bank)
        var summary = try AccountSummary(invoice.account, &records)
        try summary.add(-invoice.total, to: .balance, invoice.currency)
        try summary.add(invoice.total, to: .paid, invoice.currency)
        let key = bank["key"]?.stringValue
        let transaction = try Ledger.transfer(
            invoice.total, invoice.currency, debit: Ledger.house(.bank, invoice.currency),
            credit: Ledger.client(invoice.account), id: "payment:\(key ?? invoice.id)",
            kind: .payment, at: bank.moment("at") ?? call.now,
            memo: [
                "invoice": .string(invoice.id), "bankCharge": .string(bankCharge),
                "bankKey": key.map { .string($0) } ?? .null,
            ])
        try transaction.post(Booking(call), to: &records)
        Payment.add(invoice, bankCharge: bankCharge, at: call.now, to: &records)
        invoice.become(.paid, at: call.now, ["bankCharge": .string(bankCharge)])
        invoice.write(to: &records)
        summary.write(to: &records)
        return invoice.output
    }

    private func requireAll(of invoice: Invoice, _ bank: Value) throws(Refusal) {
        guard let amount = bank["amount"]?.intValue else { return }
        let currency = bank["currency"]?.stringValue ?? invoice.currency
        guard amount != invoice.total || !sameUTF8(currency, invoice.currency) else { return }
        throw Refusal(
            "amount-differs",
            "the bank took \(amount) \(currency) in minor units, invoice `\(invoice.id)` asked for "
                + "\(invoice.total) \(invoice.currency)")
    }
}

extension Refusal {
    fileprivate static func closed(_ invoice: Invoice, _ name: String, _ what: String) -> Refusal {
        Refusal(name, "invoice `\(invoice.id)` was \(what); post what came in by hand")
    }
}
