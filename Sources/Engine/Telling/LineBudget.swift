import Execution
import Values

/// How many lines of one kind a log has room for. The first few of a span are written as they come; of the rest only
/// their number is, once the span is over: a remote that is down for an hour is a few lines and a count, not a
/// line for each call that failed.
///
/// Room is bounded: kinds beyond `kinds` share one count.
package struct LineBudget: Sendable {
    /// Lines of one kind in one span that are written whole.
    package static let first = 5
    package static let span = Duration.seconds(10)
    package static let kinds = 200

    /// Lines that were not written, of one kind.
    package struct Rest: Sendable, Hashable {
        package let kind: String
        package let count: Int
    }

    private struct Count: Sendable {
        let begun: ContinuousClock.Instant
        var lines = 0
    }

    private var counts: [ExactText: Count] = [:]

    package init() {}

    /// - Returns: whether this one is written.
    package mutating func admits(_ kind: String, at now: ContinuousClock.Instant) -> Bool {
        let isKnown = counts[ExactText(kind)] != nil
        let key = isKnown || counts.count < Self.kinds ? ExactText(kind) : Self.others
        var count = counts[key] ?? Count(begun: now)
        count.lines += 1
        counts[key] = count
        return count.lines <= Self.first
    }

    /// What was not written in spans that are over, in order of kind; those kinds begin anew.
    package mutating func takeRests(at now: ContinuousClock.Instant) -> [Rest] {
        let over = counts.filter { $0.value.begun + Self.span <= now }
        for key in over.keys { counts[key] = nil }
        return over.filter { $0.value.lines > Self.first }
            .map { Rest(kind: $0.key.text, count: $0.value.lines - Self.first) }
            .sorted { $0.kind < $1.kind }
    }

    /// When the earliest span is over; nil: none is under way.
    package var nextEnd: ContinuousClock.Instant? {
        counts.values.map { $0.begun + Self.span }.min()
    }

    private static let others: ExactText = "others"
}
