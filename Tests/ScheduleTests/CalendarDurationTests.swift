import Testing
import Values

@testable import Schedule

/// Days, months and business days from a moment, by hand.
@Suite struct CalendarDurationTests {
    /// Good Friday, Easter Monday, Christmas and New Year; one Saturday before Christmas is worked on.
    private static let company = Result {
        try BusinessCalendar(
            name: "company", contentHash: "0123456789abcdef",
            parsing: [
                "zone": "Europe/Berlin",
                "holidays": [
                    ["date": "2026-01-01", "name": "New Year"],
                    ["date": "2026-04-03", "name": "Good Friday"],
                    ["date": "2026-04-06", "name": "Easter Monday"],
                    ["date": "2026-12-25", "name": "Christmas Day"],
                    ["date": "2026-12-26", "name": "Boxing Day"],
                    ["date": "2027-01-01", "name": "New Year"],
                ],
                "workdays": ["2026-12-19"],
                "covers": ["from": "2026-01-01", "until": "2027-12-31"],
            ])
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let from: String
        let duration: String
        let name: String
        let instant: String

        init(_ from: String, _ duration: String, _ name: String, _ instant: String) {
            self.from = from
            self.duration = duration
            self.name = name
            self.instant = instant
        }

        var testDescription: String { "\(duration) from \(from)" }
    }

    private static let businessDays = [
        // Around Easter: Thursday 2 April, Tuesday 7 April.
        Case(
            "2026-04-02T08:00:00Z", "1 business day", "Tue 2026-04-07 10:00", "2026-04-07T08:00:00Z"
        ),
        Case(
            "2026-04-02T08:00:00Z", "5 business days", "Mon 2026-04-13 10:00",
            "2026-04-13T08:00:00Z"),
        Case(
            "2026-04-03T08:00:00Z", "1 business day", "Tue 2026-04-07 10:00", "2026-04-07T08:00:00Z"
        ),
        Case(
            "2026-04-07T08:00:00Z", "-1 business day", "Thu 2026-04-02 10:00",
            "2026-04-02T08:00:00Z"),
        // From Friday and from Saturday the first is Monday.
        Case(
            "2026-04-17T21:30:00Z", "1 business day", "Mon 2026-04-20 23:30", "2026-04-20T21:30:00Z"
        ),
        Case(
            "2026-04-18T10:00:00Z", "1 business day", "Mon 2026-04-20 12:00", "2026-04-20T10:00:00Z"
        ),
        Case(
            "2026-04-18T10:00:00Z", "-1 business day", "Fri 2026-04-17 12:00",
            "2026-04-17T10:00:00Z"),
        // Half past ten on a Sunday night in London is Monday in Berlin.
        Case(
            "2026-04-19T22:30:00Z", "1 business day", "Tue 2026-04-21 00:30", "2026-04-20T22:30:00Z"
        ),
        // None is today, or the next working day.
        Case(
            "2026-04-17T10:00:00Z", "0 business days at 18:00", "Fri 2026-04-17 18:00",
            "2026-04-17T16:00:00Z"),
        Case(
            "2026-04-18T10:00:00Z", "0 business days at 18:00", "Mon 2026-04-20 18:00",
            "2026-04-20T16:00:00Z"),
        Case(
            "2026-04-03T10:00:00Z", "0 business days", "Tue 2026-04-07 12:00",
            "2026-04-07T10:00:00Z"),
        // A Saturday that is worked on.
        Case(
            "2026-12-18T09:00:00Z", "1 business day at 18:00", "Sat 2026-12-19 18:00",
            "2026-12-19T17:00:00Z"),
        Case(
            "2026-12-18T09:00:00Z", "2 business days", "Mon 2026-12-21 10:00",
            "2026-12-21T09:00:00Z"),
        // Over the end of the year: Thursday 24 and Monday 28 to Thursday 31 December are worked on.
        Case(
            "2026-12-23T09:00:00Z", "5 business days at 24:00", "Thu 2026-12-31 24:00",
            "2026-12-31T23:00:00Z"),
        Case(
            "2026-12-23T09:00:00Z", "6 business days", "Mon 2027-01-04 10:00",
            "2027-01-04T09:00:00Z"),
    ]

    private static let days = [
        Case("2026-01-31T10:00:00Z", "1 month", "Sat 2026-02-28 11:00", "2026-02-28T10:00:00Z"),
        Case("2028-01-31T10:00:00Z", "1 month", "Tue 2028-02-29 11:00", "2028-02-29T10:00:00Z"),
        Case("2026-11-30T10:00:00Z", "3 months", "Sun 2027-02-28 11:00", "2027-02-28T10:00:00Z"),
        Case("2026-03-31T10:00:00Z", "-1 month", "Sat 2026-02-28 12:00", "2026-02-28T11:00:00Z"),
        Case("2026-03-01T10:00:00Z", "-13 months", "Sat 2025-02-01 11:00", "2025-02-01T10:00:00Z"),
        Case("2026-12-15T10:00:00Z", "1 month", "Fri 2027-01-15 11:00", "2027-01-15T10:00:00Z"),
        // Days keep the time of day over a change of the clocks: two days are 47 hours, and 49.
        Case(
            "2026-03-28T11:00:00Z", "2 calendar days", "Mon 2026-03-30 12:00",
            "2026-03-30T10:00:00Z"),
        Case(
            "2026-10-24T10:00:00Z", "2 calendar days", "Mon 2026-10-26 12:00",
            "2026-10-26T11:00:00Z"),
        Case(
            "2026-05-01T10:00:00Z", "14 calendar days at 24:00", "Fri 2026-05-15 24:00",
            "2026-05-15T22:00:00Z"),
        Case(
            "2026-05-01T10:00:00Z", "0 calendar days at 24:00", "Fri 2026-05-01 24:00",
            "2026-05-01T22:00:00Z"),
        Case(
            "2026-05-01T10:00:00Z", "-1 calendar day", "Thu 2026-04-30 12:00",
            "2026-04-30T10:00:00Z"),
        Case(
            "2026-05-01T10:00:30Z", "1 calendar day", "Sat 2026-05-02 12:00:30",
            "2026-05-02T10:00:30Z"),
        Case(
            "2026-05-01T10:00:30.25Z", "1 calendar day", "Sat 2026-05-02 12:00:30",
            "2026-05-02T10:00:30.250Z"),
        // 02:30 is skipped on 29 March: the first instant after the gap.
        Case(
            "2026-03-28T01:30:00Z", "1 calendar day", "Sun 2026-03-29 02:30", "2026-03-29T01:00:00Z"
        ),
        Case(
            "2026-03-22T10:00:00Z", "7 calendar days at 02:30", "Sun 2026-03-29 02:30",
            "2026-03-29T01:00:00Z"),
        Case(
            "2026-02-28T01:30:00Z", "1 month at 02:59", "Sat 2026-03-28 02:59",
            "2026-03-28T01:59:00Z"),
        // 02:30 is shown twice on 25 October: the first.
        Case(
            "2026-10-24T00:30:00Z", "1 calendar day", "Sun 2026-10-25 02:30", "2026-10-25T00:30:00Z"
        ),
        Case(
            "2026-10-18T10:00:00Z", "7 calendar days at 02:30", "Sun 2026-10-25 02:30",
            "2026-10-25T00:30:00Z"),
        Case(
            "2026-10-26T01:30:00Z", "-1 calendar day", "Sun 2026-10-25 02:30",
            "2026-10-25T00:30:00Z"),
        // From the second of both, no days are no time, and a day is the next one's.
        Case(
            "2026-10-25T01:30:00Z", "0 calendar days", "Sun 2026-10-25 02:30",
            "2026-10-25T01:30:00Z"),
        Case(
            "2026-10-25T01:30:00Z", "1 calendar day", "Mon 2026-10-26 02:30", "2026-10-26T01:30:00Z"
        ),
    ]

    private func expect(_ example: Case) throws {
        let duration = try CalendarDuration(parsing: example.duration)
        let found = try duration.moment(
            from: moment(example.from), zone: "Europe/Berlin", calendar: Self.company.get())
        #expect(found.name == example.name + " Europe/Berlin")
        #expect(found.instant.rfc3339 == example.instant)
        #expect(!found.isBeyondCalendar)
    }

    @Test(arguments: businessDays) func businessDaysAreWorkingDaysAfterTheDate(example: Case) throws
    {
        try expect(example)
    }

    @Test(arguments: days) func daysAndMonthsKeepTheTimeOfDay(example: Case) throws {
        try expect(example)
    }

    @Test func beyondWhatTheCalendarCoversOnlyWeekendsCount() throws {
        let calendar = try Self.company.get()
        let start = try moment("2027-12-30T09:00:00Z")
        let found = try CalendarDuration(parsing: "2 business days").moment(
            from: start, zone: "Europe/Berlin", calendar: calendar)
        // Saturday 1 January would be a holiday anyway; Monday 3 January follows.
        #expect(found.name == "Mon 2028-01-03 10:00 Europe/Berlin")
        #expect(found.isBeyondCalendar)
        #expect(calendar.doubt(at: try moment("2026-12-30T00:00:00Z")) == nil)
        let doubt = try #require(calendar.doubt(at: try moment("2027-01-02T00:00:00Z")))
        #expect(doubt.contains("knows holidays to 2027-12-31 only"))
    }

    @Test func aDayThatAZoneNeverHadIsItsGap() throws {
        // Samoa went from the end of 29 December 2011 to the beginning of the 31st.
        let found = try CalendarDuration(parsing: "1 calendar day").moment(
            from: moment("2011-12-29T22:00:00Z"), zone: "Pacific/Apia", calendar: nil)
        #expect(found.name == "Fri 2011-12-30 12:00 Pacific/Apia")
        #expect(found.instant.rfc3339 == "2011-12-30T10:00:00Z")
    }

    @Test func otherWeekendsAreDataToo() throws {
        let calendar = try BusinessCalendar(
            name: "dubai", contentHash: "",
            parsing: [
                "weekend": ["friday"], "covers": ["from": "2026-01-01", "until": "2026-12-31"],
            ])
        let found = try CalendarDuration(parsing: "2 business days").moment(
            from: moment("2026-04-16T08:00:00Z"), zone: "Asia/Dubai", calendar: calendar)
        #expect(found.name == "Sun 2026-04-19 12:00 Asia/Dubai")
    }

    // MARK: What cannot be told

    @Test func whatIsMissingIsSaid() throws {
        let start = try moment("2026-04-16T08:00:00Z")
        #expect(throws: CalendarMomentError.noCalendar) {
            try CalendarDuration(parsing: "1 business day").moment(
                from: start, zone: "UTC", calendar: nil)
        }
        #expect(throws: CalendarMomentError.unknownZone("Europe/Berlni")) {
            try CalendarDuration(parsing: "1 month").moment(
                from: start, zone: "Europe/Berlni", calendar: nil)
        }
        #expect(throws: CalendarMomentError.outOfRange) {
            try CalendarDuration(parsing: "1 month").moment(
                from: moment("9999-12-20T00:00:00Z"), zone: "UTC", calendar: nil)
        }
        #expect(throws: CalendarMomentError.outOfRange) {
            try CalendarDuration(parsing: "-3660 months").moment(
                from: moment("0100-01-01T00:00:00Z"), zone: "UTC", calendar: nil)
        }
    }

    @Test(arguments: [
        ("5 busines days", "'busines days' is no unit; did you mean 'business days'?"),
        (
            "5 days",
            "which days are meant? Write 'calendar days' or 'business days', or 2d for 48 hours"
        ),
        (
            "5 hours",
            "a calendar duration counts calendar days, business days or months, not 'hours'; "
                + "real time is written 90s, 15m, 2h or 7d"
        ),
        ("4000 months", "a calendar duration counts 3660 at most"),
        (
            "1 month at 6",
            "'6' is no time of day such as 18:00, 09:00:30, or 24:00 for the end of the day"
        ),
        ("1 month at", "something is missing behind 'at'"),
        ("1 month at 06:00 at 07:00", "'at' is said twice"),
        (
            "1 month in UTC soon",
            "'soon' is too much; a calendar duration is 5 business days [at 18:00] [by CALENDAR] [in ZONE]"
        ),
    ])
    func aWrongTextSaysWhatToWrite(text: String, message: String) throws {
        #expect(CalendarDuration.isMeant(by: text))
        let error = #expect(throws: CalendarDurationError.self) {
            try CalendarDuration(parsing: text)
        }
        #expect(error?.message == message)
    }

    @Test func partsComeInAnyOrder() throws {
        let duration = try CalendarDuration(
            parsing: "2 business days in Europe/Berlin by company at 18:00")
        #expect(
            duration
                == CalendarDuration(
                    count: 2, unit: .businessDay, at: 64_800, calendar: "company",
                    zone: "Europe/Berlin"))
        #expect(try CalendarDuration(parsing: "1 months").amount == "1 month")
        #expect(!CalendarDuration.isMeant(by: "2d"))
        #expect(!CalendarDuration.isMeant(by: "2026-01-01T00:00:00Z"))
    }

    private static let wrong: [(members: Value, message: String)] = [
        (["weekend": ["sonday"]], "/weekend/0: 'sonday' is no weekday; did you mean 'sunday'?"),
        (
            ["weekend": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]],
            "/weekend: a week of weekends has no working day"
        ),
        (
            ["zone": "Europe/Berlni"],
            "/zone: there is no time zone 'Europe/Berlni'; did you mean 'Europe/Berlin'?"
        ),
        (
            ["holidays": [["date": "2026-02-30", "name": "x"]]],
            "/holidays/0/date: a date is one such as 2026-12-25, not '2026-02-30'"
        ),
        (["holidays": [["date": "2026-02-03"]]], "/holidays/0: a holiday needs its 'name'"),
        (
            [
                "holidays": [
                    ["date": "2026-02-03", "name": "x"], ["date": "2026-02-03", "name": "y"],
                ]
            ], "/holidays/1/date: 2026-02-03 is listed twice"
        ),
        (
            ["holidays": [["date": "2029-02-03", "name": "x"]]],
            "/holidays/0/date: 2029-02-03 is outside of 'covers', 2026-01-01 to 2026-12-31; widen it"
        ),
        (
            ["workdays": ["2026-02-03"]],
            "/workdays/0: 2026-02-03 is a tuesday and worked on anyway; 'workdays' are days of the weekend"
        ),
        (
            ["covers": ["from": "2026-01-01", "until": "2025-01-01"]],
            "/covers/until: 'covers' ends before it begins"
        ),
        (["holiday": []], "/holiday: a calendar has no 'holiday'; did you mean 'holidays'?"),
    ]

    @Test(arguments: wrong.indices)
    func aWrongCalendarSaysWhereAndWhat(index: Int) throws {
        let (members, message) = Self.wrong[index]
        var map: ValueMap = ["covers": ["from": "2026-01-01", "until": "2026-12-31"]]
        map = map.merging(try #require(members.mapValue))
        let error = #expect(throws: RuleError.self) {
            try BusinessCalendar(name: "company", contentHash: "", parsing: .map(map))
        }
        #expect(error?.description == message)
    }

    @Test func aCalendarSaysWhatItCovers() {
        let error = #expect(throws: RuleError.self) {
            try BusinessCalendar(name: "company", contentHash: "", parsing: ["weekend": []])
        }
        #expect(error?.message.hasPrefix("a calendar says what it knows: covers:") == true)
    }
}
