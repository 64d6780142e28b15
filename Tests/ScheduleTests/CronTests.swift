import Testing
import Values

@testable import Schedule

@Suite struct CronTests {
    /// crontab(5), Quartz's tutorial (with cron's weekdays) and Temporal's comments.
    @Test(arguments: [
        ("5 0 * * *", ["2026-01-01T00:05", "2026-01-02T00:05"]),
        ("15 14 1 * *", ["2026-01-01T14:15", "2026-02-01T14:15"]),
        ("0 22 * * 1-5", ["2026-01-01T22:00", "2026-01-02T22:00", "2026-01-05T22:00"]),
        ("23 0-23/2 * * *", ["2026-01-01T00:23", "2026-01-01T02:23"]),
        ("5 4 * * sun", ["2026-01-04T04:05", "2026-01-11T04:05"]),
        ("0 4 8-14 * *", ["2026-01-08T04:00", "2026-01-09T04:00"]),
        ("0 0 1 */2 *", ["2026-01-01T00:00", "2026-03-01T00:00", "2026-05-01T00:00"]),
        ("0 15 10 ? * 5L", ["2026-01-30T10:15", "2026-02-27T10:15", "2026-03-27T10:15"]),
        ("0 15 10 L * ?", ["2026-01-31T10:15", "2026-02-28T10:15", "2026-03-31T10:15"]),
        ("0 15 10 ? * 5#3", ["2026-01-16T10:15", "2026-02-20T10:15"]),
        ("0 0 12 1/5 * ?", ["2026-01-01T12:00", "2026-01-06T12:00", "2026-01-11T12:00"]),
        ("0 11 11 11 11 ?", ["2026-11-11T11:11", "2027-11-11T11:11"]),
        ("0 0/5 14,18 * * ?", ["2026-01-01T14:00", "2026-01-01T14:05"]),
        ("1-5/2,8 0 * * *", ["2026-01-01T00:01", "2026-01-01T00:03", "2026-01-01T00:05"]),
        ("*/20 * 10 0 * *", []),
    ])
    func examplesOfTheDocumentationMeanWhatItSays(text: String, expected: [String]) throws {
        guard !expected.isEmpty else {
            #expect(throws: RuleError.self) { try cron(text) }
            return
        }
        let found = try cron(text).nominal(after: "2025-12-31T23:59:59Z", expected.count)
        #expect(found == expected)
    }

    @Test(arguments: [
        ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"), ("@monthly", "0 0 1 * *"), ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"), ("  0\t6 * *   1 ", "0 6 * * 1"), ("0 6 * * MON", "0 6 * * 1"),
        ("0 6 * * monday", "0 6 * * 1"), ("0 6 * * 7", "0 6 * * 0"),
        ("0 6 * * 5-7", "0 6 * * 0,5,6"),
        ("0 6 * * fri-sun", "0 6 * * 5-7"), ("0 6 * * */2", "0 6 * * 0/2"),
        ("0 6 ? FEB-apr ?", "0 6 * 2-4 *"), ("0 0 6 * * 1", "0 6 * * 1"),
        ("5/15 * * * *", "5,20,35,50 * * * *"), ("0-59/20 * * * *", "*/20 * * * *"),
        ("0 6 WL * *", "0 6 lw * *"), ("0 6 * * 7L", "0 6 * * SunL"),
        ("0 6 * * 7#1", "0 6 * * sun#1"),
        ("0 6 1-15,L * *", "0 6 L,1-15 * *"),
    ])
    func theseAreTwoWaysToWriteOneRule(one: String, other: String) throws {
        let start = "2026-01-15T00:00:00Z"
        #expect(try cron(one).nominal(after: start, 20) == cron(other).nominal(after: start, 20))
    }

    @Test func secondsComeFirstOfSixFields() throws {
        #expect(
            try cron("*/20 30 6 * * *").nominal(after: "2026-01-01T00:00:00Z", 4) == [
                "2026-01-01T06:30", "2026-01-01T06:30:20", "2026-01-01T06:30:40",
                "2026-01-02T06:30",
            ])
    }

    @Test func eitherDayMatchesWhereBothAreRestricted() throws {
        #expect(
            try cron("30 4 1,15 * 5").nominal(after: "2026-01-01T12:00:00Z", 5) == [
                "2026-01-02T04:30", "2026-01-09T04:30", "2026-01-15T04:30", "2026-01-16T04:30",
                "2026-01-23T04:30",
            ])
    }

    @Test(arguments: ["0 6 */2 * MON", "0 6 */2,1 * MON"])
    func bothDaysMustMatchWhereOneBeginsWithAStar(text: String) throws {
        #expect(
            try cron(text).nominal(after: "2026-01-01T00:00:00Z", 4) == [
                "2026-01-05T06:00", "2026-01-19T06:00", "2026-02-09T06:00", "2026-02-23T06:00",
            ])
    }

    @Test func theNearestWorkingDayStaysInItsMonth() throws {
        // 1 August 2026 is a Saturday, 31 May 2026 a Sunday, 15 March 2026 a Sunday.
        #expect(
            try cron("0 9 1W 8 *").nominal(after: "2026-01-01T00:00:00Z", 1) == ["2026-08-03T09:00"]
        )
        #expect(
            try cron("0 9 31W 5 *").nominal(after: "2026-01-01T00:00:00Z", 1) == [
                "2026-05-29T09:00"
            ])
        #expect(
            try cron("0 9 15W 3 *").nominal(after: "2026-01-01T00:00:00Z", 1) == [
                "2026-03-16T09:00"
            ])
        #expect(
            try cron("0 9 15W 8 *").nominal(after: "2026-01-01T00:00:00Z", 1) == [
                "2026-08-14T09:00"
            ])
        #expect(
            try cron("0 9 31W * *").nominal(after: "2026-01-01T00:00:00Z", 3)
                == ["2026-01-30T09:00", "2026-03-31T09:00", "2026-05-29T09:00"])
        #expect(
            try cron("0 9 LW * *").nominal(after: "2026-01-01T00:00:00Z", 5) == [
                "2026-01-30T09:00", "2026-02-27T09:00", "2026-03-31T09:00", "2026-04-30T09:00",
                "2026-05-29T09:00",
            ])
    }

    @Test func daysAreCountedFromTheLastOfTheMonth() throws {
        #expect(
            try cron("0 0 L-3 * *").nominal(after: "2026-01-01T00:00:00Z", 4) == [
                "2026-01-28T00:00", "2026-02-25T00:00", "2026-03-28T00:00", "2026-04-27T00:00",
            ])
        #expect(
            try cron("0 0 15,l-1 * *").nominal(after: "2028-02-01T00:00:00Z", 2)
                == ["2028-02-15T00:00", "2028-02-28T00:00"])
        // Only months of 31 days have a thirtieth day before the last.
        #expect(
            try cron("0 0 L-30 * *").nominal(after: "2026-01-02T00:00:00Z", 2)
                == ["2026-03-01T00:00", "2026-05-01T00:00"])
    }

    @Test(arguments: ["L-0", "L-31", "L-", "L-x", "L-3W", "3-L"])
    func whatIsNoDayFromTheLastIsRefused(day: String) throws {
        #expect(throws: RuleError.self) { try cron("0 0 \(day) * *") }
    }

    @Test func theFifthWeekdaySkipsMonthsWithFour() throws {
        #expect(
            try cron("0 9 * * MON#5").nominal(after: "2026-01-01T00:00:00Z", 3)
                == ["2026-03-30T09:00", "2026-06-29T09:00", "2026-08-31T09:00"])
    }

    @Test func theLeapDayComesEveryFourthYearAndNotIn2100() throws {
        let rule = try cron("0 0 29 2 *")
        #expect(
            try rule.nominal(after: "2026-01-01T00:00:00Z", 2)
                == ["2028-02-29T00:00", "2032-02-29T00:00"])
        #expect(
            try rule.nominal(after: "2096-03-01T00:00:00Z", 1) == ["2104-02-29T00:00"])
        #expect(try rule.nominal(after: "9996-03-01T00:00:00Z", 1) == [])
    }

    @Test func theLastMinuteOfTheCalendarIsFound() throws {
        let rule = try cron("59 23 31 12 *")
        #expect(try rule.nominal(after: "9999-01-01T00:00:00Z", 2) == ["9999-12-31T23:59"])
        #expect(rule.next(after: .distantFuture) == nil)
        #expect(rule.next(after: .distantPast)?.identity == "0001-12-31T23:59")
    }
}

@Suite struct CronErrorTests {
    /// What is wrong and where, in bytes of the text.
    @Test(arguments: [
        ("60 * * * *", "'60' is no minute: 0 to 59", 0..<2),
        ("* 24 * * *", "'24' is no hour: 0 to 23", 2..<4),
        ("0 0 0 * *", "'0' is no day of the month: 1 to 31", 4..<5),
        ("0 0 1 13 *", "'13' is no month: 1 to 12", 6..<8),
        ("0 0 * * 8", "'8' is no day of the week: 0 to 7", 8..<9),
        ("0 0 * * MOM", "'MOM' is no day of the week; did you mean 'MON'?", 8..<11),
        ("0 0 * jnu *", "'jnu' is no month; did you mean 'JUN'?", 6..<9),
        ("0 0 * * wensday", "'wensday' is no day of the week; did you mean 'wednesday'?", 8..<15),
        ("0 0 * * 1,2,MOM,3", "'MOM' is no day of the week; did you mean 'MON'?", 12..<15),
        ("0 22-2 * * *", "'22-2' runs backwards; write '22-23,0-2' to go round", 2..<6),
        ("0 0 * * 6-1", "'6-1' runs backwards; write '6-6,0-1' to go round", 8..<11),
        ("*/0 * * * *", "a step is a number from 1", 2..<3),
        ("*/90 * * * *", "a step of 90 is longer than the field: a minute is 0 to 59", 2..<4),
        ("1/2/3 * * * *", "more than one step", 4..<5),
        ("1,,2 * * * *", "a minute is missing", 2..<3),
        ("1-2-3 * * * *", "a range has two ends", 0..<5),
        ("0 0 * * L", "'L' needs a day here: '5L' is the last Friday", 8..<9),
        ("0 0 * * 1#6", "'#' is followed by 1 to 5: '1#2' is the second Monday", 10..<11),
        ("0 0 30 2 *", "no date ever matches: day '30' of month '2'", 4..<6),
        ("0 0 31 4,6,9,11 *", "no date ever matches: day '31' of month '4,6,9,11'", 4..<6),
        ("@dialy", "there is no '@dialy'; did you mean '@daily'?", 0..<6),
        ("@reboot", "there is no '@reboot'", 0..<7),
        ("@every 5m", "an interval is written 'every: 15m' in place of 'cron'", 0..<6),
        ("@daily 1", "'@daily' stands alone", 0..<6),
        ("TZ=UTC 0 0 * * *", "the time zone is written 'zone: UTC' beside 'cron'", 0..<6),
        (
            "0 0 12 * * ? 2026",
            "a cron expression has five fields, or six with seconds first, not 7; a year cannot be named",
            13..<17
        ),
    ])
    func thePlaceAndTheCauseAreTold(text: String, message: String, place: Range<Int>) throws {
        let error = try failure(["cron": .string(text)])
        #expect(error.message == message)
        #expect(error.pointer == "/cron")
        #expect(error.place == place)
    }

    @Test func theCaretStandsUnderTheMistake() throws {
        let text = "0 6 * * MOM"
        let frame = try failure(["cron": .string(text)]).caretFrame(source: text)
        #expect(
            frame == """
                0 6 * * MOM
                        ^~~ 'MOM' is no day of the week; did you mean 'MON'?
                """)
    }

    @Test(arguments: ["", " ", "0", "0 0 * *", String(repeating: "1,", count: 501)])
    func tooLittleAndTooMuchAreRefused(text: String) throws {
        #expect(try failure(["cron": .string(text)]).pointer == "/cron")
    }

    @Test func noTextTraps() {
        var generator = SeededGenerator(seed: 1)
        let pieces =
            "0 1 5 7 31 59 99 * / - , ? L W # MON jan @ @daily = ä 🜁 -1 999999999999999999999"
            .split(separator: " ").map { String($0) } + [" ", " ", " ", " "]
        var refused = 0
        for _ in 0..<10_000 {
            let text = (0..<generator.int(1...14)).map { _ in generator.pick(pieces) }.joined()
            do {
                let rule = try cron(text)
                _ = rule.next(after: Timestamp(seconds: Int64(generator.int(0...2_000_000_000))))
            } catch {
                refused += 1
            }
        }
        #expect(refused < 10_000)
    }
}
