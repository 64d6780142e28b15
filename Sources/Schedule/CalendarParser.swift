import Values

extension Pattern {
    private static let words = ["frequency", "interval", "months", "days", "weekdays", "at"]

    /// Reads `{frequency: monthly, weekdays: ['2 tuesday', '-1 friday'], at: '06:00'}`.
    /// - Parameter from: a date; intervals are counted from it, and nothing is due before it.
    init(calendar field: Field, from: Field?) throws(RuleError) {
        let fields = try field.map(of: Self.words, "a calendar")
        let frequency = try fields.required("frequency", "a calendar needs a 'frequency'")
            .name("frequency", of: CalendarDates.Frequency.self)
        let interval = try fields["interval"]?.interval() ?? 1
        if interval > 1, from == nil {
            throw RuleError(
                "an interval of \(interval) needs 'from', the date from which it is counted",
                at: "\(field.pointer)/interval")
        }
        let dates = CalendarDates(
            frequency: frequency, interval: interval, from: try from?.day(),
            months: try fields["months"]?.months() ?? 0x1FFE,
            monthDays: try fields["days"]?.monthDays(),
            weekdays: try fields["weekdays"]?.weekdays(frequency))
        try dates.requireDays(in: fields)
        let at = try fields.required("at", "a calendar needs 'at', the time of day: '06:00'")
        self.init(dates: .calendar(dates), times: .list(try at.timesOfDay()))
        guard self.dates.firstMonth(inYears: dates.firstYear...9999) != nil else {
            throw field.failure("no date ever matches this calendar")
        }
    }
}

extension CalendarDates {
    fileprivate var firstYear: Int64 { from.map { Civil.date(ofDay: $0).year } ?? 2000 }

    /// Which filters a frequency needs and which it cannot have.
    fileprivate func requireDays(in fields: Fields) throws(RuleError) {
        switch frequency {
        case .daily: return
        case .weekly:
            if let days = fields["days"] {
                throw days.failure("a week has no days of the month; use frequency monthly")
            }
            if weekdays == nil {
                throw RuleError("a weekly calendar needs 'weekdays'", at: fields.pointer)
            }
        case .monthly, .yearly:
            if weekdays == nil, monthDays == nil {
                throw RuleError(
                    "a \(frequency.rawValue) calendar needs 'days' or 'weekdays'",
                    at: fields.pointer)
            }
            if frequency == .yearly, fields["months"] == nil {
                throw RuleError("a yearly calendar needs 'months'", at: fields.pointer)
            }
        }
    }
}

extension Dates {
    /// The first month in those years that has a day.
    func firstMonth(inYears years: ClosedRange<Int64>) -> Month? {
        var month = Month(year: years.lowerBound, number: 1)
        while month.year <= years.upperBound {
            if days(of: month) != 0 { return month }
            month = month.next
        }
        return nil
    }
}

extension Field {
    private static let listLimit = 100

    /// A date, `2026-01-31`, as days since 1970.
    fileprivate func day() throws(RuleError) -> Int64 {
        guard case .string(let text) = value, text.utf8.count == 10,
            let midnight = Timestamp(rfc3339: text + "T00:00:00Z")
        else {
            throw failure("a calendar's 'from' is a date such as 2026-01-31, not \(value.article)")
        }
        return midnight.seconds / 86_400 - (midnight.seconds % 86_400 < 0 ? 1 : 0)
    }

    fileprivate func interval() throws(RuleError) -> Int64 {
        guard let number = value.intValue, (1...1_000).contains(number) else {
            throw failure("'interval' is a number from 1 to 1000, not \(value.article)")
        }
        return number
    }

    fileprivate func months() throws(RuleError) -> UInt64 {
        var result: UInt64 = 0
        for element in try elements("'months'", limit: Self.listLimit) {
            let number = try element.month()
            result |= 1 << UInt64(number)
        }
        return result
    }

    private func month() throws(RuleError) -> Int64 {
        if let number = value.intValue, (1...12).contains(number) { return number }
        let name = value.stringValue ?? ""
        if let index = CalendarNames.index(of: name, in: CalendarNames.months) {
            return Int64(index) + 1
        }
        throw failure(
            "a month is 1 to 12 or a name, not \(value.article)"
                + CalendarNames.hint(for: name, in: CalendarNames.months, short: false))
    }

    fileprivate func monthDays() throws(RuleError) -> [Int] {
        var result: [Int] = []
        for element in try elements("'days'", limit: Self.listLimit) {
            guard let number = element.value.intValue, (1...31).contains(number.magnitude) else {
                throw element.failure(
                    "a day is 1 to 31, or -1 for the last to -31, not \(element.value.article)")
            }
            result.append(Int(number))
        }
        return result
    }

    fileprivate func weekdays(
        _ frequency: CalendarDates.Frequency
    ) throws(RuleError) -> CalendarDates.Weekdays {
        var result = CalendarDates.Weekdays()
        for element in try elements("'weekdays'", limit: Self.listLimit) {
            let words = try element.text("a weekday").split(separator: " ").map { String($0) }
            let weekday = try element.weekday(words.last ?? "")
            if words.count == 1 {
                result.days |= 1 << UInt8(weekday)
                continue
            }
            guard words.count == 2, let n = Int(words[0]), (1...5).contains(n.magnitude) else {
                throw element.failure("a weekday is 'monday', '2 monday' or '-1 monday'")
            }
            guard frequency == .monthly || frequency == .yearly else {
                throw element.failure("'\(n) \(words[1])' needs frequency monthly or yearly")
            }
            result.ordinals.append(Ordinal(n: n, weekday: weekday))
        }
        return result
    }

    func weekday(_ name: String) throws(RuleError) -> Int {
        guard let index = CalendarNames.index(of: name, in: CalendarNames.weekdays) else {
            throw failure(
                "'\(name.quotable)' is no weekday"
                    + CalendarNames.hint(for: name, in: CalendarNames.weekdays, short: false))
        }
        return index
    }

    /// Ascending seconds of the day.
    fileprivate func timesOfDay() throws(RuleError) -> [Int] {
        var result: [Int] = []
        for element in try elements("'at'", limit: Self.listLimit) {
            result.append(try element.timeOfDay())
        }
        return Array(Set<Int>(result)).sorted()
    }

    private func timeOfDay() throws(RuleError) -> Int {
        let text = value.stringValue ?? ""
        let hasSeconds = text.utf8.count == 8
        let full = "1970-01-01T\(text)\(hasSeconds ? "" : ":00")Z"
        guard text.utf8.count == 5 || hasSeconds, let instant = Timestamp(rfc3339: full) else {
            throw failure(
                "a time of day is '06:00' or '06:00:30', up to 23:59, not \(value.article)")
        }
        return Int(instant.seconds)
    }
}
