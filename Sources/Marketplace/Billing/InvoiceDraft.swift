import Guest
import Sabotage
import Values

/// What a client's bill of a cycle would say now. The bill itself, its dry run and the running week are this one function.
package struct InvoiceDraft {
    let account: String
    package let currency: String
    /// Of what was paid before the cycle.
    package let percent: Int64
    /// In order of business date.
    let lines: [InvoiceLine]
    package let gross: Int64
    package let discount: Int64
    package let total: Int64

    /// - Parameters:
    ///   - limit: of lines; a bill takes so many, and what is more goes on another.
    ///   - from: where the cycle begins: what was paid before it counts for the discount; nil: all that was paid so far.
    ///   - until: where it ends, exclusive; nil: every line that waits.
    package init(
        account: String, from: Timestamp?, until: Timestamp?, currency: String,
        limit: Int = Invoice.maximumLines, _ records: inout Records
    ) throws(Refusal) {
        self.account = account
        let summary = try AccountSummary(account, &records)
        self.currency = summary.currency ?? currency
        // One with an end and no start is the first cycle: all before its end is within it.
        let isFirst = from == nil && until != nil
        let paid =
            isFirst
            ? 0
            : try Payment.total(
                of: account, currency: self.currency,
                before: isMutant(.percentByEnd) ? until : from,
                &records)
        let percent = Loyalty.percent(paid: paid, unit: Currency(self.currency)?.scale ?? 100)
        self.percent = percent
        lines = try BillingLine.due(
            of: account, before: until, limit: limit, &records
        ).map { InvoiceLine(line: $0, percent: percent) }
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

    package var body: ValueMap {
        [
            "account": .string(account), "currency": .string(currency), "gross": .int(gross),
            "discountPercent": .int(percent), "discount": .int(discount), "total": .int(total),
            "rounding": .string(Invoice.rounding), "lines": .list(lines.map(\.value)),
        ]
    }
}

/// A line with its share of the discount.
struct InvoiceLine {
    let line: BillingLine
    let discount: Int64

    init(line: BillingLine, percent: Int64) {
        self.line = line
        discount = line.isNet ? 0 : Rounding.percentage(percent, of: line.amount)
    }

    var value: Value {
        [
            "orderId": .string(line.orderID), "at": .string(line.at.rfc3339),
            "kind": .string(line.kind.rawValue), "amount": .int(line.amount),
            "discount": .int(discount), "net": .int(line.amount - discount),
            "transaction": .string(line.id),
        ]
    }
}
