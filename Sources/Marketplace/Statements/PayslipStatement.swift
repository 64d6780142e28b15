import Guest
import Values

/// One document of a worker's pay, as it was issued, by its number or its id, and what became of its payout.
struct PayslipStatement: Statement {
    let kind = "payslip"
    let abstract =
        "One document of a worker's pay, as it was issued, and what became of its payout."

    func mayBeRead(
        _ id: String, by reader: Reader, _ records: inout Records
    ) throws(Refusal) -> Bool {
        guard let found = try slip(id, &records) else { return false }
        return Readership.ofWorker(found.account, reader)
    }

    func make(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> StatementPage? {
        guard let slip = try slip(request.id, &records) else { return nil }
        let (body, currency) = (slip.body, slip.currency)
        var members: ValueMap = [
            "number": slip.number, "worker": .string(slip.account), "cycle": .string(slip.cycle),
            "periodFrom": body["from"] ?? .null, "periodUntil": body["until"] ?? .null,
            "issued": body["issuedAt"] ?? .null,
        ]
        // What became of it is no part of what was issued.
        if request.asOf == nil { members["status"] = .string(slip.status.rawValue) }
        members["carried"] = .money(body.count("carried"), currency)
        members["sum"] = .money(body.count("sum"), currency)
        members["due"] = .money(slip.due, currency)
        members["carry"] = .money(body.count("carry"), currency)
        members["rounding"] = body["rounding"] ?? .null
        members["hash"] = .string(String(slip.hash.prefix(16)))
        members["lines"] = .list(
            slip.lines.map { line in
                let facts = line["facts"]
                return [
                    "date": line["at"] ?? .null, "what": .string(PayStatement.what(line, currency)),
                    "orderId": facts?["orderId"] ?? .null, "by": facts?["by"] ?? .null,
                    "why": facts?["why"] ?? .null,
                    "amount": .money(line.count("amount"), currency),
                ]
            })
        return StatementPage(members)
    }

    func document(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> Markup? {
        guard let number = try slip(request.id, &records)?.number.stringValue else { return nil }
        return try IssuedDocument.find(number, &records)
    }

    private func slip(_ name: String, _ records: inout Records) throws(Refusal) -> PayStatement? {
        try IssuedDocument.subject(name, in: PayStatement.collection, &records)
            .map { PayStatement($0) }
    }
}

extension PayStatement {
    fileprivate var lines: [Value] { body["lines"]?.listValue ?? [] }

    /// `work: 60 % of 100.00`.
    fileprivate static func what(_ line: Value, _ currency: String) -> String {
        let kind = line["kind"]?.stringValue ?? ""
        guard let price = line["facts"]?["price"]?.intValue,
            let share = line["facts"]?["share"]?.intValue
        else { return kind }
        let part = share % 10 == 0 ? "\(share / 10)" : "\(share / 10).\(share % 10)"
        return "\(kind): \(part) % of \(DocumentPage.text(price, currency))"
    }

    /// In the commit that issues it.
    func keepDocument(_ records: inout Records) {
        guard let number = number.stringValue else { return }
        IssuedDocument.keep(page(number), number: number, of: id, account: account, to: &records)
    }

    private func page(_ number: String) -> DocumentPage {
        func money(_ minor: Int64) -> String { DocumentPage.text(minor, currency) }
        var page = DocumentPage(
            title: "Statement \(number)",
            facts: [
                ("Worker", account), ("Cycle", cycle),
                ("Issued", DocumentPage.day(body["issuedAt"])), ("Currency", currency),
            ], columns: ["Date", "What", "Order", "Why", "Amount"], amounts: 1)
        page.lines = lines.map { line in
            let facts = line["facts"]
            let why = [facts?["why"], facts?["by"]].compactMap { $0?.stringValue }
            return [
                DocumentPage.day(line["at"]), Self.what(line, currency),
                facts?["orderId"]?.stringValue ?? "", why.joined(separator: ", by "),
                money(line.count("amount")),
            ]
        }
        page.sums = [("Sum", money(body.count("sum")))]
        if due > 0 { page.sums.append(("To be paid", money(due))) }
        let carry = body.count("carry")
        if carry < 0 { page.sums.append(("Carried to the next statement", money(carry))) }
        if status == .continued { page.remarks.append("Its sum is on the next document.") }
        page.remarks.append("Rounding: \(body["rounding"]?.stringValue ?? "").")
        return page
    }
}
