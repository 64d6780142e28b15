/// The dates of a cron expression.
///
/// The day of the month and the day of the week are joined as in Vixie cron: where both are
/// restricted a date needs only one of them, else it needs both. A field is restricted unless it
/// begins with `*` or is `?`, so `*/2` in one and `MON` in the other are the Mondays among the
/// odd days.
struct CronDates: Sendable, Hashable {
    /// Bit n is month n.
    var months: UInt64 = 0
    var monthDays = MonthDays()
    var weekdays = Weekdays()

    /// What the day of the month says.
    struct MonthDays: Sendable, Hashable {
        var isRestricted = true
        /// Bit n is day n.
        var days: UInt64 = 0
        /// `L`, `L-3`; bit n is the n-th day before the last.
        var fromLast: UInt64 = 0
        /// `LW`
        var includesLastWorking = false
        /// `15W`; bit n is day n.
        var nearestWorking: UInt64 = 0
    }

    /// What the day of the week says.
    struct Weekdays: Sendable, Hashable {
        var isRestricted = true
        /// Bit 0 is Sunday.
        var days: UInt8 = 0
        /// `5L` and `1#2`, as (weekday, n); n is -1 for the last.
        var ordinals: [Ordinal] = []
    }

    func days(of month: Month) -> DaySet {
        guard months & (1 << UInt64(month.number)) != 0 else { return 0 }
        let byDate = monthDays.days(of: month)
        let byWeekday = weekdays.days(of: month)
        return monthDays.isRestricted && weekdays.isRestricted
            ? byDate | byWeekday : byDate & byWeekday
    }
}

/// The n-th weekday of a month; from the end where n is negative.
struct Ordinal: Sendable, Hashable {
    let n: Int
    /// 0 is Sunday.
    let weekday: Int
}

extension CronDates.MonthDays {
    fileprivate func days(of month: Month) -> DaySet {
        var result = DaySet(truncatingIfNeeded: days) & month.everyDay
        var back = fromLast
        while back != 0 {
            result |= month.day(-1 - back.trailingZeroBitCount)
            back &= back - 1
        }
        if includesLastWorking { result |= month.lastWorkingDay }
        var near = nearestWorking
        while near != 0 {
            result |= month.working(nearestTo: near.trailingZeroBitCount)
            near &= near - 1
        }
        return result
    }
}

extension CronDates.Weekdays {
    fileprivate func days(of month: Month) -> DaySet {
        var result = month.days(on: days)
        for ordinal in ordinals { result |= month.day(ordinal.n, ordinal.weekday) }
        return result
    }
}
