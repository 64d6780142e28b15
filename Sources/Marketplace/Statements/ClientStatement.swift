import Guest
import Values

/// What a client was charged and credited, what the running week will cost, and past invoices, [R-44].
///
/// A plus is what the client owes. Of workers it tells nothing: no share, no pay.
struct ClientStatement: Statement {
    let kind = "client"
    let abstract = "What a client was charged and credited, the running week, and past invoices."

    /// The workflow whose cycles bill clients.
    static let cycle: ExactText = "client-billing-cycle"

    func mayBeRead(_ id: String, by reader: Reader, _ records: inout Records) -> Bool {
        Readership.ofClient(id, reader)
    }

    func make(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> StatementPage? {
        let extract = try AccountExtract(of: Ledger.client(request.id), request, sign: 1, &records)
        let isOwn = sameUTF8(request.reader.role, "client")
        let summary = try AccountSummary(request.id, &records)
        guard extract.last > 0 || isOwn || summary.currency != nil else { return nil }
        let known = request.asOf == nil ? summary.currency : nil
        let currency = extract.currency ?? known ?? Ledger.defaultCurrency
        var members: ValueMap = [
            "openingBalance": .money(extract.opening, currency),
            "closingBalance": .money(extract.closing, currency),
        ]
        // What holds only now is no part of what is made again by its number.
        if request.asOf == nil {
            let invoices = try invoices(request, &records)
            let open = invoices.filter { [.open, .overdue].contains($0.status) }
            members["credit"] = .money(max(0, -summary.amount(.balance, currency)), currency)
            members["askedFor"] = .money(open.reduce(0) { $0 + $1.total }, currency)
            members["runningWeek"] = try runningWeek(request, currency, &records)
            members["invoices"] = .list(invoices.map(\.row))
        }
        members["entries"] = .list(
            extract.entries.map { entry in
                entry.value(entry.posted.clientText, facts: ["orderId", "number", "why"])
            })
        return StatementPage(
            asOf: extract.last, members, list: "entries", total: extract.total,
            next: extract.next)
    }

    /// By the function that makes the bill.
    private func runningWeek(
        _ request: StatementRequest, _ currency: String, _ records: inout Records
    ) throws(Refusal) -> Value {
        let span = request.spans[Self.cycle]
        let draft = try InvoiceDraft(
            account: request.id, from: span?.from, until: span?.until, currency: currency,
            limit: Records.maximumLimit, &records)
        return [
            "from": span?.from.map { .string($0.rfc3339) } ?? .null,
            "cutOff": span?.until.map { .string($0.rfc3339) } ?? .null,
            "discountPercent": .int(draft.percent),
            "gross": .money(draft.gross, draft.currency),
            "discount": .money(draft.discount, draft.currency),
            "sum": .money(draft.total, draft.currency),
            "lines": .list(draft.lines.map { Self.line($0.value, draft.currency) }),
        ]
    }

    /// Of a bill, as people read it.
    static func line(_ line: Value, _ currency: String) -> Value {
        [
            "orderId": line["orderId"] ?? .null, "date": line["at"] ?? .null,
            "kind": line["kind"] ?? .null, "amount": .money(line.count("amount"), currency),
            "discount": .money(line.count("discount"), currency),
            "net": .money(line.count("net"), currency),
        ]
    }

    /// Of the span, or of the last year; the latest first. Their ids begin with the account and the day.
    private func invoices(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> [Invoice] {
        let since = request.from ?? request.now - .seconds(366 * 86_400)
        let found = try records.page(
            of: Invoice.collection, group: request.id,
            after: "\(request.id):\(since.rfc3339.prefix(10))", limit: Records.maximumLimit)
        return found.map { Invoice($0) }.reversed()
    }
}

extension Invoice {
    fileprivate var row: Value {
        [
            "number": body["number"] ?? .null, "cycle": body["cycle"] ?? .null,
            "issued": body["issuedAt"] ?? .null, "total": .money(total, currency),
            "status": .string(status.rawValue),
        ]
    }
}

extension Posted {
    fileprivate var clientText: String {
        Self.clientTexts[transaction.kind] ?? transaction.kind.rawValue
    }

    private static let clientTexts: [Ledger.Kind: String] = [
        .charge: "price of an order", .reversal: "an order was withdrawn, or a bill was void",
        .discount: "loyalty discount", .payment: "payment", .writeOff: "written off",
    ]
}
