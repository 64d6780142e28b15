import Values

/// Reads a cron expression: five fields as in crontab(5), six with the seconds first.
///
/// `*`, lists, ranges, steps (`*/15`, `10-40/10`, `5/15` = from 5 on), names of months and
/// weekdays, `?` for a day that does not matter; Quartz's `L`, `L-3`, `LW`, `15W` for the day of the month
/// and `5L`, `MON#2` for the day of the week, also inside of lists. Weekdays are cron's, 0 and 7 are
/// Sunday; Quartz counts them from 1. `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`,
/// `@midnight`, `@hourly` stand for whole expressions.
struct CronParser {
    /// A piece of the text and where it begins, in UTF-8 bytes.
    struct Piece {
        let text: String
        let offset: Int

        var place: Range<Int> { offset..<offset + max(text.utf8.count, 1) }
    }

    private static let macros: [(name: String, expression: String)] = [
        ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ]
    private static let lengthLimit = 1_000

    let pointer: String
    private let fields: [Piece]
    private var dates = CronDates()

    init(_ field: Field) throws(RuleError) {
        pointer = field.pointer
        let text = try field.text("'cron'")
        guard text.utf8.count <= Self.lengthLimit else {
            throw field.failure("'cron' is longer than \(Self.lengthLimit) bytes")
        }
        let words = Self.split(text, at: [" ", "\t"], offset: 0).filter { !$0.text.isEmpty }
        if let first = words.first, first.text.contains("=") {
            let name = String(first.text.drop { $0 != "=" }.dropFirst()).quotable
            throw RuleError(
                "the time zone is written 'zone: \(name)' beside 'cron'", at: field.pointer,
                place: first.place)
        }
        if let first = words.first, first.text.hasPrefix("@") {
            let expression = try Self.expansion(of: first, alone: words.count == 1, pointer)
            fields = Self.split(expression, at: [" "], offset: 0)
        } else {
            fields = words
        }
        guard fields.count == 5 || fields.count == 6 else {
            throw Self.wrongCount(fields, pointer)
        }
    }

    private static func expansion(
        of macro: Piece, alone: Bool, _ pointer: String
    ) throws(RuleError) -> String {
        if macro.text == "@every" {
            throw RuleError(
                "an interval is written 'every: 15m' in place of 'cron'", at: pointer,
                place: macro.place)
        }
        guard let known = macros.first(where: { $0.name == macro.text }), alone else {
            let hint = suggestion(for: macro.text, among: macros.map(\.name))
            throw RuleError(
                alone
                    ? "there is no '\(macro.text.quotable)'" + hint
                    : "'\(macro.text.quotable)' stands alone",
                at: pointer, place: macro.place)
        }
        return known.expression
    }

    private static func wrongCount(_ fields: [Piece], _ pointer: String) -> RuleError {
        let what =
            fields.count == 7
            ? "; a year cannot be named" : ": minute, hour, day, month, weekday"
        let place = fields.count > 6 ? fields[6].place : nil
        return RuleError(
            "a cron expression has five fields, or six with seconds first, not \(fields.count)"
                + what, at: pointer, place: place)
    }

    mutating func pattern() throws(RuleError) -> Pattern {
        // Five fields are the last five of six.
        let skipped = CronField.allCases.count - fields.count
        var times: [UInt64] = skipped == 0 ? [] : [1]
        for (piece, field) in zip(fields, CronField.allCases.dropFirst(skipped)) {
            let items = Self.split(piece.text, at: [","], offset: piece.offset)
            let isRestricted = !piece.text.hasPrefix("*") && piece.text != "?"
            switch field {
            case .second, .minute, .hour: times.append(try union(of: items, field))
            case .month: dates.months = try union(of: items, field)
            case .dayOfMonth:
                dates.monthDays.isRestricted = isRestricted
                for item in items { try addMonthDay(item, alone: items.count == 1) }
            case .dayOfWeek:
                dates.weekdays.isRestricted = isRestricted
                for item in items { try addWeekday(item, alone: items.count == 1) }
            }
        }
        let pattern = Pattern(
            dates: .cron(dates),
            times: .fields(hours: times[2], minutes: times[1], seconds: times[0]))
        try refuseImpossible(pattern)
        return pattern
    }

    /// The calendar repeats itself, weekdays too, after 400 years.
    private func refuseImpossible(_ pattern: Pattern) throws(RuleError) {
        let days = fields[fields.count - 3]
        let months = fields[fields.count - 2]
        guard pattern.dates.firstMonth(inYears: 2000...2399) == nil else { return }
        throw RuleError(
            "no date ever matches: day '\(days.text.quotable)' of month '\(months.text.quotable)'",
            at: pointer, place: days.place)
    }

    private func union(of items: [Piece], _ field: CronField) throws(RuleError) -> UInt64 {
        var result: UInt64 = 0
        for item in items { result |= try values(item, field) }
        return result
    }

    private mutating func addMonthDay(_ item: Piece, alone: Bool) throws(RuleError) {
        let upper = item.text.uppercased()
        switch upper {
        case "?" where alone: dates.monthDays.days |= try values(Piece.star(item), .dayOfMonth)
        case "L": dates.monthDays.fromLast |= 1
        case "LW", "WL": dates.monthDays.includesLastWorking = true
        default:
            if upper.hasPrefix("L-") {
                dates.monthDays.fromLast |= 1 << UInt64(try daysBeforeLast(item))
            } else if upper.hasSuffix("W"), !upper.contains("-"), !upper.contains("/") {
                let day = try value(item.dropLast(), .dayOfMonth)
                dates.monthDays.nearestWorking |= 1 << UInt64(day)
            } else {
                dates.monthDays.days |= try values(item, .dayOfMonth)
            }
        }
    }

    /// The 3 of `L-3`.
    private func daysBeforeLast(_ item: Piece) throws(RuleError) -> Int {
        let number = item.text.dropFirst(2)
        guard number.utf8.allSatisfy({ (48...57).contains($0) }), let days = Int(number),
            (1...30).contains(days)
        else {
            throw failure(
                "'L-' is followed by 1 to 30: 'L-3' is the third day before the last", item)
        }
        return days
    }

    private mutating func addWeekday(_ item: Piece, alone: Bool) throws(RuleError) {
        let parts = Self.split(item.text, at: ["#"], offset: item.offset)
        if item.text == "?", alone {
            dates.weekdays.days = 0x7F
        } else if item.text.uppercased() == "L" {
            throw failure("'L' needs a day here: '5L' is the last Friday", item)
        } else if parts.count == 2 {
            let weekday = try value(parts[0], .dayOfWeek) % 7
            guard let n = Int(parts[1].text), (1...5).contains(n) else {
                throw failure("'#' is followed by 1 to 5: '1#2' is the second Monday", parts[1])
            }
            dates.weekdays.ordinals.append(Ordinal(n: n, weekday: weekday))
        } else if item.text.uppercased().hasSuffix("L"), !item.text.contains("-") {
            let weekday = try value(item.dropLast(), .dayOfWeek) % 7
            dates.weekdays.ordinals.append(Ordinal(n: -1, weekday: weekday))
        } else {
            let days = try values(item, .dayOfWeek)
            dates.weekdays.days |= UInt8(truncatingIfNeeded: (days | days >> 7) & 0x7F)
        }
    }
}
