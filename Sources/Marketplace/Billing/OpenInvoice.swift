import Guest
import Values

/// `billing.openInvoice {account, cycle, part?, from?, until?, currency?} -> {invoice, number, total, lines,
/// discountPercent}`: takes up what is unbilled into the cycle's invoice, which gets its number in this commit. Repeating
/// returns the same invoice. One takes `Invoice.maximumLines`; what is more goes on the cycle's next part. Nothing to
/// collect (nothing unbilled, or more reversed than charged, which stays for the next cycle): `{invoice: null, total: 0}`.
struct OpenInvoice: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let account = try call.input.text("account")
        let cycle = try call.input.text("cycle")
        let kind = Invoice.kind(part: call.input)
        if let invoice = try Invoice.find(account: account, cycle: cycle, kind: kind, &records) {
            return invoice.status == .voided ? Self.nothing : invoice.output
        }
        let until = try call.input.optionalTime("until")
        let draft = try InvoiceDraft(
            account: account, from: try call.input.optionalTime("from"), until: until,
            currency: try call.input.currency(), &records)
        guard draft.total > 0 else { return Self.nothing }
        let invoice = Invoice(
            account: account, cycle: cycle, kind: kind,
            body: .map(
                draft.body.merging([
                    "cycle": .string(cycle), "kind": .string(kind),
                    "from": call.input["from"] ?? .null, "until": call.input["until"] ?? .null,
                    "number": .string(
                        try Numbering.next(.clientInvoice, at: call.now, &records)),
                    "status": .string(Invoice.Status.open.rawValue),
                    "issuedAt": .string(call.now.rfc3339),
                ])))
        try issue(invoice, draft, at: until ?? call.now, Booking(call), &records)
        return invoice.output
    }

    private static let nothing: Value = [
        "invoice": nil, "total": 0, "lines": [], "discountPercent": 0,
    ]

    private func issue(
        _ invoice: Invoice, _ draft: InvoiceDraft, at cutOff: Timestamp, _ booking: Booking,
        _ records: inout Records
    ) throws(Refusal) {
        var summary = try AccountSummary(invoice.account, &records)
        try summary.add(-draft.gross, to: .unbilled, draft.currency)
        try summary.add(-Int64(draft.lines.count), to: .lines, draft.currency)
        try summary.add(-draft.discount, to: .balance, draft.currency)
        for item in draft.lines {
            var line = item.line
            line.bill(on: invoice.id, discount: item.discount)
            records.put(line)
        }
        invoice.write(to: &records)
        invoice.keepDocument(&records)
        summary.write(to: &records)
        guard draft.discount != 0 else { return }
        // What the client need not pay is a loss of the house, not a gap in the books.
        let transaction = try Ledger.transfer(
            draft.discount, draft.currency, debit: Ledger.house(.discounts, draft.currency),
            credit: Ledger.client(invoice.account), id: "invoice:\(invoice.id)/discount",
            kind: .discount, at: cutOff,
            memo: ["invoice": .string(invoice.id), "number": invoice.body["number"] ?? .null])
        try transaction.post(booking, to: &records)
    }
}
