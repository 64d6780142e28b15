import Testing
import Values

@testable import Schedule

/// Weeks and months that begin at local midnights: every moment is in one of them, in whatever zone, and the one after
/// the end of January is February.
@Suite struct CyclePartitionTests {
    private static let week = "0 0 * * 1"
    private static let month = "0 0 1 * *"

    @Test func everyMomentIsInOneCycle() throws {
        var generator = SeededGenerator(seed: 19)
        var rules: [String: Rule] = [:]
        let (first, last) = (try moment("2000-01-01T00:00:00Z"), try moment("2040-01-01T00:00:00Z"))
        for _ in 0..<10_000 {
            let (zone, text) = (
                generator.pick(zoneNames), generator.chance(50) ? Self.week : Self.month
            )
            let rule = try rules["\(zone) \(text)"] ?? cron(text, zone)
            rules["\(zone) \(text)"] = rule
            let at = Timestamp(
                milliseconds: Int64.random(
                    in: first.milliseconds...last.milliseconds, using: &generator))
            let begun = try #require(rule.last(before: at + .milliseconds(1)), "\(zone) \(at)")
            let end = try #require(
                rule.occurrences(after: at, upTo: .distantFuture, limit: 1).first, "\(zone) \(at)")
            #expect(begun.instant <= at && at < end.instant)
            // It joins the one before and the one after, to the instant.
            #expect(rule.last(before: end.instant) == begun, "\(zone) \(at)")
            #expect(
                rule.occurrences(after: begun.instant, upTo: .distantFuture, limit: 1).first == end)
            if text == Self.month {
                #expect(try next(month: begun.identity) == end.identity, "\(zone) \(at)")
            }
        }
    }

    /// `2026-02-01T00:00` of `2026-01-01T00:00`.
    private func next(month identity: String) throws -> String {
        let parts = identity.split(separator: "-")
        let (year, month) = (try #require(Int(parts[0])), try #require(Int(parts[1])))
        let (nextYear, nextMonth) = month == 12 ? (year + 1, 1) : (year, month + 1)
        return "\(nextYear)-\(nextMonth < 10 ? "0" : "")\(nextMonth)-01T00:00"
    }

    /// Hours of the span that ends at the first occurrence after a moment.
    private func hours(_ text: String, _ zone: String, after instant: String) throws -> Int64 {
        let found = try cron(text, zone).occurrences(
            after: try moment(instant), upTo: .distantFuture, limit: 2)
        return (found[1].instant - found[0].instant).components.seconds / 3_600
    }

    @Test func whatTheClocksDoIsInTheLengthOfACycle() throws {
        let berlin = "Europe/Berlin"
        #expect(try hours(Self.week, berlin, after: "2026-03-20T00:00:00Z") == 167)
        #expect(try hours(Self.week, berlin, after: "2026-10-16T00:00:00Z") == 169)
        #expect(try hours(Self.month, berlin, after: "2026-02-20T00:00:00Z") == 743)
        #expect(try hours(Self.month, berlin, after: "2026-09-20T00:00:00Z") == 745)
        #expect(try hours(Self.month, berlin, after: "2026-01-20T00:00:00Z") == 28 * 24)
    }

    @Test func aMidnightThatIsSkippedIsTheFirstInstantAfterTheGap() throws {
        #expect(
            try cron(Self.month, "Asia/Damascus").times(
                from: "2011-03-31T00:00:00Z", to: "2011-04-02T00:00:00Z")
                == ["2011-04-01T00:00 22:00:00Z"])
        #expect(
            try cron(Self.week, "Asia/Tehran").times(
                from: "2021-03-20T00:00:00Z", to: "2021-03-23T00:00:00Z")
                == ["2021-03-22T00:00 20:30:00Z"])
    }
}
