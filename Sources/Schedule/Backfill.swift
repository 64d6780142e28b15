import Values

/// What a backfill of a span would run, before anybody runs it.
package struct Backfill: Sendable, Hashable {
    /// In order; the same identities as the occurrences had or would have had in their time, so
    /// that those which made an instance then make none now.
    package let occurrences: [Occurrence]
    /// How many the span holds; `occurrences` may be the first part of them.
    package let count: Int
    /// Whether the span holds more than were counted.
    package let isCountCut: Bool

    /// Counted at most.
    package static let countLimit = 100_000
}

extension Rule {
    /// The occurrences in [from, to).
    /// - Parameter limit: how many are listed; all are counted, up to ``Backfill/countLimit``.
    package func backfill(from: Timestamp, to: Timestamp, limit: Int = 1_000) -> Backfill {
        let nanosecond = Duration.nanoseconds(1)
        let found = occurrences(
            after: from - nanosecond, upTo: to - nanosecond, limit: Backfill.countLimit + 1)
        let isCut = found.count > Backfill.countLimit
        return Backfill(
            occurrences: Array(found.prefix(max(min(limit, Backfill.countLimit), 0))),
            count: min(found.count, Backfill.countLimit), isCountCut: isCut)
    }
}
