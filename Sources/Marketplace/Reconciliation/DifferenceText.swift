import Guest
import Values

/// A difference for the person who has to settle it: both sides in two columns, the rule that failed, what was near, and
/// what would settle it.
struct DifferenceText {
    private let difference: Difference
    private let line: StatementLine?
    private let item: BankItem?
    private let claim: String?
    private let near: [String]

    init(
        _ difference: Difference, _ account: BankAccount, _ records: inout Records
    ) throws(Refusal) {
        var difference = difference
        let line = try difference.statementLine(&records)
        var item = try difference.bankItem(&records)
        var near: [BankItem] = []
        if let line, [.open, .suspense].contains(line.state) {
            switch try Judge(account: account).verdict(on: line, &records) {
            case .difference(let kind, let other):
                difference.kind = kind
                item = other ?? item
            case .ambiguous(let items): near = items
            default: break
            }
            if near.isEmpty { near = try Self.near(line, but: item, &records) }
        }
        self.difference = difference
        self.line = line
        self.item = item
        self.near = near.map(Self.text)
        if let line, let key = line.key {
            claim = try Claim(key, line, &records).text
        } else {
            claim = nil
        }
    }

    /// Of the same amount, and nobody's yet.
    private static func near(
        _ line: StatementLine, but item: BankItem?, _ records: inout Records
    ) throws(Refusal) -> [BankItem] {
        let found = try records.all(
            BankItem.byAmount, equals: line.currency, line.amount,
            limit: StatementLine.maximumAlike)
        return Array(
            found.filter { $0.isOpen && !sameUTF8($0.id, item?.id) }.prefix(3))
    }

    private static func text(_ item: BankItem) -> String {
        "\(item.id) (\(Money.text(item.amount, item.currency)), \(item.party ?? "nobody"), "
            + "\(item.at.rfc3339)"
            + (item.key.map { ", key \($0)" } ?? "") + ")"
    }

    var refusal: Refusal {
        Refusal(difference.kind.rawValue, message, facts: facts)
    }

    private var message: String {
        let amount = line.map { Money.text($0.amount, $0.currency) } ?? difference.text
        return "\(amount): \(rule)"
    }

    private var facts: ValueMap {
        var facts = ValueMap()
        let rows = self.rows
        let width = rows.map(\.ours.count).max() ?? 0
        for row in rows {
            let gap = String(repeating: " ", count: max(0, width - row.ours.count))
            facts[row.name] = .string("\(row.ours)\(gap) | \(row.theirs)")
        }
        facts["rule"] = .string(rule)
        if !near.isEmpty { facts["near"] = .string(near.joined(separator: "; ")) }
        if let detail = difference.detail { facts["as it came"] = .string(detail) }
        facts["to settle it"] = .string(remedy)
        return facts
    }

    private var rows: [(name: String, ours: String, theirs: String)] {
        let none = "–"
        return [
            ("", "OURS", "THE BANK'S"),
            (
                "what", item.map { "\($0.id) (\($0.kind.rawValue))" } ?? claim ?? none,
                line.map { "line \($0.line) (\($0.kind.rawValue))" } ?? difference.line ?? none
            ),
            (
                "who", item.map { $0.party ?? none } ?? none,
                line.map { $0.party ?? none } ?? none
            ),
            ("instance", item?.instance ?? none, line?.statement ?? none),
            ("key", item?.key ?? none, line?.key ?? line?.of ?? none),
            (
                "amount", item.map { Money.text($0.amount, $0.currency) } ?? none,
                line.map { Money.text($0.amount, $0.currency) } ?? none
            ),
            (
                "dates", item.map { "of \($0.at.rfc3339), booked \($0.booked.rfc3339)" } ?? none,
                line.map {
                    "booked \($0.booked.rfc3339)"
                        + ($0.valued.map { ", valued \($0.rfc3339)" } ?? "")
                } ?? none
            ),
        ]
    }

    /// What failed.
    private var rule: String {
        switch difference.kind {
        case .atBankOnly:
            line?.key == nil
                ? "the line has no key (rule 1), and nothing of ours is alike within 3 banking days (rule 3); it is in suspense"
                : item == nil
                    ? "nothing is booked under its key (rule 1), and nobody asks for it; it is in suspense"
                    : "its key is ours but for blanks, case or encoding, which is not equal (rule 1); it is in suspense"
        case .stillAsked: "the bank has done it, and here its outcome is still asked for (rule 1)"
        case .closedHere:
            "the bank has done it, and here it was declined, given up or void (rule 1); it is in suspense"
        case .notAtBank:
            "it is booked here, and the complete statement of that time has no line of it (rules 1 to 3)"
        case .amountDiffers:
            "the key is the same and the amount is not (rule 1); the bank's is booked, the rest is in suspense"
        case .currencyDiffers:
            "the key is the same and the currency is not (rule 1); all of it is in suspense"
        case .twice:
            "a second line for what is booked already (one line, one posting); it is in suspense"
        case .ambiguous:
            "the line has no key, and several may be meant (rule 3 wants one on each side)"
        case .returned: "the payee's bank sent the payout back; it is owed again"
        case .chargedBack:
            "the payer took the charge back; it is owed again, the invoice is overdue"
        case .largeFee: "the bank took more than is booked without a look; it is in fees"
        case .altered: "the line came before with another content; what came first stays booked"
        case .unreadable: "the line cannot be read; it is not booked"
        case .balance: "all lines match, and the balance does not"
        case .incomplete:
            "the statement does not tell all of its span; nothing is called missing by it"
        }
    }

    private var remedy: String {
        let retry = "mend the cause, then retry"
        let accept =
            "send difference.accept with `to` (fees, losses, goodwill, revenue) and a reason"
        let match = "difference.match with our `reference` and a reason"
        switch difference.kind {
        case .atBankOnly, .ambiguous: return "\(match); or \(accept)"
        case .stillAsked:
            return "settle the call (pawl complete or fail it), then retry; or \(accept)"
        case .closedHere, .twice:
            return "give it back at the bank, or take it over; then \(accept)"
        case .notAtBank:
            return
                "ask the bank; retry when its line has come; difference.match with the line as `reference`; or \(accept)"
        case .amountDiffers: return "ask the bank; then \(accept): what is in suspense goes there"
        case .currencyDiffers: return "ask the bank to give it back; then \(accept)"
        case .returned:
            return
                "mend the payee's account and have the statement paid again; then difference.accept with a reason"
        case .chargedBack:
            return "see to the invoice with the client; then difference.accept with a reason"
        case .largeFee, .altered: return "ask the bank; then difference.accept with a reason"
        case .unreadable: return "ask the bank for it, \(retry); or difference.accept with a reason"
        case .balance: return "ask the bank for what is missing, \(retry); or \(accept)"
        case .incomplete:
            return "have the bank asked again; then retry, or difference.accept with a reason"
        }
    }
}
