import Testing
import Values

@testable import Schedule

/// Berlin's clocks jumped from 02:00 to 03:00 on 29 March 2026 (01:00 UTC) and go back from 03:00
/// to 02:00 on 25 October 2026 (01:00 UTC).
@Suite struct DaylightSavingTests {
    @Test func aTimeInTheGapRunsAsTheGapEnds() throws {
        let rule = try cron("30 2 * * *", "Europe/Berlin")
        #expect(
            try rule.times(from: "2026-03-28T00:00:00Z", to: "2026-03-31T00:00:00Z") == [
                "2026-03-28T02:30 01:30:00Z", "2026-03-29T02:30 01:00:00Z",
                "2026-03-30T02:30 00:30:00Z",
            ])
    }

    @Test func severalTimesInOneGapRunOnceUnderTheFirstName() throws {
        let rule = try cron("0,20,40 2 * * *", "Europe/Berlin")
        #expect(
            try rule.times(from: "2026-03-29T00:00:00Z", to: "2026-03-30T00:00:00Z")
                == ["2026-03-29T02:00 01:00:00Z"])
    }

    @Test func aTimeInTheGapYieldsToTheOneThatTheClocksShowAfterIt() throws {
        let rule = try cron("30 2,3 * * *", "Europe/Berlin")
        #expect(
            try rule.times(from: "2026-03-29T00:00:00Z", to: "2026-03-30T00:00:00Z")
                == ["2026-03-29T02:30 01:00:00Z", "2026-03-29T03:30 01:30:00Z"])
        let onTheHour = try cron("0,30 2,3 * * *", "Europe/Berlin")
        #expect(
            try onTheHour.times(from: "2026-03-29T00:00:00Z", to: "2026-03-30T00:00:00Z")
                == ["2026-03-29T03:00 01:00:00Z", "2026-03-29T03:30 01:30:00Z"])
    }

    @Test func aTimeThatIsShownTwiceRunsTheFirstTime() throws {
        let rule = try cron("30 2 * * *", "Europe/Berlin")
        #expect(
            try rule.times(from: "2026-10-24T22:00:00Z", to: "2026-10-26T12:00:00Z")
                == ["2026-10-25T02:30 00:30:00Z", "2026-10-26T02:30 01:30:00Z"])
    }

    @Test func everyQuarterOfAnHourKeepsRealTime() throws {
        let rule = try cron("*/15 * * * *", "Europe/Berlin")
        #expect(rule.followsClock)
        #expect(
            try rule.times(from: "2026-03-29T00:30:00Z", to: "2026-03-29T01:30:00Z") == [
                "2026-03-29T01:30 00:30:00Z", "2026-03-29T01:45 00:45:00Z",
                "2026-03-29T03:00 01:00:00Z", "2026-03-29T03:15 01:15:00Z",
            ])
        #expect(
            try rule.times(from: "2026-10-25T00:30:00Z", to: "2026-10-25T01:45:00Z") == [
                "2026-10-25T02:30 00:30:00Z", "2026-10-25T02:45 00:45:00Z",
                "2026-10-25T02:00~1 01:00:00Z", "2026-10-25T02:15~1 01:15:00Z",
                "2026-10-25T02:30~1 01:30:00Z",
            ])
    }

    @Test(arguments: [
        ("0 * * * *", true), ("0 0-23 * * *", true), ("0 */1 * * *", true),
        ("0 */2 * * *", false), ("* 2 * * *", false), ("0 0-22 * * *", false),
    ])
    func aRuleFollowsTheClockIfItNamesEveryHour(text: String, follows: Bool) throws {
        #expect(try cron(text).followsClock == follows)
    }

    @Test func calendarsNameTheirTimes() throws {
        let rule = try calendar(
            ["frequency": "daily", "at": ["02:30", "23:00"]], zone: "Europe/Berlin")
        #expect(
            try rule.times(from: "2026-03-29T00:00:00Z", to: "2026-03-29T23:00:00Z")
                == ["2026-03-29T02:30 01:00:00Z", "2026-03-29T23:00 21:00:00Z"])
        #expect(
            try rule.times(from: "2026-10-25T00:00:00Z", to: "2026-10-26T00:00:00Z")
                == ["2026-10-25T02:30 00:30:00Z", "2026-10-25T23:00 22:00:00Z"])
    }

    @Test func anHourThatIsRepeatedAcrossMidnightBelongsToItsDay() throws {
        // Beirut's clocks went back from 00:00 on Sunday to 23:00 on Saturday, 26 October 2025.
        let rule = try cron("30 * * * 6L", "Asia/Beirut")
        #expect(
            try rule.times(from: "2025-10-25T19:00:00Z", to: "2025-10-26T12:00:00Z") == [
                "2025-10-25T22:30 19:30:00Z", "2025-10-25T23:30 20:30:00Z",
                "2025-10-25T23:30~1 21:30:00Z",
            ])
    }

    @Test func midnightMayBeInTheGap() throws {
        // Cairo's clocks jumped from 00:00 to 01:00 on 24 April 2026.
        let rule = try cron("@daily", "Africa/Cairo")
        #expect(
            try rule.times(from: "2026-04-23T12:00:00Z", to: "2026-04-25T12:00:00Z")
                == ["2026-04-24T00:00 22:00:00Z", "2026-04-25T00:00 21:00:00Z"])
    }

    @Test func aWholeDayMayBeInTheGap() throws {
        // Samoa left out 30 December 2011.
        let rule = try cron("0 6,18 * * *", "Pacific/Apia")
        #expect(
            try rule.times(from: "2011-12-29T12:00:00Z", to: "2011-12-31T12:00:00Z") == [
                "2011-12-29T06:00 16:00:00Z", "2011-12-29T18:00 04:00:00Z",
                "2011-12-30T06:00 10:00:00Z", "2011-12-31T06:00 16:00:00Z",
                "2011-12-31T18:00 04:00:00Z",
            ])
        let month = try calendar(
            ["frequency": "monthly", "days": 30, "at": "06:00"], zone: "Pacific/Apia")
        #expect(
            try month.times(from: "2011-12-01T00:00:00Z", to: "2012-01-15T00:00:00Z")
                == ["2011-12-30T06:00 10:00:00Z"])
    }

    @Test func halfHoursAreGapsAndOverlapsToo() throws {
        // Lord Howe: 02:00 to 02:30 on 4 October 2026, 02:00 to 01:30 on 5 April 2026.
        let rule = try cron("15 2 * * *", "Australia/Lord_Howe")
        #expect(
            try rule.times(from: "2026-10-03T00:00:00Z", to: "2026-10-04T00:00:00Z")
                == ["2026-10-04T02:15 15:30:00Z"])
        let twice = try cron("45 1 * * *", "Australia/Lord_Howe")
        #expect(
            try twice.times(from: "2026-04-04T00:00:00Z", to: "2026-04-05T00:00:00Z")
                == ["2026-04-05T01:45 14:45:00Z"])
    }

    @Test func aQueryMayBeginInsideOfAGapOrAnOverlap() throws {
        let rule = try cron("30 2 * * *", "Europe/Berlin")
        let gap = try moment("2026-03-29T01:00:00Z")
        #expect(rule.next(after: gap - .nanoseconds(1))?.identity == "2026-03-29T02:30")
        #expect(rule.next(after: gap)?.identity == "2026-03-30T02:30")
        #expect(
            rule.next(after: try moment("2026-10-25T00:30:00Z"))?.identity == "2026-10-26T02:30")
        let clock = try cron("30 * * * *", "Europe/Berlin")
        #expect(
            clock.next(after: try moment("2026-10-25T00:30:00Z"))?.identity == "2026-10-25T02:30~1")
    }

    @Test func farYearsKeepTheLastKnownRule() throws {
        let rule = try cron("30 2 * * *", "Europe/Berlin")
        // The last Sunday of March 9998 is the 29th.
        #expect(
            try rule.times(from: "9998-03-29T00:00:00Z", to: "9998-03-30T00:00:00Z")
                == ["9998-03-29T02:30 01:00:00Z"])
    }
}
