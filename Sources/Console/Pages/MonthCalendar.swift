import Values

/// A month of a schedule: days with what ran and what is planned. Weeks begin on Monday; days are those of UTC.
struct MonthCalendar: Sendable {
    struct Day: Sendable {
        let number: String
        let isOfMonth: Bool
        let isToday: Bool
        let marks: [Mark]
    }

    struct Mark: Sendable {
        /// `done skipped blocked planned`
        let mark: String
        let name: String
    }

    struct Week: Sendable {
        let days: [Day]
    }

    let name: String
    let weeks: [Week]
    let previous: String
    let following: String

    /// - Parameter month: `2026-11`; else that of now.
    init(
        _ month: String?, now: Timestamp, planned: [Value], log: [Value], path: String
    ) {
        let today = Self.day(of: now)
        let parts = (month ?? "").split(separator: "-").compactMap { Int($0) }
        let isGiven =
            parts.count == 2 && (1...12).contains(parts[1]) && (1970...9998).contains(parts[0])
        let current = now.rfc3339.prefix(7).split(separator: "-").compactMap { Int($0) }
        let (year, number) =
            isGiven ? (parts[0], parts[1]) : (current.first ?? 1970, current.last ?? 1)
        let first = Self.firstDay(year, number)
        let next = number == 12 ? Self.firstDay(year + 1, 1) : Self.firstDay(year, number + 1)
        let start = first - (first + 3) % 7
        let weeks = (next - start + 6) / 7
        var marks: [Int: [Mark]] = [:]
        for row in log {
            guard let at = row["occurrence"]?["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
            else { continue }
            let outcome = row["outcome"]?.stringValue ?? ""
            let mark =
                outcome == "skipped" ? "skipped" : outcome.hasPrefix("refus") ? "blocked" : "done"
            marks[Self.day(of: at), default: []].append(Mark(mark: mark, name: outcome))
        }
        for occurrence in planned {
            guard let at = occurrence["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)) else {
                continue
            }
            marks[Self.day(of: at), default: []].append(Mark(mark: "planned", name: "planned"))
        }
        self.weeks = (0..<weeks).map { week in
            Week(
                days: (0..<7).map { weekday in
                    let day = start + week * 7 + weekday
                    return Day(
                        number: "\(Self.dayOfMonth(day))", isOfMonth: (first..<next).contains(day),
                        isToday: day == today, marks: marks[day] ?? [])
                })
        }
        name = "\(Self.names[number - 1]) \(year)"
        previous =
            "\(path)?month="
            + Self.text(number == 1 ? year - 1 : year, number == 1 ? 12 : number - 1)
        following =
            "\(path)?month="
            + Self.text(number == 12 ? year + 1 : year, number == 12 ? 1 : number + 1)
    }

    private static let names = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    private static func text(_ year: Int, _ month: Int) -> String {
        "\(year)-\(month < 10 ? "0" : "")\(month)"
    }

    /// Days since 1970.
    private static func day(of moment: Timestamp) -> Int {
        Int(moment.seconds / 86_400) - (moment.seconds % 86_400 < 0 ? 1 : 0)
    }

    private static func firstDay(_ year: Int, _ month: Int) -> Int {
        Timestamp(rfc3339: "\(text(year, month))-01T00:00:00Z").map(day(of:)) ?? 0
    }

    private static func dayOfMonth(_ day: Int) -> Int {
        let text = Timestamp(milliseconds: Int64(day) * 86_400_000).rfc3339
        return Int(text.dropFirst(8).prefix(2)) ?? 0
    }
}
