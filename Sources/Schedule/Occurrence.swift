import Values

/// A date and a time of day as a wall clock shows them, to the second; years 1 to 9999.
package struct LocalTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00 on that clock.
    package let seconds: Int64
    /// An interval's clock shows UTC, whatever the zone.
    package let isUTC: Bool

    package static func < (a: LocalTime, b: LocalTime) -> Bool { a.seconds < b.seconds }

    /// `2026-03-29T02:30`; the seconds only if there are any; `Z` behind it in UTC.
    package var description: String {
        let text = Timestamp(seconds: seconds).rfc3339
        return text.prefix(seconds % 60 == 0 ? 16 : 19) + (isUTC ? "Z" : "")
    }
}

/// One time at which a rule is due.
package struct Occurrence: Sendable, Hashable {
    /// The local time that the rule names, be it skipped by the clocks or shown twice.
    package let nominal: LocalTime
    /// 1 where it is the second time that the clocks show this time, else 0 (PEP 495).
    package let fold: Int
    /// When it is due, to the second.
    package let instant: Timestamp

    /// `2026-03-29T02:30`, `2026-10-25T02:30~1` for fold 1, `2026-01-01T00:15Z` for intervals.
    ///
    /// Unique within a rule and the same on every node and after every change of the zone data: it
    /// is the key by which an occurrence makes at most one instance.
    package var identity: String { fold == 0 ? "\(nominal)" : "\(nominal)~\(fold)" }

    /// How much later than its instant the occurrence starts: uniform in [0, limit), the same on
    /// every node. The nominal time does not move.
    ///
    /// FNV-1a goes on from the seed over the identity; identities differ in their last digits,
    /// which FNV leaves in the low bits, so a finalizer (MurmurHash3's) spreads them.
    /// - Parameter seed: the stable hash of the schedule's name, so that schedules spread out.
    package func jitter(seed: UInt64, within limit: Duration) -> Duration {
        let nanoseconds = limit.saturatedNanoseconds
        guard nanoseconds > 0 else { return .zero }
        var hash = seed
        for byte in identity.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        hash ^= hash >> 33
        return .nanoseconds(Int64(hash.multipliedFullWidth(by: UInt64(nanoseconds)).high))
    }
}

extension Duration {
    /// Nothing below zero, 292 years at most.
    fileprivate var saturatedNanoseconds: Int64 {
        guard self > .zero else { return 0 }
        guard self < .nanoseconds(Int64.max) else { return .max }
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
