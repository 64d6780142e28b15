import Foundation
import Testing
import Values

@testable import Schedule

/// All changes of all zones from 2000 to 2040, some 13,600.
@Suite struct ZoneProperties {
    private static let years: ClosedRange<Int64> = 946_684_800...2_240_611_199
    private static let parts = 8

    private struct Change {
        let second: Int64
        let before: Int64
        let after: Int64

        /// Two hours around it, by the quarter of an hour: what the clocks show at each.
        func locals() -> [(second: Int64, local: Int64)] {
            let first = second - 2 * 3600
            let quarters = stride(from: first - first % 900, through: second + 2 * 3600, by: 900)
            // Some clocks change at a minute past midnight.
            let seconds = second % 900 == 0 ? Array(quarters) : (quarters + [second]).sorted()
            return seconds.map { ($0, $0 + ($0 < second ? before : after)) }
        }
    }

    private static func changes(of zone: TimeZone) -> [Change] {
        var result: [Change] = []
        var date = Date(timeIntervalSince1970: Double(years.lowerBound))
        while let next = zone.nextDaylightSavingTimeTransition(after: date),
            Int64(next.timeIntervalSince1970) < years.upperBound
        {
            date = next
            result.append(
                Change(
                    second: Int64(next.timeIntervalSince1970),
                    before: Int64(zone.secondsFromGMT(for: next.addingTimeInterval(-1))),
                    after: Int64(zone.secondsFromGMT(for: next))))
        }
        return result
    }

    @Test(arguments: 0..<parts)
    func everyChangeOfEveryZoneKeepsTheRule(part: Int) throws {
        var count = 0
        var problems: [String] = []
        for (index, name) in zoneNames.enumerated()
        where index % Self.parts == part {
            let zone = try #require(TimeZone(identifier: name))
            let named = try cron("0,30 0-22 * * *", name)
            let clock = try cron("0,30 * * * *", name)
            for change in Self.changes(of: zone) {
                count += 1
                let locals = change.locals()
                let range = (
                    Timestamp(seconds: (locals.first?.second ?? 0) - 1),
                    Timestamp(seconds: locals.last?.second ?? 0)
                )
                let followed = clock.occurrences(after: range.0, upTo: range.1, limit: 100)
                let found = named.occurrences(after: range.0, upTo: range.1, limit: 100)
                let isKept =
                    followed.map(\.instant.seconds)
                    == locals.filter { $0.local % 1_800 == 0 }.map(\.second)
                    && found.map(\.instant.seconds) == expected(change, locals)
                    && areUnlike(followed) && areUnlike(found)
                let keepsDay = try keepsTheDay(change, locals, name)
                if !isKept || !keepsDay {
                    problems.append("\(name) at \(change.second)")
                }
            }
        }
        #expect(problems.prefix(9) == [])
        #expect(count > 1_000)
    }

    /// The identity is text of the nominal time and the fold.
    private func areUnlike(_ found: [Occurrence]) -> Bool {
        Set(found.map { $0.nominal.seconds * 2 + Int64($0.fold) }).count == found.count
    }

    /// Where the change leads to another date: a rule for the earlier one alone, which has nothing
    /// to do for the rest of the year.
    private func keepsTheDay(
        _ change: Change, _ locals: [(second: Int64, local: Int64)], _ zone: String
    ) throws -> Bool {
        let last = Timestamp(seconds: change.second + change.before - 1).civil()
        let next = Timestamp(seconds: change.second + change.after).civil()
        guard last.day != next.day || last.hour == 23 else { return true }
        let rule = try cron("0,30 * \(last.day) \(last.month) *", zone)
        let found = rule.occurrences(
            after: Timestamp(seconds: (locals.first?.second ?? 0) - 1),
            upTo: Timestamp(seconds: locals.last?.second ?? 0), limit: 100)
        let expected = locals.filter {
            $0.local % 1_800 == 0 && Timestamp(seconds: $0.local).civil().day == last.day
        }
        return found.map(\.instant.seconds) == expected.map(\.second)
    }

    /// Times from 00:00 to 22:30, each once; the first instant after a gap in which one lies.
    private func expected(_ change: Change, _ locals: [(second: Int64, local: Int64)]) -> [Int64] {
        func isNamed(_ local: Int64) -> Bool {
            local % 1_800 == 0 && (local % 86_400 + 86_400) % 86_400 < 23 * 3600
        }
        let gap = stride(
            from: change.second + change.before, to: change.second + change.after, by: 60)
        return locals.filter { entry in
            if entry.second < change.second { return isNamed(entry.local) }
            if entry.second == change.second, gap.contains(where: isNamed) { return true }
            return entry.local >= change.second + change.before && isNamed(entry.local)
        }.map(\.second)
    }

    /// Forty-one years of the month's last day in every zone: 492 occurrences, none lost.
    @Test(arguments: 0..<parts)
    func noMonthIsLostInAnyZone(part: Int) throws {
        var problems: [String] = []
        for (index, name) in zoneNames.enumerated()
        where index % Self.parts == part {
            let rule = try calendar(
                ["frequency": "monthly", "days": -1, "at": "02:30"], zone: name)
            let found = rule.occurrences(
                after: Timestamp(seconds: Self.years.lowerBound - 10 * 3600),
                upTo: Timestamp(seconds: Self.years.upperBound + 14 * 3600), limit: 1_000)
            let inside = found.filter { Self.years.contains($0.nominal.seconds) }
            let increase = zip(found, found.dropFirst()).allSatisfy { $0.instant < $1.instant }
            if inside.count != 492 || !increase { problems.append("\(name): \(inside.count)") }
        }
        #expect(problems.prefix(9) == [])
    }
}

@Suite struct MonthProperties {
    private static func isLeap(_ year: Int) -> Bool {
        year % 400 == 0 || year % 4 == 0 && year % 100 != 0
    }

    private static func length(_ month: Int, _ year: Int) -> Int {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    private static func text(_ year: Int, _ month: Int, _ day: Int) -> String {
        let digits = [year + 10_000, month + 100, day + 100].map { String("\($0)".dropFirst()) }
        return digits.joined(separator: "-")
    }

    /// 10,000 times: the next 29th, 30th, 31st or last day, by going through the months.
    @Test func monthEndsAreFoundInAnyYear() throws {
        var generator = SeededGenerator(seed: 3)
        let days = [28, 29, 30, 31, -1, -2, -29, -30, -31]
        let rules = try days.map {
            try calendar(["frequency": "monthly", "days": .int(Int64($0)), "at": "12:00"])
        }
        var problems: [String] = []
        for _ in 0..<10_000 {
            let choice = generator.int(0...days.count - 1)
            var (year, month) = (generator.int(1...9_990), generator.int(1...12))
            let start = try moment(
                Self.text(year, month, generator.int(1...28)) + "T12:00:00Z")
            var expected = ""
            repeat {
                let length = Self.length(month, year)
                let day = days[choice] > 0 ? days[choice] : length + 1 + days[choice]
                let text = Self.text(year, month, day)
                if day >= 1, day <= length, let instant = Timestamp(rfc3339: text + "T12:00:00Z"),
                    instant > start
                {
                    expected = text + "T12:00"
                }
                (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
            } while expected.isEmpty
            if rules[choice].next(after: start)?.identity != expected {
                problems.append("day \(days[choice]) after \(start.rfc3339)")
            }
        }
        #expect(problems.prefix(9) == [])
    }

    /// 10,000 times: the next 29 February.
    @Test func leapDaysAreFoundInAnyYear() throws {
        var generator = SeededGenerator(seed: 4)
        let rule = try cron("0 12 29 2 *")
        var problems: [String] = []
        for _ in 0..<10_000 {
            var year = generator.int(1...9_980)
            let start = try moment(Self.text(year, generator.int(3...12), 1) + "T00:00:00Z")
            repeat { year += 1 } while !Self.isLeap(year)
            if rule.next(after: start)?.identity != Self.text(year, 2, 29) + "T12:00" {
                problems.append("after \(start.rfc3339)")
            }
        }
        #expect(problems.prefix(9) == [])
    }
}
