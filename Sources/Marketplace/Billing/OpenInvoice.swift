import Guest
import Values

/// `billing.openInvoice {account, cycle, from?, until?, currency?} -> {invoice, total, lines,
/// discountPercent}`: takes up what is unbilled into the cycle's one invoice. Repeating returns the
/// same invoice. Nothing to collect (nothing unbilled, or more reversed than charged, which stays
/// for the next cycle): `{invoice: null, total: 0}`.
struct OpenInvoice: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let account = try call.input.text("account")
        let cycle = try call.input.text("cycle")
        if let invoice = try Invoice.find(account: account, cycle: cycle, &records) {
            return invoice.status == .voided ? Self.nothing : invoice.output
        }
        let currency = try call.input.currency()
        let until = try call.input.optionalTime("until")
        let percent = Loyalty.percent(
            paid: try paid(account, currency, from: call.input, until: until, &records))
        let unbilled = try records.page(
            of: UnbilledLine.collection, group: account, limit: Invoice.maximumLines)
        let lines = billable(unbilled, currency: currency, until: until).map {
            InvoiceLine(line: $0, percent: percent)
        }
        let sums = try Sums(lines)
        guard sums.total > 0 else { return Self.nothing }
        let invoice = Invoice(
            account: account, cycle: cycle,
            body: body(call.now, account, cycle, currency, percent, sums, lines))
        var summary = try AccountSummary(account, &records)
        try summary.add(-sums.gross, to: .unbilled, currency)
        try summary.add(-sums.discount, to: .balance, currency)
        invoice.write(to: &records)
        for item in lines { records.delete(UnbilledLine.collection, id: item.line.transaction) }
        try discount(invoice, sums.discount, currency, Booking(call), &records)
        summary.write(to: &records)
        return invoice.output
    }

    private static let nothing: Value = [
        "invoice": nil, "total": 0, "lines": [], "discountPercent": 0,
    ]

    /// What was paid before the cycle. One with an end and no start is the first: all before its end is within it,
    /// however late it is billed. A bill with neither is of no cycle, and looks at all so far.
    private func paid(
        _ account: String, _ currency: String, from input: Value, until: Timestamp?,
        _ records: inout Records
    ) throws(Refusal) -> Int64 {
        let from = try input.optionalTime("from")
        if from == nil, until != nil { return 0 }
        return try Payment.total(of: account, currency: currency, before: from, &records)
    }

    /// In order of business date, then id.
    private func billable(
        _ records: [RecordEntry], currency: String, until: Timestamp?
    ) -> [UnbilledLine] {
        records.compactMap(UnbilledLine.init)
            .filter { line in
                sameUTF8(line.currency, currency) && (until.map { line.at < $0 } ?? true)
            }
            .sorted { ($0.at, ExactText($0.transaction)) < ($1.at, ExactText($1.transaction)) }
    }

    private func body(
        _ now: Timestamp, _ account: String, _ cycle: String, _ currency: String,
        _ percent: Int64, _ sums: Sums, _ lines: [InvoiceLine]
    ) -> Value {
        [
            "account": .string(account), "cycle": .string(cycle), "kind": "client",
            "status": .string(Invoice.Status.open.rawValue), "currency": .string(currency),
            "gross": .int(sums.gross), "discountPercent": .int(percent),
            "discount": .int(sums.discount), "total": .int(sums.total),
            "rounding": .string(Invoice.rounding), "issuedAt": .string(now.rfc3339),
            "lines": .list(lines.map(\.value)),
        ]
    }

    /// What the client need not pay is a loss of the house, not a gap in the books.
    private func discount(
        _ invoice: Invoice, _ amount: Int64, _ currency: String, _ booking: Booking,
        _ records: inout Records
    ) throws(Refusal) {
        guard amount != 0 else { return }
        let transaction = try Ledger.transfer(
            amount, currency, debit: Ledger.house(.discounts, currency),
            credit: Ledger.client(invoice.account),
            id: "invoice:\(invoice.id)/discount", kind: .discount, at: booking.booked,
            memo: ["invoice": .string(invoice.id)])
        try transaction.post(booking, to: &records)
    }
}

/// A charge on an invoice, with its share of the discount.
private struct InvoiceLine {
    let line: UnbilledLine
    let discount: Int64

    init(line: UnbilledLine, percent: Int64) {
        self.line = line
        discount = Rounding.percentage(percent, of: line.amount)
    }

    var value: Value {
        [
            "orderId": .string(line.orderID), "at": .string(line.at.rfc3339),
            "kind": .string(line.kind.rawValue), "amount": .int(line.amount),
            "discount": .int(discount), "net": .int(line.amount - discount),
            "transaction": .string(line.transaction),
        ]
    }
}

private struct Sums {
    let gross: Int64
    let discount: Int64
    let total: Int64

    init(_ lines: [InvoiceLine]) throws(Refusal) {
        var gross: Int128 = 0
        var discount: Int128 = 0
        for line in lines {
            gross += Int128(line.line.amount)
            discount += Int128(line.discount)
        }
        guard gross.magnitude <= Int128(Ledger.maximumAmount).magnitude,
            let exactGross = Int64(exactly: gross), let exactDiscount = Int64(exactly: discount)
        else { throw .outOfRange }
        self.gross = exactGross
        self.discount = exactDiscount
        total = exactGross - exactDiscount
    }
}
