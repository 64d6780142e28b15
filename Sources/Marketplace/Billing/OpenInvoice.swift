import Execution
import Values

/// `billing.openInvoice {account, cycle, from?, until?, currency?} -> {invoice, total, lines,
/// discountPercent}`: takes up what is unbilled into the cycle's one invoice. Repeating returns the
/// same invoice. Nothing to collect (nothing unbilled, or more reversed than charged, which stays
/// for the next cycle): `{invoice: null, total: 0}`.
enum OpenInvoice: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let account = call.input["account"]?.stringValue ?? ""
        return [
            Invoice.query(call),
            RecordQuery(
                collection: UnbilledLine.collection, selection: .group(account),
                limit: Invoice.maximumLines),
            Payment.query(account: account),
            AccountSummary.query(account),
        ]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let account = try call.input.text("account")
        let cycle = try call.input.text("cycle")
        if let record = reads.first(0) {
            let invoice = Invoice(record)
            return Effect(output: invoice.status == .voided ? nothing : invoice.output)
        }
        let currency = try call.input.currency()
        let until = try call.input.optionalTime("until")
        let percent = Loyalty.percent(
            paid: try paid(reads.all(2), currency, from: call.input, until: until))
        let lines = billable(reads.all(1), currency: currency, until: until).map { record, line in
            InvoiceLine(record: record, line: line, percent: percent)
        }
        let sums = try Sums(lines)
        guard sums.total > 0 else { return Effect(output: nothing) }
        let invoice = Invoice(
            account: account, cycle: cycle,
            body: body(call, account, cycle, currency, percent, sums, lines))
        var summary = AccountSummary(account, reads.first(3))
        try summary.add(-sums.gross, to: .unbilled, currency)
        try summary.add(-sums.discount, to: .balance, currency)
        let discount = try discountWrites(invoice, sums.discount, currency, call)
        return Effect(
            output: invoice.output,
            writes: [invoice.write] + lines.map { UnbilledLine.delete($0.record) } + discount
                + [summary.write])
    }

    private static let nothing: Value = [
        "invoice": nil, "total": 0, "lines": [], "discountPercent": 0,
    ]

    /// What was paid before the cycle. One with an end and no start is the first: all before its end is within it,
    /// however late it is billed. A bill with neither is of no cycle, and looks at all so far.
    private static func paid(
        _ payments: [Record], _ currency: String, from input: Value, until: Timestamp?
    ) throws(Refusal) -> Int64 {
        let from = try input.optionalTime("from")
        if from == nil, until != nil { return 0 }
        return Payment.total(payments, currency: currency, before: from)
    }

    /// In order of business date, then id.
    private static func billable(
        _ records: [Record], currency: String, until: Timestamp?
    ) -> [(Record, UnbilledLine)] {
        records.compactMap { record in UnbilledLine(record).map { (record, $0) } }
            .filter { _, line in
                sameUTF8(line.currency, currency) && (until.map { line.at < $0 } ?? true)
            }
            .sorted {
                ($0.1.at, ExactText($0.1.transaction)) < ($1.1.at, ExactText($1.1.transaction))
            }
    }

    private static func body(
        _ call: LocalCall, _ account: String, _ cycle: String, _ currency: String,
        _ percent: Int64, _ sums: Sums, _ lines: [InvoiceLine]
    ) -> Value {
        [
            "account": .string(account), "cycle": .string(cycle), "kind": "client",
            "status": .string(Invoice.Status.open.rawValue), "currency": .string(currency),
            "gross": .int(sums.gross), "discountPercent": .int(percent),
            "discount": .int(sums.discount), "total": .int(sums.total),
            "rounding": .string(Invoice.rounding), "issuedAt": .string(call.now.rfc3339),
            "lines": .list(lines.map(\.value)),
        ]
    }

    /// What the client need not pay is a loss of the house, not a gap in the books.
    private static func discountWrites(
        _ invoice: Invoice, _ amount: Int64, _ currency: String, _ call: LocalCall
    ) throws(Refusal) -> [RecordWrite] {
        guard amount != 0 else { return [] }
        return try Ledger.transfer(
            amount, currency, debit: Ledger.discounts, credit: Ledger.client(invoice.account),
            id: "invoice:\(invoice.id)/discount", kind: .discount, at: call.now,
            memo: ["invoice": .string(invoice.id)]
        ).writes
    }
}

/// A charge on an invoice, with its share of the discount.
private struct InvoiceLine {
    let record: Record
    let line: UnbilledLine
    let discount: Int64

    init(record: Record, line: UnbilledLine, percent: Int64) {
        self.record = record
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
