import Values

/// What a calendar duration comes to: a local time of a zone, and the instant at which the clocks first show it.
package struct CalendarMoment: Sendable, Hashable {
    package let instant: Timestamp
    /// `Mon 2026-04-13 18:00 Europe/Berlin`: the local time that is meant, be it skipped by the clocks or shown twice.
    package let name: String
    /// Holidays of days beyond what the calendar covers are not known, and some such days were counted.
    package let isBeyondCalendar: Bool
}

/// Why it comes to nothing.
package enum CalendarMomentError: Error, Hashable {
    case unknownZone(String)
    /// Business days of no calendar.
    case noCalendar
    /// After the year 9999 or before the year 1.
    case outOfRange
}

extension CalendarDuration {
    /// From the local date and time of the start: days keep the time of day, months clamp (31 January and a month is
    /// the last of February), business days are working days after the start's date.
    ///
    /// **Daylight saving**, the rule of schedules: a local time that the clocks skip is the first instant after the gap,
    /// one that they show twice is the first.
    /// - Parameters:
    ///   - zone: IANA name.
    ///   - calendar: for business days, which nobody knows without.
    package func moment(
        from start: Timestamp, zone name: String, calendar: BusinessCalendar?
    ) throws(CalendarMomentError) -> CalendarMoment {
        guard let zone = Zone(name: name) else { throw .unknownZone(name) }
        let local = start.seconds + zone.offset(at: start.seconds)
        let (today, time) = local.flooredDivision(by: 86_400)
        let day: Int64
        var isBeyond = false
        switch unit {
        case .calendarDay: day = today + count
        case .month: day = Civil.day(count, monthsFrom: today)
        case .businessDay:
            guard let calendar else { throw .noCalendar }
            day = calendar.workday(count, from: today)
            isBeyond = !calendar.covers.contains(today) || !calendar.covers.contains(day)
        }
        let (second, fraction) = at.map { ($0, Int32(0)) } ?? (time, start.nanoseconds)
        let wanted = day * 86_400 + second
        // Of a time that is shown twice the start may be the second: no days from there is there.
        let instant =
            wanted == local ? start.seconds : zone.first(showing: wanted)
        guard let result = Timestamp(checkedSeconds: instant, Int64(fraction)) else {
            throw .outOfRange
        }
        return CalendarMoment(
            instant: result, name: "\(Self.text(day, second)) \(name)", isBeyondCalendar: isBeyond)
    }

    /// `Mon 2026-04-13 18:00`; the seconds only if there are any.
    private static func text(_ day: Int64, _ second: Int64) -> String {
        let weekday = Int((day + 4).flooredDivision(by: 7).remainder)
        let time =
            second == 86_400
            ? "24:00"
            : String(
                Timestamp(seconds: second).rfc3339.dropFirst(11).prefix(second % 60 == 0 ? 5 : 8))
        return "\(CalendarNames.weekdays[weekday].prefix(3).capitalized) "
            + "\(Civil.text(ofDay: day)) \(time)"
    }
}

extension Civil {
    /// The same day of another month, or its last one where it is shorter.
    fileprivate static func day(_ count: Int64, monthsFrom day: Int64) -> Int64 {
        let start = date(ofDay: day)
        let (year, month) = (start.year * 12 + start.month - 1 + count).flooredDivision(by: 12)
        let length = daysInMonth(year: year, month: month + 1)
        return self.day(year: year, month: month + 1, day: min(start.day, length))
    }
}
