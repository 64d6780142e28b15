import Testing
import Values

@testable import Schedule

@Suite struct RuleTests {
    @Test(
        arguments: [
            ([:], "", "a schedule needs 'cron', 'every' or 'calendar'"),
            (7, "", "a schedule is a map, not 7"),
            (["crn": "* * * * *"], "/crn", "a schedule has no 'crn'; did you mean 'cron'?"),
            (["a/b": 1, "cron": "* * * * *"], "/a~1b", "a schedule has no 'a/b'"),
            (["cron": 5], "/cron", "'cron' is a text, not 5"),
            (
                ["cron": "* * * * *", "every": "1m"], "/every",
                "a schedule has either 'cron' or 'every', not both"
            ),
            (
                ["cron": "* * * * *", "from": "2026-01-01T00:00:00Z"], "/from",
                "'from' belongs to 'every' and 'calendar'; cron has no beginning"
            ),
            (["every": "fast"], "/every", "'every' is a duration such as 15m or PT1H, not 'fast'"),
            (["every": "500ms"], "/every", "'every' is at least one second"),
            (["every": "-1h"], "/every", "'every' is at least one second"),
            (["every": "1500ms"], "/every", "'every' is a whole number of seconds"),
            (["every": "1h", "zone": "UTC"], "/zone", "'every' counts real time and has no zone"),
            (
                ["every": "1h", "from": "2026-01-01"], "/from",
                "'from' is a moment such as 2026-01-01T00:00:00Z, not '2026-01-01'"
            ),
            (
                ["every": "1h", "from": "2026-01-01T00:00:00.5Z"], "/from",
                "'from' is a whole second"
            ),
        ] as [(Value, String, String)])
    func whatIsNoRuleIsRefusedAtItsPlace(value: Value, pointer: String, message: String) throws {
        let error = try failure(value)
        #expect(error.message == message)
        #expect(error.pointer == pointer)
        #expect(error.place == nil)
    }

    @Test(arguments: [
        ("Europe/Mosccow", "there is no time zone 'Europe/Mosccow'; did you mean 'Europe/Moscow'?"),
        ("europe/berlin", "there is no time zone 'europe/berlin'; did you mean 'Europe/Berlin'?"),
        (
            "Pacific/Auklnad",
            "there is no time zone 'Pacific/Auklnad'; did you mean 'Pacific/Auckland'?"
        ),
        ("GMT+3", "there is no time zone 'GMT+3'"),
        ("Mars/Olympus", "there is no time zone 'Mars/Olympus'"),
        ("", "there is no time zone ''"),
    ])
    func anUnknownZoneIsRefusedWithTheNearestName(zone: String, message: String) throws {
        let error = try failure(["cron": "0 6 * * *", "zone": .string(zone)])
        #expect(error.pointer == "/zone")
        #expect(error.message.hasPrefix(message))
    }

    @Test(arguments: [
        "UTC", "Etc/UTC", "US/Eastern", "Asia/Calcutta", "Europe/Kyiv", "Europe/Kiev",
    ])
    func oldAndNewNamesOfZonesAreKnown(zone: String) throws {
        #expect(try cron("0 6 * * *", zone).zone == zone)
    }

    @Test func theCallersZoneHoldsWhereNoneIsNamed() throws {
        let rule = try Rule(parsing: ["cron": "0 6 * * *"], defaultZone: "Asia/Tokyo")
        #expect(rule.zone == "Asia/Tokyo")
        #expect(
            rule.next(after: try moment("2026-01-01T00:00:00Z"))?.instant
                == (try moment("2026-01-01T21:00:00Z")))
    }

    @Test func thePolicysWordsStandBesideTheRules() throws {
        let value: Value = ["cron": "0 6 * * *", "overlap": "skip"]
        #expect(try failure(value).pointer == "/overlap")
        _ = try Rule(parsing: value, defaultZone: "UTC", besides: SchedulePolicy.words)
    }

    @Test func anIntervalKeepsRealTimeFromItsAnchorOn() throws {
        let rule = try Rule(
            parsing: ["every": "15m", "from": "2026-03-29T00:40:00Z"], defaultZone: "Europe/Berlin")
        #expect(
            try rule.nominal(after: "2020-01-01T00:00:00Z", 3)
                == ["2026-03-29T00:40Z", "2026-03-29T00:55Z", "2026-03-29T01:10Z"])
        #expect(
            rule.next(after: try moment("2026-03-29T00:55:00Z"))?.identity == "2026-03-29T01:10Z")
        #expect(rule.zone == "UTC")
    }

    @Test func anIntervalWithoutAnchorStandsOnTheEpoch() throws {
        let rule = try Rule(parsing: ["every": .duration(.seconds(7_200))], defaultZone: "UTC")
        #expect(
            try rule.nominal(after: "2026-01-01T00:00:00.5Z", 2)
                == ["2026-01-01T02:00Z", "2026-01-01T04:00Z"])
        #expect(rule.next(after: .distantFuture) == nil)
        let longest = try Rule(
            parsing: ["every": "P3652500D", "from": "9999-12-31T23:59:59Z"], defaultZone: "UTC")
        #expect(longest.next(after: .distantPast)?.identity == "9999-12-31T23:59:59Z")
    }

    @Test func queriesAreOpenBelowAndClosedAbove() throws {
        let rule = try cron("0 * * * *")
        let (one, three) = (try moment("2026-01-01T01:00:00Z"), try moment("2026-01-01T03:00:00Z"))
        let found = rule.occurrences(after: one, upTo: three, limit: 10)
        #expect(found.map(\.identity) == ["2026-01-01T02:00", "2026-01-01T03:00"])
        #expect(rule.occurrences(after: three, upTo: one, limit: 10) == [])
        #expect(rule.occurrences(after: one, upTo: one, limit: 10) == [])
        #expect(rule.occurrences(after: one, upTo: three, limit: 0) == [])
        #expect(rule.occurrences(after: one, upTo: three, limit: -1) == [])
    }

    @Test func aBackfillCountsMoreThanItLists() throws {
        let (from, to) = (try moment("2026-01-01T00:00:00Z"), try moment("2026-02-01T00:00:00Z"))
        let daily = try cron("0 0 * * *").backfill(from: from, to: to, limit: 3)
        #expect(daily.count == 31 && !daily.isCountCut)
        #expect(
            daily.occurrences.map(\.identity)
                == ["2026-01-01T00:00", "2026-01-02T00:00", "2026-01-03T00:00"])
        let seconds = try cron("* * * * * *").backfill(from: from, to: to, limit: 0)
        #expect(seconds.occurrences == [] && seconds.isCountCut)
        #expect(seconds.count == Backfill.countLimit)
    }

    @Test func jitterIsStableEvenAndBelowItsLimit() throws {
        let found = try cron("*/5 * * * *").occurrences(
            after: try moment("2026-01-01T00:00:00Z"), upTo: .distantFuture, limit: 20_000)
        var buckets = [Int](repeating: 0, count: 20)
        for occurrence in found {
            let jitter = occurrence.jitter(seed: 0xcbf2_9ce4_8422_2325, within: .seconds(20))
            #expect(jitter >= .zero && jitter < .seconds(20))
            buckets[Int(jitter.components.seconds)] += 1
        }
        // 1,000 each; six standard deviations.
        #expect(buckets.allSatisfy { (810...1_190).contains($0) }, "\(buckets)")
        let first = try #require(found.first)
        #expect(
            first.jitter(seed: 1, within: .seconds(20))
                != first.jitter(seed: 2, within: .seconds(20)))
        #expect(first.jitter(seed: 1, within: .zero) == .zero)
        #expect(first.jitter(seed: 1, within: .seconds(-1)) == .zero)
        #expect(first.jitter(seed: 1, within: .seconds(Int64.max)) > .zero)
        #expect(first.identity == "2026-01-01T00:05")
    }
}
