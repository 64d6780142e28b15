// Schedule: which occurrences does a rule have in a span of time, and what becomes of the missed ones?
//
// Theory of operation. A rule is one of two things. An *interval* counts real seconds from an
// anchor. A *pattern* is a set of dates (`Dates`: cron's day fields or a calendar) and a set of
// times of day; it knows the Gregorian calendar and no zone, and its one question is "the first
// nominal local time at or after this one". `Zone` cuts real time into spans of one offset each.
// A query walks span by span, asks the pattern inside of each, and turns local times into moments
// by plain addition, so that a gap or an overlap is a fact about two neighbouring spans and is
// dealt with in one place (`Rule+Occurrences`). Nothing here reads a clock, and every loop ends at
// the year 9999.

import Values

/// When something happens again and again: a cron expression, an interval or a calendar.
///
/// **Daylight saving, the one rule.** A rule *names its times* or *follows the clock*.
///
/// - A rule that names its times (`30 2 * * *`, every calendar) has one occurrence for each of them
///   on every day that it names. A time that the clocks skip (a *gap*) is due at the first instant
///   after the gap. Several times in one gap are one occurrence, under the name of the first; if
///   the rule also names the time that the clocks show right after the gap, it is that one. A time
///   that the clocks show twice (an *overlap*) is due when they first show it: fold 0.
/// - A rule that follows the clock has an occurrence whenever the clocks show a time that it names:
///   nothing for times skipped, twice (fold 0, fold 1) for times shown twice. So `*/15 * * * *` is
///   every quarter of an hour of real time. These are the cron rules that name all 24 hours (`*`,
///   `*/1`, `0-23`).
/// - An interval counts real time and knows no clock.
///
/// From this follows for every rule: instants strictly increase, so that one `Timestamp` is all
/// that must be remembered of what was done.
package struct Rule: Sendable, Hashable {
    enum Recurrence: Sendable, Hashable {
        case interval(Interval)
        case pattern(Pattern, Zone)
    }

    let recurrence: Recurrence

    /// The zone's IANA name as it was written; an interval's is `UTC`.
    package var zone: String {
        switch recurrence {
        case .interval: "UTC"
        case .pattern(_, let zone): zone.name
        }
    }

    /// Whether the rule runs on through gaps and overlaps instead of naming its times.
    package var followsClock: Bool {
        switch recurrence {
        case .interval: true
        case .pattern(let pattern, _): pattern.times.coverEveryHour
        }
    }
}

/// Every so many real seconds, from an anchor on.
struct Interval: Sendable, Hashable {
    /// Seconds; at least one.
    let length: Int64
    /// Seconds since 1970; the first occurrence.
    let anchor: Int64

    /// The first occurrence at or after that second.
    func first(from second: Int64) -> Int64? {
        guard second > anchor else { return anchor }
        let (count, rest) = (second - anchor).quotientAndRemainder(dividingBy: length)
        let (passed, overflow) = (rest == 0 ? count : count + 1)
            .multipliedReportingOverflow(by: length)
        let (result, beyond) = anchor.addingReportingOverflow(passed)
        return overflow || beyond || result > Timestamp.distantFuture.seconds ? nil : result
    }
}
