import Testing
import Values

@testable import Schedule

@Suite struct CalendarTests {
    @Test(
        arguments: [
            (
                ["frequency": "monthly", "days": [-1], "at": "06:00"],
                ["2026-01-31T06:00", "2026-02-28T06:00", "2026-03-31T06:00", "2026-04-30T06:00"]
            ),
            (
                ["frequency": "weekly", "weekdays": ["monday"], "at": "06:00"],
                ["2026-01-05T06:00", "2026-01-12T06:00"]
            ),
            (
                ["frequency": "monthly", "weekdays": ["2 tuesday", "-1 friday"], "at": "06:00"],
                ["2026-01-13T06:00", "2026-01-30T06:00", "2026-02-10T06:00", "2026-02-27T06:00"]
            ),
            (
                ["frequency": "daily", "at": ["18:00", "06:00:30", "06:00:30"]],
                ["2026-01-01T06:00:30", "2026-01-01T18:00", "2026-01-02T06:00:30"]
            ),
            (
                [
                    "frequency": "daily", "weekdays": ["sat", "SUN"], "months": ["mar", 12],
                    "at": "09:00",
                ],
                ["2026-03-01T09:00", "2026-03-07T09:00", "2026-03-08T09:00"]
            ),
            (
                ["frequency": "monthly", "days": 13, "weekdays": "friday", "at": "00:00"],
                ["2026-02-13T00:00", "2026-03-13T00:00", "2026-11-13T00:00", "2027-08-13T00:00"]
            ),
            (
                ["frequency": "monthly", "days": 31, "at": "12:00"],
                ["2026-01-31T12:00", "2026-03-31T12:00", "2026-05-31T12:00", "2026-07-31T12:00"]
            ),
            (
                ["frequency": "yearly", "months": "february", "days": 29, "at": "12:00"],
                ["2028-02-29T12:00", "2032-02-29T12:00"]
            ),
            (
                ["frequency": "yearly", "months": [11], "weekdays": ["4 thursday"], "at": "12:00"],
                ["2026-11-26T12:00", "2027-11-25T12:00"]
            ),
        ] as [(Value, [String])])
    func calendarsAreReadAsTheyAreSaid(value: Value, expected: [String]) throws {
        let found = try calendar(value).nominal(after: "2025-12-31T23:59:59Z", expected.count)
        #expect(found == expected)
    }

    @Test func intervalsAreCountedFromTheirDate() throws {
        let everyThirdDay = try calendar(
            ["frequency": "daily", "interval": 3, "at": "06:00"], from: "2026-02-27")
        #expect(
            try everyThirdDay.nominal(after: "2000-01-01T00:00:00Z", 3)
                == ["2026-02-27T06:00", "2026-03-02T06:00", "2026-03-05T06:00"])
        // 1 January 2026 is a Thursday: its week began on 29 December.
        let everySecondWeek = try calendar(
            [
                "frequency": "weekly", "interval": 2, "weekdays": ["monday", "friday"],
                "at": "06:00",
            ],
            from: "2026-01-01")
        #expect(
            try everySecondWeek.nominal(after: "2000-01-01T00:00:00Z", 4)
                == ["2026-01-02T06:00", "2026-01-12T06:00", "2026-01-16T06:00", "2026-01-26T06:00"])
        let everyQuarter = try calendar(
            ["frequency": "monthly", "interval": 3, "days": -1, "at": "06:00"], from: "2026-01-31")
        #expect(
            try everyQuarter.nominal(after: "2000-01-01T00:00:00Z", 3)
                == ["2026-01-31T06:00", "2026-04-30T06:00", "2026-07-31T06:00"])
        let everyFourthYear = try calendar(
            ["frequency": "yearly", "interval": 4, "months": 2, "days": 29, "at": "06:00"],
            from: "2028-01-01")
        #expect(
            try everyFourthYear.nominal(after: "2090-01-01T00:00:00Z", 3)
                == ["2092-02-29T06:00", "2096-02-29T06:00", "2104-02-29T06:00"])
    }

    @Test func aDateBoundsACalendarWithoutInterval() throws {
        let rule = try calendar(["frequency": "daily", "at": "06:00"], from: "2026-05-05")
        #expect(try rule.nominal(after: "2000-01-01T00:00:00Z", 1) == ["2026-05-05T06:00"])
        #expect(rule.next(after: .distantPast)?.identity == "2026-05-05T06:00")
    }

    @Test(
        arguments: [
            (["at": "06:00"], "/calendar", "a calendar needs a 'frequency'"),
            (
                ["frequency": "daily"], "/calendar",
                "a calendar needs 'at', the time of day: '06:00'"
            ),
            (
                ["frequency": "montly", "at": "06:00"], "/calendar/frequency",
                "'montly' is no frequency; did you mean 'monthly'?"
            ),
            (
                ["frequency": "hourly", "at": "06:00"], "/calendar/frequency",
                "'hourly' is no frequency; known are daily, weekly, monthly, yearly"
            ),
            (
                ["frequency": "daily", "weekday": "monday", "at": "06:00"], "/calendar/weekday",
                "a calendar has no 'weekday'; did you mean 'weekdays'?"
            ),
            (
                ["frequency": "weekly", "at": "06:00"], "/calendar",
                "a weekly calendar needs 'weekdays'"
            ),
            (
                ["frequency": "monthly", "at": "06:00"], "/calendar",
                "a monthly calendar needs 'days' or 'weekdays'"
            ),
            (
                ["frequency": "yearly", "days": 1, "at": "06:00"], "/calendar",
                "a yearly calendar needs 'months'"
            ),
            (
                ["frequency": "weekly", "weekdays": "mon", "days": 1, "at": "06:00"],
                "/calendar/days",
                "a week has no days of the month; use frequency monthly"
            ),
            (
                ["frequency": "weekly", "weekdays": ["mon", "2 tue"], "at": "06:00"],
                "/calendar/weekdays/1", "'2 tue' needs frequency monthly or yearly"
            ),
            (
                ["frequency": "monthly", "weekdays": ["6 tue"], "at": "06:00"],
                "/calendar/weekdays/0", "a weekday is 'monday', '2 monday' or '-1 monday'"
            ),
            (
                ["frequency": "weekly", "weekdays": ["mon", "tusday"], "at": "06:00"],
                "/calendar/weekdays/1", "'tusday' is no weekday; did you mean 'tuesday'?"
            ),
            (
                ["frequency": "monthly", "days": [1, 0], "at": "06:00"], "/calendar/days/1",
                "a day is 1 to 31, or -1 for the last to -31, not 0"
            ),
            (
                ["frequency": "monthly", "days": .int(.min), "at": "06:00"], "/calendar/days",
                "a day is 1 to 31, or -1 for the last to -31, not -9223372036854775808"
            ),
            (
                ["frequency": "daily", "months": "agust", "at": "06:00"], "/calendar/months",
                "a month is 1 to 12 or a name, not 'agust'; did you mean 'august'?"
            ),
            (
                ["frequency": "daily", "at": "24:00"], "/calendar/at",
                "a time of day is '06:00' or '06:00:30', up to 23:59, not '24:00'"
            ),
            (
                ["frequency": "daily", "at": ["06:00", "6:00"]], "/calendar/at/1",
                "a time of day is '06:00' or '06:00:30', up to 23:59, not '6:00'"
            ),
            (["frequency": "daily", "at": []], "/calendar/at", "'at' is empty"),
            (
                ["frequency": "daily", "interval": 0, "at": "06:00"], "/calendar/interval",
                "'interval' is a number from 1 to 1000, not 0"
            ),
            (
                ["frequency": "daily", "interval": 2, "at": "06:00"], "/calendar/interval",
                "an interval of 2 needs 'from', the date from which it is counted"
            ),
            (
                ["frequency": "yearly", "months": 2, "days": 30, "at": "06:00"], "/calendar",
                "no date ever matches this calendar"
            ),
        ] as [(Value, String, String)])
    func whatIsNoCalendarIsRefusedAtItsPlace(
        value: Value, pointer: String, message: String
    ) throws {
        let error = try failure(["calendar": value])
        #expect(error.message == message)
        #expect(error.pointer == pointer)
    }

    @Test func aDateIsNoMomentAndMustExist() throws {
        for from in ["2026-02-29", "2026-01-01T00:00:00Z", "tomorrow"] {
            let error = try failure([
                "calendar": ["frequency": "daily", "at": "06:00"], "from": .string(from),
            ])
            #expect(error.pointer == "/from")
        }
    }

    @Test func anIntervalThatNeverMeetsItsDayIsRefused() throws {
        let error = try failure([
            "calendar": [
                "frequency": "yearly", "interval": 4, "months": 2, "days": 29, "at": "06:00",
            ],
            "from": "2027-01-01",
        ])
        #expect(error.message == "no date ever matches this calendar")
    }
}
