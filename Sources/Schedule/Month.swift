import Values

/// A set of days of one month: bit n is day n.
typealias DaySet = UInt32

/// One month of the Gregorian calendar, as sets of its days.
struct Month: Sendable {
    let year: Int64
    /// 1 to 12.
    let number: Int64
    /// 28 to 31.
    let length: Int
    /// Days since 1970 of the first.
    let firstDay: Int64
    /// Day of the week of the first; 0 is Sunday.
    let firstWeekday: Int

    /// Bits 0, 7, 14, 21, 28.
    private static let weekly: DaySet = 0x1020_4081

    init(year: Int64, number: Int64) {
        self.year = year
        self.number = number
        length = Int(Civil.daysInMonth(year: year, month: number))
        firstDay = Civil.day(year: year, month: number, day: 1)
        firstWeekday = Int((firstDay + 4).flooredDivision(by: 7).remainder)
    }

    var next: Month {
        number == 12
            ? Month(year: year + 1, number: 1) : Month(year: year, number: number + 1)
    }

    /// Months since the year 0.
    var index: Int64 { year * 12 + number - 1 }

    var everyDay: DaySet { DaySet.max >> (31 - DaySet(length)) & ~1 }

    /// The first day that is such a weekday.
    private func first(_ weekday: Int) -> Int { 1 + (weekday - firstWeekday + 7) % 7 }

    /// All days that are one of these weekdays; bit 0 is Sunday.
    func days(on weekdays: UInt8) -> DaySet {
        var days: DaySet = 0
        for weekday in 0..<7 where weekdays & (1 << weekday) != 0 {
            days |= Self.weekly << first(weekday)
        }
        return days & everyDay
    }

    /// The n-th such weekday, from the end where n is negative; none if the month has fewer.
    func day(_ n: Int, _ weekday: Int) -> DaySet {
        let first = first(weekday)
        let count = (length - first) / 7 + 1
        let place = n > 0 ? n - 1 : count + n
        return (0..<count).contains(place) ? 1 << DaySet(first + 7 * place) : 0
    }

    /// That day of the month, from the end where it is negative; none if the month has no such day.
    func day(_ n: Int) -> DaySet {
        let day = n > 0 ? n : length + 1 + n
        return (1...length).contains(day) ? 1 << DaySet(day) : 0
    }

    /// The day from Monday to Friday that is nearest to day n, within the month; none if the month
    /// has no day n.
    func working(nearestTo n: Int) -> DaySet {
        guard (1...length).contains(n) else { return 0 }
        let day =
            switch (firstWeekday + n - 1) % 7 {
            case 6: n > 1 ? n - 1 : n + 2
            case 0: n < length ? n + 1 : n - 2
            default: n
            }
        return 1 << DaySet(day)
    }

    /// The last day from Monday to Friday.
    var lastWorkingDay: DaySet {
        switch (firstWeekday + length - 1) % 7 {
        case 6: day(-2)
        case 0: day(-3)
        default: day(-1)
        }
    }
}
