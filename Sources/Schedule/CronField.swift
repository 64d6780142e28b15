import Values

/// The six fields of a cron expression, in order.
enum CronField: Int, CaseIterable {
    case second
    case minute
    case hour
    case dayOfMonth
    case month
    case dayOfWeek

    /// Sunday is 0 and 7.
    var range: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        }
    }

    /// For messages.
    var title: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day of the month"
        case .month: "month"
        case .dayOfWeek: "day of the week"
        }
    }

    /// Names of the values from the lower end of the range on.
    var names: [String] {
        switch self {
        case .second, .minute, .hour, .dayOfMonth: []
        case .month: CalendarNames.months
        case .dayOfWeek: CalendarNames.weekdays
        }
    }
}

/// English names; three letters are enough, in any case.
enum CalendarNames {
    static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december",
    ]
    /// 0 is Sunday.
    static let weekdays = [
        "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    ]

    /// The place of a name in the list.
    static func index(of name: String, in names: [String]) -> Int? {
        let wanted = name.lowercased()
        return names.firstIndex { $0 == wanted || $0.prefix(3) == wanted }
    }

    /// `; did you mean 'MON'?`: the short form for short words, as cron writes it, else the long.
    static func hint(for name: String, in names: [String], short: Bool) -> String {
        let known = short ? names.map { $0.prefix(3).uppercased() } : names
        return suggestion(for: short ? name.uppercased() : name.lowercased(), among: known)
    }
}
