import Guest
import Sabotage
import Values

/// `payroll.openStatement {account, cycle, from?, until, kind?} -> {statement, number, due, carry, …}`: takes up what is dated
/// before the cycle's end into its statement, [R-46]: the due is what the lines and what was carried come to, if that
/// is more than nothing; else it is carried on. Repeating returns the same statement. No lines and nothing carried:
/// `{statement: null, due: 0}`.
struct OpenStatement: LocalOperation {
    /// Documents of one cycle.
    private static let maximumParts = 100

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let account = try call.input.text("account")
        let cycle = try call.input.text("cycle")
        let kind = call.input["kind"]?.stringValue ?? PayStatement.kind
        if let known = try PayStatement.last(account: account, cycle: cycle, kind: kind, &records) {
            return known.output
        }
        let until = try call.input.time("until")
        var worker = try PayAccount(account, &records)
        let pages = try self.pages(account, before: until, &records)
        guard !pages.isEmpty || worker.carry != 0 else { return Self.nothing }
        let frame = Frame(
            account: account, cycle: cycle, kind: kind,
            from: try call.input.optionalTime("from"), until: until,
            currency: worker.currency ?? Ledger.defaultCurrency, issuedAt: call.now)
        let statement = try issue(pages, frame, carried: worker.carry, &records)
        let count = pages.reduce(0) { $0 + $1.count }
        let left = isMutant(.carrySweptTwice) ? worker.carry : 0
        worker.took(count, carry: statement.body.count("carry") + left)
        worker.write(to: &records)
        if var month = try PayCycle(cycle, &records) {
            month.count("statements", 1, frame.currency)
            month.count("due", statement.due, frame.currency)
            month.count("carry", worker.carry, frame.currency)
            month.write(to: &records)
        }
        return statement.output
    }

    private static let nothing: Value = [
        "statement": nil, "number": nil, "status": "settled", "due": 0, "carry": 0, "carried": 0,
        "sums": .map(ValueMap()), "currency": .string(Ledger.defaultCurrency), "hash": "",
        "documents": 0, "proposers": [],
    ]

    /// The lines of each document, in order of their dates.
    private func pages(
        _ account: String, before until: Timestamp, _ records: inout Records
    ) throws(Refusal) -> [[PayLine]] {
        var pages: [[PayLine]] = []
        var cursor: IndexCursor?
        for _ in 1...Self.maximumParts {
            let page = try PayLine.due(
                of: account, before: until, after: cursor, limit: PayStatement.maximumLines,
                &records)
            if !page.records.isEmpty { pages.append(page.records) }
            guard let next = page.next else { return pages }
            cursor = next
        }
        throw Refusal(
            "too-many-lines",
            "more than \(Self.maximumParts * PayStatement.maximumLines) lines are due")
    }

    /// - Returns: the last document, which has the due.
    private func issue(
        _ pages: [[PayLine]], _ frame: Frame, carried: Int64, _ records: inout Records
    ) throws(Refusal) -> PayStatement {
        let pages = pages.isEmpty ? [[]] : pages
        let last = PayStatement.id(
            account: frame.account, cycle: frame.cycle, kind: frame.kind, part: pages.count)
        var brought = carried
        var issued: PayStatement?
        for (index, lines) in pages.enumerated() {
            let number = try Numbering.next(
                .workerStatement, at: frame.issuedAt, &records)
            let document = try Document(
                frame, part: index + 1, of: pages.count, number: number, lines, brought: brought)
            for line in lines { records.delete(PayLine.self, id: line.id) }
            brought = document.sum
            let statement = document.statement(last: last)
            statement.write(to: &records)
            statement.keepDocument(&records)
            issued = statement
        }
        guard let issued else { throw .outOfRange }
        return issued
    }
}

/// What all documents of one cycle have in common.
private struct Frame {
    let account: String
    let cycle: String
    let kind: String
    let from: Timestamp?
    let until: Timestamp
    let currency: String
    let issuedAt: Timestamp
}

private struct Document {
    private let frame: Frame
    private let part: Int
    private let isLast: Bool
    private let number: String
    private let lines: [PayLine]
    private let brought: Int64
    /// Of the lines, and of what was brought here.
    let sum: Int64

    init(
        _ frame: Frame, part: Int, of parts: Int, number: String, _ lines: [PayLine],
        brought: Int64
    ) throws(Refusal) {
        self.frame = frame
        self.part = part
        isLast = part == parts
        self.number = number
        self.lines = lines
        self.brought = brought
        let sum = lines.reduce(Int128(brought)) { $0 + Int128($1.amount) }
        guard let exact = Int64(exactly: sum),
            exact.magnitude <= Ledger.maximumAmount.magnitude
        else { throw .outOfRange }
        self.sum = exact
    }

    /// What was carried here is a line as any other, and is never charged.
    private var printed: [Value] {
        let kind = part == 1 ? "carry" : "brought"
        let carry: [Value] = brought == 0 ? [] : [["kind": .string(kind), "amount": .int(brought)]]
        return carry + lines.map(\.printed)
    }

    private var sums: Value {
        var sums: [(String, Int64)] = []
        for kind in ["work", "penalty", "award", "correction"] {
            let own = lines.filter { $0.kind.rawValue.utf8.elementsEqual(kind.utf8) }
            sums.append((kind, own.reduce(0) { $0 + $1.amount }))
        }
        return .map(ValueMap(sums.map { ($0.0, .int($0.1)) }))
    }

    private var proposers: [Value] {
        let all = Set<ExactText>(
            lines.compactMap { $0.facts["by"]?.stringValue.map { ExactText($0) } })
        return all.sorted().map { .string($0.text) }
    }

    func statement(last: String) -> PayStatement {
        let (due, carry) = isLast ? Pay.split(sum) : (0, 0)
        let status: PayStatement.Status = !isLast ? .continued : due > 0 ? .due : .settled
        var body: Value = [
            "account": .string(frame.account), "cycle": .string(frame.cycle),
            "kind": .string(PayStatement.name(frame.kind, part)), "part": .int(Int64(part)),
            "last": .string(last), "number": .string(number), "status": .string(status.rawValue),
            "currency": .string(frame.currency),
            "from": frame.from.map { .string($0.rfc3339) } ?? .null,
            "until": .string(frame.until.rfc3339), "issuedAt": .string(frame.issuedAt.rfc3339),
            "carried": .int(brought), "sum": .int(sum), "due": .int(due), "carry": .int(carry),
            "sums": sums, "rounding": .string(Pay.rounding), "lines": .list(printed),
            "proposers": .list(proposers),
        ]
        body["hash"] = .string(hash(due))
        return PayStatement(
            id: PayStatement.id(
                account: frame.account, cycle: frame.cycle, kind: frame.kind, part: part),
            account: frame.account, body: body)
    }

    /// Of all that an approval is of: who, how much, in which cycle, for what.
    private func hash(_ due: Int64) -> String {
        let content: Value = [
            "account": .string(frame.account), "cycle": .string(frame.cycle),
            "currency": .string(frame.currency), "due": .int(due), "lines": .list(printed),
        ]
        return SHA256.hex(of: JSON.string(content))
    }
}
