/// A length of time that only a calendar can tell: `2 calendar days`, `3 months`, `5 business days at 18:00`.
///
/// `2d` is 48 hours wherever the clocks stand; this is the same time of day on another date. What it comes to is
/// told by a zone and, for business days, by a calendar of holidays (`Schedule`); here are its words only.
package struct CalendarDuration: Sendable, Hashable {
    package enum Unit: String, Sendable, Hashable, CaseIterable {
        case calendarDay = "calendar day"
        case businessDay = "business day"
        case month = "month"
    }

    /// Negative: before.
    package let count: Int64
    package let unit: Unit
    /// Seconds of the day; a whole day's ends it, and nil keeps the time of day at which it began.
    package let at: Int64?
    /// By whose holidays; nil: those of the project's only calendar.
    package let calendar: String?
    /// IANA name; nil: that of the calendar, else of the installation.
    package let zone: String?

    /// Of days and of months: ten years of days, more than a process waits for.
    package static let maximumCount: Int64 = 3_660

    package init(
        count: Int64, unit: Unit, at: Int64? = nil, calendar: String? = nil, zone: String? = nil
    ) {
        self.count = count
        self.unit = unit
        self.at = at
        self.calendar = calendar
        self.zone = zone
    }
}

/// Why a text is no calendar duration: one sentence without a full stop.
package struct CalendarDurationError: Error, Hashable {
    package let message: String

    init(_ message: String) { self.message = message }
}

extension CalendarDuration {
    /// Whether somebody meant a calendar duration: it begins with a whole number that stands by itself.
    package static func isMeant(by text: String) -> Bool {
        let words = text.split(separator: " ", maxSplits: 1)
        return words.count == 2 && words.first.map { Int64($0) != nil } ?? false
    }

    /// Reads `14 calendar days at 24:00`, `2 business days at 18:00 by company in Europe/Berlin`, `-1 month`.
    package init(parsing text: String) throws(CalendarDurationError) {
        var words = text.split(separator: " ")[...]
        guard let first = words.popFirst(), let count = Int64(first) else {
            throw CalendarDurationError(
                "'\(text.shortened(to: 60))' is no calendar duration such as 2 calendar days, 5 business days or 1 month"
            )
        }
        guard count.magnitude <= UInt64(Self.maximumCount) else {
            throw CalendarDurationError("a calendar duration counts \(Self.maximumCount) at most")
        }
        let end = words.firstIndex { Self.prepositions.contains(String($0)) } ?? words.endIndex
        let unit = try Self.unit(words[..<end].joined(separator: " "))
        let parts = try Self.parts(words[end...])
        self.init(
            count: count, unit: unit, at: try parts["at"].map(Self.timeOfDay),
            calendar: parts["by"], zone: parts["in"])
    }

    private static let prepositions = ["at", "by", "in"]

    private static func unit(_ name: String) throws(CalendarDurationError) -> Unit {
        let known = Unit.allCases
        if let unit = known.first(where: { name == $0.rawValue || name == $0.rawValue + "s" }) {
            return unit
        }
        if name == "day" || name == "days" {
            throw CalendarDurationError(
                "which days are meant? Write 'calendar days' or 'business days', or 2d for 48 hours"
            )
        }
        let hint = suggestion(for: name, among: known.flatMap { [$0.rawValue, $0.rawValue + "s"] })
        throw CalendarDurationError(
            hint.isEmpty
                ? "a calendar duration counts calendar days, business days or months, not "
                    + "'\(name.shortened(to: 60))'; real time is written 90s, 15m, 2h or 7d"
                : "'\(name.shortened(to: 60))' is no unit" + hint)
    }

    /// `at 18:00 by company in Europe/Berlin`, in any order.
    private static func parts(
        _ words: ArraySlice<Substring>
    ) throws(CalendarDurationError) -> [ExactText: String] {
        var words = words
        var parts: [ExactText: String] = [:]
        while let word = words.popFirst().map(String.init) {
            guard prepositions.contains(word) else {
                throw CalendarDurationError(
                    "'\(word.shortened(to: 60))' is too much; a calendar duration is "
                        + "5 business days [at 18:00] [by CALENDAR] [in ZONE]")
            }
            guard let value = words.popFirst() else {
                throw CalendarDurationError("something is missing behind '\(word)'")
            }
            guard parts[word] == nil else {
                throw CalendarDurationError("'\(word)' is said twice")
            }
            parts[word] = String(value)
        }
        return parts
    }

    /// `18:00`, `18:00:30`; `24:00` ends the day.
    package static func timeOfDay(_ text: String) throws(CalendarDurationError) -> Int64 {
        if text == "24:00" { return 86_400 }
        let full = "1970-01-01T\(text)\(text.utf8.count == 8 ? "" : ":00")Z"
        guard text.utf8.count == 5 || text.utf8.count == 8,
            let instant = Timestamp(rfc3339: full)
        else {
            throw CalendarDurationError(
                "'\(text.shortened(to: 60))' is no time of day such as 18:00, 09:00:30, or 24:00 for the end of the day"
            )
        }
        return instant.seconds
    }

    /// A member that stands beside it in a map.
    package static func word(
        _ text: String?, _ name: String
    ) throws(CalendarDurationError) -> String {
        guard let text, !text.isEmpty else {
            throw CalendarDurationError("'\(name)' is a text; quote it")
        }
        return text
    }

    /// With what stands beside it in a map; nothing is said twice.
    package func with(
        at: Int64?, calendar: String?, zone: String?
    ) throws(CalendarDurationError) -> CalendarDuration {
        if at != nil, self.at != nil { throw CalendarDurationError("'at' is said twice") }
        if calendar != nil, self.calendar != nil {
            throw CalendarDurationError("'calendar' is said twice")
        }
        if zone != nil, self.zone != nil { throw CalendarDurationError("'zone' is said twice") }
        return CalendarDuration(
            count: count, unit: unit, at: at ?? self.at, calendar: calendar ?? self.calendar,
            zone: zone ?? self.zone)
    }

    /// What is counted, without where: `5 business days`.
    package var amount: String { "\(count) \(unit.rawValue)" + (abs(count) == 1 ? "" : "s") }
}

extension Civil {
    /// A date such as `2026-04-03`, as days since 1970.
    package static func day(parsing text: String) -> Int64? {
        guard text.utf8.count == 10, let midnight = Timestamp(rfc3339: text + "T00:00:00Z") else {
            return nil
        }
        return midnight.seconds.flooredDivision(by: 86_400).quotient
    }

    /// `2026-04-03`.
    package static func text(ofDay day: Int64) -> String {
        String(Timestamp(seconds: day * 86_400).rfc3339.prefix(10))
    }
}
