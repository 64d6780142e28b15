import Diagram
import Values

/// A reason that it waits, with what a person may do about it.
struct WhyCard: Sendable {
    let mark: String
    let head: String
    let kind: String
    let since: Moment?
    let age: String?
    let sentence: Prose
    let next: Prose?
    let actions: [Offer]
    let hasActions: Bool
    /// That there are more than are shown, and where; nil: these are all.
    let moreActions: Prose?
    let facts: [Fact]
    /// Of an expression that failed, with its caret.
    let excerpt: String?

    /// What may be done, with the page that does it.
    struct Offer: Sendable {
        let sentence: Prose
        let path: String?
        let command: String
    }
}

/// A reason in one line, with the page that shows all of it.
struct WhyLine: Sendable {
    let mark: String
    let head: String
    let sentence: Prose
    let path: String
}

/// Why an instance does not move: the most urgent reasons as cards, the others in a line each. An instance may have hundreds
/// (each member of a fan-out that failed is one), and a page of hundreds of cards shows none of them.
struct Reasons {
    private static let cardCount = 5
    private static let lineCount = 40
    private static let offerCount = 12

    let cards: [WhyCard]
    let others: [WhyLine]
    /// How many are folded, and which of them they are.
    let othersSay: String
    /// The page that begins where this one's lines end.
    let more: String?
    /// How the diagram shows where it is.
    let mark: Overlay.Mark

    /// - Parameter first: the number of the first to be shown, from 1, as a query has it.
    init(
        _ why: Value, _ link: InstanceLink, _ now: Timestamp?, from first: String?, _ visit: Visit
    ) {
        let blockers = why["blockers"]?.listValue ?? []
        let asked = first.flatMap { Int($0) } ?? 1
        let start = min(max(asked - 1, 0), max(blockers.count - 1, 0))
        let marks = blockers.map { Self.heading($0, now).mark }
        mark =
            marks.contains { $0 == "blocked" || $0 == "paused" }
            ? .blocked : marks.contains("overdue") ? .overdue : .current
        let shown = start..<min(start + Self.cardCount, blockers.count)
        cards = blockers[shown].map { Self.card($0, link, now, visit) }
        // What comes before it is folded too: nothing is out of reach.
        let folded = blockers.indices.filter { !shown.contains($0) }
        let lines = folded.filter { $0 >= shown.upperBound }.prefix(Self.lineCount)
        let before = folded.filter { $0 < shown.lowerBound }.suffix(Self.cardCount)
        others = (before + lines).map { index in
            let (mark, head) = Self.heading(blockers[index], now)
            let sentence = blockers[index]["sentence"]?.stringValue ?? ""
            return WhyLine(
                mark: mark, head: head, sentence: Prose(sentence.shortened(to: 200)),
                path: Self.path(link, index))
        }
        let end = lines.last.map { $0 + 1 } ?? shown.upperBound
        more = end < blockers.count ? Self.path(link, end) : nil
        let span =
            shown.count > 1
            ? "\(shown.lowerBound + 1) to \(shown.upperBound)" : "\(shown.lowerBound + 1)"
        othersSay = "\(span) of \(Int64(blockers.count).grouped) reasons are above; the others"
    }

    private static func path(_ link: InstanceLink, _ index: Int) -> String {
        "\(link.path)?reason=\(index + 1)#why"
    }

    private static func card(
        _ blocker: Value, _ link: InstanceLink, _ now: Timestamp?, _ visit: Visit
    ) -> WhyCard {
        let since = Moment(blocker["since"]?.stringValue, now: now)
        let (mark, head) = heading(blocker, now)
        let next = blocker["next"].map { step in
            let at = Moment(step["at"]?.stringValue, now: now)
            let sentence = step["sentence"]?.stringValue ?? ""
            return Prose(at.map { "\($0.text): \(sentence)" } ?? sentence)
        }
        let evidence = blocker["evidence"]
        let frame = evidence?["frame"]?.stringValue
        let legal = blocker["actions"]?.listValue ?? []
        let actions = legal.prefix(offerCount).map { action in
            WhyCard.Offer(
                sentence: Prose(action["sentence"]?.stringValue ?? ""),
                path: ActionLink.path(of: action, on: link),
                command: visit.signed(action["command"]?.stringValue ?? ""))
        }
        return WhyCard(
            mark: mark, head: head, kind: blocker["kind"]?.stringValue ?? "", since: since,
            age: since.flatMap { since in now.map { ($0 - since.timestamp).shortText } },
            sentence: Prose(blocker["sentence"]?.stringValue ?? ""), next: next, actions: actions,
            hasActions: !actions.isEmpty,
            moreActions: legal.count > offerCount
                ? Prose(
                    "and \(counted(Int64(legal.count - offerCount), "more", "more")): "
                        + "`pawl why \(link.name)` has them all") : nil,
            facts: Fact.list(evidence, atMost: 12)
                .filter { frame == nil || !ofExpression.contains($0.name) },
            excerpt: frame)
    }

    /// What the frame of a failed expression says already.
    private static let ofExpression = ["frame", "source", "line", "column", "place", "message"]

    private static func heading(
        _ blocker: Value, _ now: Timestamp?
    ) -> (mark: String, head: String) {
        let kind = blocker["kind"]?.stringValue ?? ""
        let overdue = blocker["overdueAt"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
        if kind == "paused" { return ("paused", "Paused") }
        if kind == "adapter.paused" { return ("paused", "Waiting: the adapter is held") }
        if kind == "money.held" { return ("paused", "Waiting: money is held") }
        if kind == "workflow.paused" { return ("paused", "Waiting: the workflow is held") }
        if blocker["needsPerson"]?.boolValue ?? false {
            return ("blocked", "Blocked: needs a person")
        }
        if let overdue, let now, now >= overdue { return ("overdue", "Overdue") }
        switch kind {
        case "adapter.unready": return ("blocked", "Waiting: the adapter lacks a setting")
        case "call.retrying", "adapter.open": return ("failing", "Failing: is tried again")
        case "call.running", "call.unknown", "compensation.running", "adapter.limit":
            return ("running", "Under way")
        default: return ("waiting", "Waiting within its time")
        }
    }
}
