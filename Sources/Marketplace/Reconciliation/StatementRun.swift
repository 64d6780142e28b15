import Guest
import Values

/// One asking for a statement: what its pages came to.
struct StatementRun: Record, Codable {
    let id: String
    let account: String
    let from: Timestamp
    let until: Timestamp
    var statement: String?
    var opening: Value = .map(ValueMap())
    var closing: Value = .map(ValueMap())
    /// Of its lines, each once.
    var sums: Value = .map(ValueMap())
    /// What altered lines would make of it.
    var altered: Value = .map(ValueMap())
    /// Lines that came otherwise than before: those are counted once.
    var alteredLines: [String] = []
    var lines: Int64 = 0
    /// Lines that came in an earlier statement, or earlier in this one: counted, nothing else.
    var repeated: Int64 = 0
    var unreadable: Int64 = 0
    var pages: Int64 = 0
    /// The last page came.
    var isOver = false
    var isComplete = false

    static let collection = "reconciliation.statement"

    static func find(_ input: Value, _ records: inout Records) throws(Refusal) -> StatementRun {
        let id = try input.text("run")
        guard let found = try records.find(StatementRun.self, id: id) else {
            throw Refusal("unknown-run", "nobody began to ask for a statement as `\(id)`")
        }
        return found
    }
}

/// Our account at the bank, as far as its statements have told.
struct BankAccount: Record, Codable {
    /// As the statements call it.
    let id: String
    /// What it had before the first line that we know, by currency.
    var base: Value = .map(ValueMap())
    /// Of all lines that were taken in.
    var total: Value = .map(ValueMap())
    /// What altered lines would add to it.
    var altered: Value = .map(ValueMap())
    /// What the last complete statement had more than the lines say.
    var unexplained: Value = .map(ValueMap())
    /// Lines that could not be read, and nobody has seen to yet.
    var unreadable: Int64 = 0
    /// Up to where a statement was complete; the next one is asked for from a week before.
    var closed: Timestamp?
    /// The end of the span that was asked for last.
    var latest: Timestamp?
    /// Of the books' transactions, up to which they are gathered, by currency.
    var sequences: Value = .map(ValueMap())
    /// Days on which banks rest, beside Saturday and Sunday.
    var holidays: [String] = []
    /// From which amount on a fee is for a person, in units of the currency.
    var feeLimit: Int64 = 50

    static let collection = "reconciliation.account"

    static func find(_ account: String, _ records: inout Records) throws(Refusal) -> BankAccount {
        try records.find(BankAccount.self, id: account) ?? BankAccount(id: account)
    }

    /// Whether two moments are at most so many banking days apart.
    func isNear(_ one: Timestamp, _ other: Timestamp, days: Int = 3) -> Bool {
        let (first, last) = (Self.day(min(one, other)), Self.day(max(one, other)))
        // No more days of rest than this lie between three banking days.
        guard last - first <= Int64(days) + 14 else { return false }
        let resting = holidays.compactMap {
            Timestamp(rfc3339: $0 + "T00:00:00Z").map(Self.day)
        }
        var count = 0
        for day in first..<last where !Self.isWeekend(day + 1) && !resting.contains(day + 1) {
            count += 1
        }
        return count <= days
    }

    private static func day(_ moment: Timestamp) -> Int64 {
        let (day, rest) = moment.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        return rest < 0 ? day - 1 : day
    }

    /// Day 0, 1 January 1970, was a Thursday.
    private static func isWeekend(_ day: Int64) -> Bool {
        let weekday = ((day + 4) % 7 + 7) % 7
        return weekday == 0 || weekday == 6
    }
}

/// Amounts by currency, as a map.
extension Value {
    func amount(_ currency: String) -> Int64 { self[currency]?.intValue ?? 0 }

    mutating func add(_ amount: Int64, _ currency: String) throws(Refusal) {
        let (sum, isOverflowing) = self.amount(currency).addingReportingOverflow(amount)
        guard !isOverflowing else { throw .outOfRange }
        self[currency] = .int(sum)
    }

    var currencies: [String] {
        (mapValue?.entries ?? []).compactMap(\.key.stringValue)
    }

    /// What this has more than others together, where it has.
    func less(_ others: Value...) -> Value {
        var result = ValueMap()
        for currency in Set<ExactText>(
            ([self] + others).flatMap(\.currencies).map { ExactText($0) }
        )
        .sorted() {
            let rest = others.reduce(amount(currency.text)) { $0 &- $1.amount(currency.text) }
            if rest != 0 { result[currency.text] = .int(rest) }
        }
        return .map(result)
    }

    var isNothing: Bool { mapValue?.entries.allSatisfy { $0.value.intValue == 0 } ?? true }
}
