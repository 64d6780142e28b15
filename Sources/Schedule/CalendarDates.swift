import Values

/// The dates of a calendar: RFC 5545's recurrence rules without expansion over the year.
///
/// Filters are joined by *and*: `days: [13], weekdays: [friday]` is Friday the 13th. A day that a
/// month does not have is left out, as RFC 5545 (3.3.10) says; `-1` is the last day of any month.
struct CalendarDates: Sendable, Hashable {
    enum Frequency: String, Sendable, Hashable, CaseIterable {
        case daily
        case weekly
        case monthly
        case yearly
    }

    let frequency: Frequency
    /// Every n-th day, week, month or year, counted from `from`.
    let interval: Int64
    /// Days since 1970; no date is earlier. Nil only where the interval is 1.
    let from: Int64?
    /// Bit n is month n.
    let months: UInt64
    /// 1 to 31, -1 to -31; nil: every day.
    let monthDays: [Int]?
    /// nil: every day.
    let weekdays: Weekdays?

    struct Weekdays: Sendable, Hashable {
        /// Bit 0 is Sunday.
        var days: UInt8 = 0
        var ordinals: [Ordinal] = []
    }

    func days(of month: Month) -> DaySet {
        guard months & (1 << UInt64(month.number)) != 0 else { return 0 }
        let counted = counted(of: month)
        guard counted != 0 else { return 0 }
        return counted & filtered(of: month)
    }

    private func filtered(of month: Month) -> DaySet {
        var result = month.everyDay
        if let monthDays {
            result &= monthDays.reduce(0) { $0 | month.day($1) }
        }
        if let weekdays {
            let some = weekdays.ordinals.reduce(month.days(on: weekdays.days)) {
                $0 | month.day($1.n, $1.weekday)
            }
            result &= some
        }
        return result
    }

    /// The days that are not before `from` and whose day, week, month or year counts.
    private func counted(of month: Month) -> DaySet {
        guard let from else { return month.everyDay }
        let first = from - month.firstDay + 1
        guard first <= Int64(month.length) else { return 0 }
        let notBefore = month.everyDay & (~0 << DaySet(max(first, 1)))
        guard interval > 1 else { return notBefore }
        let start = Civil.date(ofDay: from)
        switch frequency {
        case .yearly:
            return (month.year - start.year) % interval == 0 ? notBefore : 0
        case .monthly:
            let months = month.index - (start.year * 12 + start.month - 1)
            return months % interval == 0 ? notBefore : 0
        case .weekly:
            return notBefore & month.days { (week($0) - week(from)) % interval == 0 }
        case .daily:
            return notBefore & month.days { ($0 - from) % interval == 0 }
        }
    }

    /// Weeks begin on Monday (ISO 8601, RFC 5545's default WKST).
    private func week(_ day: Int64) -> Int64 { (day + 3).flooredDivision(by: 7).quotient }
}

extension Month {
    /// The days for which it holds; they are given as days since 1970.
    fileprivate func days(where holds: (Int64) -> Bool) -> DaySet {
        var result: DaySet = 0
        for day in 1...length where holds(firstDay + Int64(day - 1)) {
            result |= 1 << DaySet(day)
        }
        return result
    }
}
