/// A moment as the Gregorian calendar and a clock show it, at a fixed offset from UTC.
package struct CivilTime: Sendable, Hashable {
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var nanosecond: Int
    /// 0 is Sunday.
    package var dayOfWeek: Int
    /// 0 is the first of January.
    package var dayOfYear: Int
}

extension Timestamp {
    /// What a clock shows that is `offset` seconds ahead of UTC.
    package func civil(offset: Int64 = 0) -> CivilTime {
        let (days, secondOfDay) = (seconds + offset).flooredDivision(by: 86_400)
        let date = Civil.date(ofDay: days)
        return CivilTime(
            year: Int(date.year), month: Int(date.month), day: Int(date.day),
            hour: Int(secondOfDay / 3600), minute: Int(secondOfDay % 3600 / 60),
            second: Int(secondOfDay % 60), nanosecond: Int(nanoseconds),
            dayOfWeek: Int((days + 4).flooredDivision(by: 7).remainder),
            dayOfYear: Int(days - Civil.day(year: date.year, month: 1, day: 1)))
    }

    package var year: Int { civil().year }
    package var month: Int { civil().month }
    package var day: Int { civil().day }
    package var hour: Int { civil().hour }
    package var minute: Int { civil().minute }
    package var second: Int { civil().second }
}

/// Days since 1970-01-01 and the proleptic Gregorian calendar, by eras of 400 years whose years
/// begin in March, so that the leap day comes last.
package enum Civil {
    package static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shifted.flooredDivision(by: 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func date(ofDay days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    package static func daysInMonth(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func isDate(year: Int64, month: Int64, day: Int64) -> Bool {
        (1...12).contains(month) && day >= 1 && day <= daysInMonth(year: year, month: month)
    }
}
