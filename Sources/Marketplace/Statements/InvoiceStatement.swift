import Guest
import Values

/// One invoice as it was issued, by its number or its id, and how it stands.
struct InvoiceStatement: Statement {
    let kind = "invoice"
    let abstract = "One client's invoice, as it was issued, and how it stands."

    func mayBeRead(
        _ id: String, by reader: Reader, _ records: inout Records
    ) throws(Refusal) -> Bool {
        guard let found = try invoice(id, &records) else { return false }
        return Readership.ofClient(found.account, reader)
    }

    func make(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> StatementPage? {
        guard let invoice = try invoice(request.id, &records) else { return nil }
        let (body, currency) = (invoice.body, invoice.currency)
        var members: ValueMap = [
            "number": body["number"] ?? .null, "client": .string(invoice.account),
            "cycle": body["cycle"] ?? .null, "periodFrom": body["from"] ?? .null,
            "periodUntil": body["until"] ?? .null, "issued": body["issuedAt"] ?? .null,
        ]
        // How it stands is no part of what was issued.
        if request.asOf == nil { members["status"] = .string(invoice.status.rawValue) }
        members["gross"] = .money(body.count("gross"), currency)
        members["discountPercent"] = body["discountPercent"] ?? 0
        members["discount"] = .money(body.count("discount"), currency)
        members["sum"] = .money(invoice.total, currency)
        members["rounding"] = body["rounding"] ?? .null
        members["hash"] = .string(Invoice.hash([body["lines"] ?? []]))
        members["lines"] = .list(
            body["lines"]?.listValue?.map { ClientStatement.line($0, currency) } ?? [])
        return StatementPage(members)
    }

    func document(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> Markup? {
        guard let number = try invoice(request.id, &records)?.body["number"]?.stringValue else {
            return nil
        }
        return try IssuedDocument.find(number, &records)
    }

    private func invoice(_ name: String, _ records: inout Records) throws(Refusal) -> Invoice? {
        try IssuedDocument.subject(name, in: Invoice.collection, &records).map { Invoice($0) }
    }
}

extension Invoice {
    /// In the commit that issues it.
    func keepDocument(_ records: inout Records) {
        guard let number = body["number"]?.stringValue else { return }
        IssuedDocument.keep(page(number), number: number, of: id, account: account, to: &records)
    }

    private func page(_ number: String) -> DocumentPage {
        func money(_ minor: Int64) -> String { DocumentPage.text(minor, currency) }
        let percent = body.count("discountPercent")
        var page = DocumentPage(
            title: "Invoice \(number)",
            facts: [
                ("Client", account), ("Cycle", body["cycle"]?.stringValue ?? ""),
                ("Issued", DocumentPage.day(body["issuedAt"])), ("Currency", currency),
            ], columns: ["Date", "Order", "What", "Amount", "Discount", "Net"], amounts: 3)
        page.lines = (body["lines"]?.listValue ?? []).map { line in
            [
                DocumentPage.day(line["at"]), line["orderId"]?.stringValue ?? "",
                line["kind"]?.stringValue ?? "", money(line.count("amount")),
                money(line.count("discount")), money(line.count("net")),
            ]
        }
        page.sums = [
            ("Sum", money(body.count("gross"))),
            ("Loyalty discount \(percent) %", money(-body.count("discount"))),
            ("To be paid", money(total)),
        ]
        page.remarks = ["Rounding: \(body["rounding"]?.stringValue ?? "")."]
        return page
    }
}
