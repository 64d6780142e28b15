import Values

/// Nominal local times: every time of `times` on every date of `dates`.
struct Pattern: Sendable, Hashable {
    let dates: Dates
    let times: Times

    /// The first local second at or after that one; nil behind the year 9999.
    func first(from local: Int64) -> Int64? {
        let (day, second) = local.flooredDivision(by: 86_400)
        let date = Civil.date(ofDay: day)
        var month = Month(year: date.year, number: date.month)
        var later = dates.days(of: month) & (~0 << DaySet(date.day))
        if later & (1 << DaySet(date.day)) != 0 {
            if let time = times.first(from: Int(second)) { return day * 86_400 + Int64(time) }
            later &= later - 1
        }
        while later == 0 {
            month = month.next
            guard month.year <= 9999 else { return nil }
            later = dates.days(of: month)
        }
        guard let time = times.first(from: 0) else { return nil }
        return (month.firstDay + Int64(later.trailingZeroBitCount - 1)) * 86_400 + Int64(time)
    }
}

/// Which days, month by month.
enum Dates: Sendable, Hashable {
    case cron(CronDates)
    case calendar(CalendarDates)

    func days(of month: Month) -> DaySet {
        switch self {
        case .cron(let dates): dates.days(of: month)
        case .calendar(let dates): dates.days(of: month)
        }
    }
}

/// Times of day, in seconds since the midnight that a clock shows.
enum Times: Sendable, Hashable {
    /// cron's: any combination; bit n is n.
    case fields(hours: UInt64, minutes: UInt64, seconds: UInt64)
    /// Ascending, not empty.
    case list([Int])

    static let everyHour: UInt64 = (1 << 24) - 1

    var coverEveryHour: Bool {
        if case .fields(Self.everyHour, _, _) = self { true } else { false }
    }

    /// The first at or after that second of the day.
    func first(from second: Int) -> Int? {
        switch self {
        case .list(let times):
            return times.first { $0 >= second }
        case .fields(let hours, let minutes, let seconds):
            let (hour, minute) = (second / 3600, second % 3600 / 60)
            if hours.first(from: hour) == hour {
                if minutes.first(from: minute) == minute, let s = seconds.first(from: second % 60) {
                    return hour * 3600 + minute * 60 + s
                }
                if let m = minutes.first(from: minute + 1), let s = seconds.first(from: 0) {
                    return hour * 3600 + m * 60 + s
                }
            }
            guard let h = hours.first(from: hour + 1), let m = minutes.first(from: 0),
                let s = seconds.first(from: 0)
            else { return nil }
            return h * 3600 + m * 60 + s
        }
    }
}

extension UInt64 {
    /// The lowest bit that is set at or above that place.
    func first(from place: Int) -> Int? {
        guard place < 64 else { return nil }
        let rest = self >> UInt64(place)
        return rest == 0 ? nil : place + rest.trailingZeroBitCount
    }
}
