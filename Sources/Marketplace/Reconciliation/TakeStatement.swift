import Guest
import Sabotage
import Values

/// `reconciliation.take {run, page} -> {taken, repeated, altered, unreadable}`: takes a page of a statement in. A line that is
/// there already is counted and changes nothing; one that says something else than before, or cannot be read, is a
/// difference, and stops no other.
struct TakeStatement: LocalOperation {
    /// Of a page.
    private static let maximumEntries = 2_000

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var page = try Page(
            run: try StatementRun.find(call.input, &records), now: call.now, &records)
        guard let content = call.input["page"], let entries = content["entries"]?.listValue,
            entries.count <= Self.maximumEntries
        else { throw .invalid("page", "a page of at most \(Self.maximumEntries) entries") }
        page.begin(content)
        for entry in entries { try page.take(entry, &records) }
        records.put(page.run)
        records.put(page.account)
        return [
            "taken": .int(page.taken), "repeated": .int(page.repeated),
            "altered": .int(page.altered), "unreadable": .int(page.unreadable),
        ]
    }
}

private struct Page {
    private(set) var run: StatementRun
    private(set) var account: BankAccount
    private let now: Timestamp
    private(set) var taken: Int64 = 0
    private(set) var repeated: Int64 = 0
    private(set) var altered: Int64 = 0
    private(set) var unreadable: Int64 = 0

    init(run: StatementRun, now: Timestamp, _ records: inout Records) throws(Refusal) {
        self.run = run
        self.now = now
        account = try BankAccount.find(run.account, &records)
    }

    mutating func begin(_ content: Value) {
        run.statement = content["statement"]?.stringValue ?? run.id
        run.opening = content["opening"] ?? run.opening
        run.closing = content["closing"] ?? run.closing
        run.pages += 1
        run.isOver = content["next"]?.stringValue == nil
    }

    mutating func take(_ entry: Value, _ records: inout Records) throws(Refusal) {
        let statement = run.statement ?? run.id
        guard
            let line = StatementLine(
                entry, account: account.id, statement: statement, run: run.id)
        else { return try misread(entry, &records) }
        guard var there = try records.find(StatementLine.self, id: line.id) else {
            records.add(line)
            try run.sums.add(line.amount, line.currency)
            try account.total.add(line.amount, line.currency)
            run.lines += 1
            taken += 1
            return
        }
        repeated += 1
        run.repeated += 1
        if !sameUTF8(there.run, run.id) || isMutant(.repeatedLineTaken) {
            there.run = run.id
            try run.sums.add(there.amount, there.currency)
            run.lines += 1
            records.put(there)
        }
        if !there.says(line) { try differs(there, line, entry, &records) }
    }

    /// What we took in first stays; a person looks at the other.
    private mutating func differs(
        _ there: StatementLine, _ line: StatementLine, _ entry: Value, _ records: inout Records
    ) throws(Refusal) {
        altered += 1
        let id =
            "altered:\(line.id)/\(BankKey.hash(line.like + line.booked.rfc3339 + (line.key ?? "")))"
        let isNew = try records.find(Difference.self, id: id) == nil
        if sameUTF8(there.currency, line.currency) {
            let (more, isOverflowing) = line.amount.subtractingReportingOverflow(there.amount)
            guard !isOverflowing else { throw .outOfRange }
            if isNew { try account.altered.add(more, line.currency) }
            if !run.alteredLines.contains(where: { sameUTF8($0, id) }) {
                try run.altered.add(more, line.currency)
            }
        }
        if run.alteredLines.count < 1_000,
            !run.alteredLines.contains(where: { sameUTF8($0, id) })
        {
            run.alteredLines.append(id)
        }
        guard isNew else { return }
        records.add(
            Difference(
                id: id, account: account.id, kind: .altered, line: line.id, item: nil,
                amount: line.amount, currency: line.currency, foundAt: now,
                detail: JSON.string(entry)))
    }

    private mutating func misread(_ entry: Value, _ records: inout Records) throws(Refusal) {
        unreadable += 1
        run.unreadable += 1
        let text = JSON.string(entry)
        let name = entry["id"]?.stringValue ?? BankKey.hash(text)
        let line = "\(account.id)/\(name)"
        // One that was read before and cannot be now is an altered one.
        let isKnown = try records.find(StatementLine.self, id: line) != nil
        let id = "unreadable:\(line)"
        guard try records.find(Difference.self, id: id) == nil else { return }
        if !isKnown { account.unreadable += 1 }
        records.add(
            Difference(
                id: id, account: account.id, kind: isKnown ? .altered : .unreadable, line: line,
                item: nil, amount: 0, currency: Ledger.defaultCurrency, foundAt: now,
                detail: String(text.prefix(500))))
    }
}
