import Guest
import Sabotage
import Values

/// `reconciliation.match {run, currencies?, after?, count?} -> {matched, posted, differences, next}`: some more of the comparison. First
/// what the books have about the bank is gathered, then each line that is open is judged, then what the bank should have
/// had in its span is looked for. `next` goes on; null: it is over. Again, it changes nothing.
struct MatchStatement: LocalOperation {
    private static let usualBatch = 100

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let run = try StatementRun.find(call.input, &records)
        var batch = Batch(
            run: run, account: try BankAccount.find(run.account, &records),
            limit: min(
                max(Int(clamping: call.input["count"]?.intValue ?? Int64(Self.usualBatch)), 1),
                1_000), booking: Booking(call))
        let currencies = Self.currencies(run, call.input)
        let next = try batch.step(
            Cursor(call.input["after"]?.stringValue, currencies), currencies, &records)
        let counts = batch.outcome.counts
        return [
            "matched": .int(counts.matched), "posted": .int(counts.posted),
            "differences": .int(counts.differences),
            "next": next.map { .string($0.text) } ?? .null,
        ]
    }

    /// Those that are asked for, and those that the statement speaks of.
    private static func currencies(_ run: StatementRun, _ input: Value) -> [String] {
        let asked = (input["currencies"]?.listValue ?? [.string(Ledger.defaultCurrency)])
            .compactMap(\.stringValue)
        let told = [run.opening, run.closing, run.sums].flatMap(\.currencies)
        return Set<ExactText>((asked + told).map { ExactText($0) }).sorted().map(\.text)
    }

    /// `gather:EUR`, `lines:house/charge-7`, `missing:payment:…`.
    enum Cursor {
        case gather(String)
        case lines(String?)
        case missing(String?)

        init(_ text: String?, _ currencies: [String]) {
            guard let text, let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
                self = currencies.first.map { .gather($0) } ?? .lines(nil)
                return
            }
            let rest = String(text[text.utf8.index(after: colon)...])
            switch text[..<colon] {
            case "gather": self = .gather(rest)
            case "lines": self = .lines(rest.isEmpty ? nil : rest)
            default: self = .missing(rest.isEmpty ? nil : rest)
            }
        }

        var text: String {
            switch self {
            case .gather(let currency): "gather:\(currency)"
            case .lines(let id): "lines:\(id ?? "")"
            case .missing(let id): "missing:\(id ?? "")"
            }
        }
    }
}

private struct Batch {
    typealias Cursor = MatchStatement.Cursor

    let run: StatementRun
    private var account: BankAccount
    let limit: Int
    private(set) var outcome: Outcome

    init(run: StatementRun, account: BankAccount, limit: Int, booking: Booking) {
        self.run = run
        self.account = account
        self.limit = limit
        outcome = Outcome(account, booking)
    }

    mutating func step(
        _ cursor: Cursor, _ currencies: [String], _ records: inout Records
    ) throws(Refusal) -> Cursor? {
        switch cursor {
        case .gather(let currency):
            if try gather(currency, &records) { return cursor }
            let rest = currencies.drop { ExactText($0) <= ExactText(currency) }
            return rest.first.map { .gather($0) } ?? .lines(nil)
        case .lines(let id):
            return try judge(after: id, &records).map { .lines($0) } ?? .missing(nil)
        case .missing(let id):
            return try look(after: id, &records).map { .missing($0) }
        }
    }

    /// - Returns: whether there may be more.
    private mutating func gather(
        _ currency: String, _ records: inout Records
    ) throws(Refusal) -> Bool {
        let last = account.sequences[currency]?.intValue
        let posted = try Ledger.page(
            of: Ledger.house(.bank, currency), after: last, limit: limit, &records)
        for transaction in posted {
            let party = try BankItem.party(of: transaction, &records)
            guard let item = BankItem(transaction, party: party),
                try records.find(BankItem.self, id: item.id) == nil
            else { continue }
            records.add(item)
        }
        guard let end = posted.last else { return false }
        account.sequences[currency] = .int(end.sequence)
        records.put(account)
        return posted.count == limit
    }

    /// - Returns: the last line, when there may be more.
    private mutating func judge(
        after id: String?, _ records: inout Records
    ) throws(Refusal) -> String? {
        let group = StatementLine.group(account.id, isOpen: true)
        let lines = try records.page(
            of: StatementLine.self, group: group, after: id, limit: limit)
        for line in lines {
            // What stands before it may have taken it along.
            guard let line = try records.find(StatementLine.self, id: line.id),
                line.state == .open
            else { continue }
            try outcome.judge(line, &records)
        }
        return lines.count == limit ? lines.last?.id : nil
    }

    /// - Returns: the last item, when there may be more.
    private mutating func look(
        after id: String?, _ records: inout Records
    ) throws(Refusal) -> String? {
        guard run.isComplete || isMutant(.incompleteTakenAsWhole) else { return nil }
        let items = try records.page(
            of: BankItem.self, group: BankItem.open, after: id, limit: limit)
        for item in items where item.at < run.until {
            try look(for: item, &records)
        }
        return items.count == limit ? items.last?.id : nil
    }

    private mutating func look(
        for item: BankItem, _ records: inout Records
    ) throws(Refusal) {
        guard let item = try records.find(BankItem.self, id: item.id), item.isOpen else { return }
        if let key = item.key {
            // It was booked after its line had been looked at.
            let line = try StatementLine.find(key: key, &records).first {
                $0.kind == item.kind && [.open, .suspense].contains($0.state)
            }
            if let line { return try outcome.judge(line, &records) }
        }
        if let other = item.contested, let there = try records.find(Difference.self, id: other),
            there.stage != .settled
        {
            return
        }
        try outcome.miss(item, account.id, &records)
    }
}
