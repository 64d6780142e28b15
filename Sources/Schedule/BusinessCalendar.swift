import Sabotage
import Values

/// On which days people work: weekends, holidays and working weekends, as data.
///
/// What is known ends somewhere: beyond `covers` only weekends count, and whoever computes there is told.
package struct BusinessCalendar: Sendable, Hashable {
    package struct Holiday: Sendable, Hashable {
        /// Days since 1970.
        package let day: Int64
        package let name: String
    }

    @ExactText package private(set) var name: String
    /// SHA-256 of what it says, hex: a due time remembers by what it was computed.
    package let contentHash: String
    /// IANA name; nil: the installation's.
    package let zone: String?
    /// Bit 0 is Sunday.
    let weekend: UInt8
    /// In order.
    package let holidays: [Holiday]
    private let free: Set<Int64>
    /// Days of the weekend that are worked on.
    private let worked: Set<Int64>
    /// Days since 1970, both of them known.
    package let covers: ClosedRange<Int64>

    /// Tells this content of it from others, short enough to stand beside every due time.
    package var stamp: String { "\(name)@\(contentHash.prefix(12))" }

    /// The last day of which it knows.
    package var knownUntil: String { Civil.text(ofDay: covers.upperBound) }

    /// That its end is near, where it is less than a year away.
    package func doubt(at now: Timestamp) -> String? {
        let today = now.seconds.flooredDivision(by: 86_400).quotient
        guard covers.upperBound < today + 365 else { return nil }
        return
            "the calendar '\(name)' knows holidays to \(knownUntil) only; "
            + "after that weekends alone count: add the next years' holidays and move 'covers'"
    }

    func isWorkday(_ day: Int64) -> Bool {
        guard !free.contains(day) || isMutant(.holidayWorked) else { return false }
        let weekday = (day + 4).flooredDivision(by: 7).remainder
        return weekend & (1 << UInt8(weekday)) == 0 || worked.contains(day)
    }

    /// The n-th working day after that day, before it where n is negative; for none that day or the next working one.
    func workday(_ n: Int64, from day: Int64) -> Int64 {
        var day = day
        guard n != 0 else {
            while !isWorkday(day) { day += 1 }
            return day
        }
        let step: Int64 = n > 0 ? 1 : -1
        var left = n.magnitude
        // A week has a working day and holidays are limited, so this ends.
        while left > 0 {
            day += step
            if isWorkday(day) { left -= 1 }
        }
        return day
    }
}

extension BusinessCalendar {
    package static let words = ["zone", "weekend", "holidays", "workdays", "covers", "description"]
    private static let listLimit = 5_000

    /// Reads `{zone: Europe/Berlin, weekend: [saturday, sunday], holidays: [{date: 2026-01-01, name: Neujahr}],
    /// workdays: [2026-12-19], covers: {from: 2026-01-01, until: 2028-12-31}}`.
    package init(
        name: String, contentHash: String, parsing value: Value
    ) throws(RuleError) {
        let fields = try Field(value, at: "").map(of: Self.words, "a calendar")
        zone = try fields["zone"].map { (field) throws(RuleError) in try Zone(field).name }
        weekend = try fields["weekend"]?.weekend() ?? 0b100_0001
        guard weekend != 0b111_1111 else {
            throw RuleError("a week of weekends has no working day", at: "/weekend")
        }
        let covers = try fields.required(
            "covers", "a calendar says what it knows: covers: {from: 2026-01-01, until: 2028-12-31}"
        ).span()
        _ = try fields["description"]?.text("'description'")
        let holidays = try fields["holidays"]?.holidays(Self.listLimit, within: covers) ?? []
        free = Set<Int64>(holidays.map(\.day))
        worked =
            try fields["workdays"]?.workdays(
                Self.listLimit, within: covers, weekend: weekend, free: free) ?? []
        _name = ExactText(name)
        self.contentHash = contentHash
        self.holidays = holidays.sorted { $0.day < $1.day }
        self.covers = covers
    }
}

extension Field {
    fileprivate func date() throws(RuleError) -> Int64 {
        guard let day = value.stringValue.flatMap({ Civil.day(parsing: $0) }) else {
            throw failure("a date is one such as 2026-12-25, not \(value.article)")
        }
        return day
    }

    fileprivate func date(within covers: ClosedRange<Int64>) throws(RuleError) -> Int64 {
        let day = try date()
        guard covers.contains(day) else {
            throw failure(
                "\(Civil.text(ofDay: day)) is outside of 'covers', "
                    + "\(Civil.text(ofDay: covers.lowerBound)) to \(Civil.text(ofDay: covers.upperBound)); widen it"
            )
        }
        return day
    }

    fileprivate func span() throws(RuleError) -> ClosedRange<Int64> {
        let fields = try map(of: ["from", "until"], "'covers'")
        let from = try fields.required("from", "'covers' needs 'from', its first day").date()
        let last = try fields.required("until", "'covers' needs 'until', its last day")
        let until = try last.date()
        guard from <= until else { throw last.failure("'covers' ends before it begins") }
        return from...until
    }

    fileprivate func weekend() throws(RuleError) -> UInt8 {
        guard case .list(let list) = value else {
            throw failure("'weekend' is a list such as [saturday, sunday]")
        }
        var days: UInt8 = 0
        for (index, element) in list.enumerated() {
            let field = Field(element, at: "\(pointer)/\(index)")
            days |= 1 << UInt8(try field.weekday(try field.text("a weekday")))
        }
        return days
    }

    fileprivate func holidays(
        _ limit: Int, within covers: ClosedRange<Int64>
    ) throws(RuleError) -> [BusinessCalendar.Holiday] {
        var known: Set<Int64> = []
        var result: [BusinessCalendar.Holiday] = []
        for element in try elements("'holidays'", limit: limit) {
            let fields = try element.map(of: ["date", "name"], "a holiday")
            let date = try fields.required("date", "a holiday needs its 'date'")
            let day = try date.date(within: covers)
            guard known.insert(day).inserted else {
                throw date.failure("\(Civil.text(ofDay: day)) is listed twice")
            }
            let name = try fields.required("name", "a holiday needs its 'name'").text("'name'")
            result.append(BusinessCalendar.Holiday(day: day, name: name))
        }
        return result
    }

    fileprivate func workdays(
        _ limit: Int, within covers: ClosedRange<Int64>, weekend: UInt8, free: Set<Int64>
    ) throws(RuleError) -> Set<Int64> {
        var result: Set<Int64> = []
        for element in try elements("'workdays'", limit: limit) {
            let day = try element.date(within: covers)
            let text = Civil.text(ofDay: day)
            guard !free.contains(day) else {
                throw element.failure("\(text) is a holiday too; it is one or the other")
            }
            let weekday = Int((day + 4).flooredDivision(by: 7).remainder)
            guard weekend & (1 << UInt8(weekday)) != 0 else {
                throw element.failure(
                    "\(text) is a \(CalendarNames.weekdays[weekday]) and worked on anyway; "
                        + "'workdays' are days of the weekend")
            }
            guard result.insert(day).inserted else {
                throw element.failure("\(text) is listed twice")
            }
        }
        return result
    }
}
