import Schedule
import Testing
import Values
import WorkflowLanguage

@testable import Definition
@testable import Execution

/// What is due by the calendar, in a run: computed once, kept as it was, and explained.
@Suite struct CalendarTests {
    private static func calendar(
        _ name: String = "company", zone: String? = "Europe/Berlin",
        holidays: [String] = ["2026-01-06"]
    ) throws -> BusinessCalendar {
        let days = holidays.map { "{date: \($0), name: free}" }.joined(separator: ", ")
        let text = """
            \(zone.map { "zone: \($0)" } ?? "")
            holidays: [\(days)]
            covers: {from: 2026-01-01, until: 2026-12-31}
            """
        let parsed = WorkflowLanguage.parseCalendar(text, name: name, file: "\(name).yaml")
        return try #require(parsed.value, "\(parsed.errors.map(\.headline))")
    }

    private static func company() throws -> Calendars { Calendars([try calendar()]) }

    private static func chart(_ members: String) -> String {
        """
        params: {within: {type: string, format: calendar-duration, default: '2 business days at 18:00'}}
        events: {go: {}}
        initial: waiting
        states:
          waiting:
            on: {go: gone}
            \(members)
          gone: {}
          late: {}
        """
    }

    /// Monday 5 January 2026, 09:00 in Berlin; Tuesday is a holiday.
    private static func story(
        _ members: String, _ calendars: Calendars? = nil
    ) throws -> Story {
        try Story(
            chart(members), now: try #require(Timestamp(rfc3339: "2026-01-05T08:00:00Z")),
            calendars: try calendars ?? company())
    }

    @Test func aTimerIsDueByTheCalendar() throws {
        var story = try Self.story("after: {2 business days: late}")
        let timer = try #require(story.run.timers.first)
        #expect(timer.due.rfc3339 == "2026-01-08T08:00:00Z")
        #expect(timer.reckoning?.text == "2 business days: Thu 2026-01-08 09:00 Europe/Berlin")
        #expect(timer.reckoning?.calendar?.hasPrefix("company@") == true)
        try story.advance(.seconds(3 * 86_400 - 1))
        #expect(story.states == ["waiting"])
        try story.advance(.seconds(1))
        #expect(story.states == ["late"])
        let fired = try #require(story.history.first { $0.kind == "timer.fired" })
        #expect(
            fired.data["dueName"] == "2 business days: Thu 2026-01-08 09:00 Europe/Berlin")
    }

    @Test func exactDaysStandBesideCalendarDays() throws {
        // Over the night of 29 March, which is an hour short.
        let start = try #require(Timestamp(rfc3339: "2026-03-28T11:00:00Z"))
        let story = try Story(
            Self.chart("after: {2d: late, 2 calendar days: gone}"), now: start,
            calendars: try Self.company())
        #expect(
            story.run.timers.map(\.due.rfc3339) == ["2026-03-30T11:00:00Z", "2026-03-30T10:00:00Z"])
        #expect(story.run.timers.map { $0.reckoning != nil } == [false, true])
    }

    @Test(arguments: [
        ("after: {'${params.within}': late}", "2026-01-08T17:00:00Z"),
        ("after: {'${now + duration(\"1h\")}': late}", "2026-01-05T09:00:00Z"),
        ("after: {1 month at 24:00 in Asia/Tokyo: late}", "2026-02-05T15:00:00Z"),
        ("after: {\"${'3 calendar' + ' days by company'}\": late}", "2026-01-08T08:00:00Z"),
    ])
    func anExpressionGivesWhatATextGives(members: String, due: String) throws {
        let story = try Self.story(members)
        #expect(story.run.timers.map(\.due.rfc3339) == [due])
    }

    @Test func whatIsExpectedIsExplained() throws {
        var story = try Self.story(
            "expect: {after: 1 business day, at: '18:00', calendar: company, zone: Europe/Berlin}")
        #expect(story.run.visits.last?.overdueAt?.rfc3339 == "2026-01-07T17:00:00Z")
        try story.advance(.seconds(3 * 86_400))
        #expect(try story.health == .overdue)
        let blocker = try #require(try story.blockers().first)
        #expect(
            blocker.sentence.contains(
                "(expected by 2026-01-07T17:00:00Z, 1 business day: Wed 2026-01-07 18:00 Europe/Berlin)"
            ))
    }

    @Test func aSleepSaysWhatItsEndIsByTheCalendar() throws {
        let story = try Story(
            "initial: a\nstates: {a: {after: {5 business days at 18:00: b}}, b: {}}",
            now: try #require(Timestamp(rfc3339: "2026-01-05T08:00:00Z")),
            calendars: try Self.company())
        let blocker = try #require(try story.blockers().first)
        #expect(
            blocker.sentence
                == "Sleeping until 2026-01-13T17:00:00Z (in 8 d 9 h, 5 business days: "
                + "Tue 2026-01-13 18:00 Europe/Berlin); then it goes to `b`.")
        let calendar = try #require(blocker.evidence["calendar"]?.stringValue)
        #expect(calendar.hasPrefix("company@") && !calendar.contains("changed"))
    }

    @Test func aHolidayThatIsAddedLaterMovesNothing() throws {
        var story = try Self.story("after: {2 business days: late}")
        let due = try #require(story.run.timers.first?.due)
        let newer = try Story.catalog(
            [Story.workflow(Self.chart("after: {2 business days: late}"))],
            Calendars([try Self.calendar(holidays: ["2026-01-06", "2026-01-07"])]))
        let blockers = story.run.blockers(try story.definition, catalog: newer, now: story.now)
        #expect(
            blockers.first?.sentence.contains("at 2026-01-08T08:00:00Z, 2 business days") == true)
        let decision = decide(
            story.run, .event(InboundEvent(id: "x", name: "other", data: [:], sender: .system)),
            catalog: newer, now: story.now)
        #expect((decision.run ?? story.run).timers.first?.due == due)
        try story.advance(.seconds(3 * 86_400))
        #expect(story.states == ["late"])
    }

    @Test func whatChangedSinceIsSaid() throws {
        let chart = "initial: a\nstates: {a: {after: {2 business days: b}}, b: {}}"
        let story = try Story(chart, calendars: try Self.company())
        let newer = try Story.catalog(
            [Story.workflow(chart)], Calendars([try Self.calendar(holidays: ["2026-05-01"])]))
        let blockers = story.run.blockers(try story.definition, catalog: newer, now: story.now)
        #expect(
            blockers.first?.evidence["calendar"]?.stringValue?.hasSuffix(
                "(it has changed since; what is due stays)") == true)
    }

    @Test func aTaskIsDueByTheCalendar() throws {
        let story = try Self.story(
            """
            invoke:
                  person:
                    role: clerk
                    title: Look
                    due: {after: 2 business days, at: '24:00', calendar: company}
                  onDone: gone
            """)
        let task = try #require(story.run.activations.first?.task)
        #expect(task.due?.rfc3339 == "2026-01-08T23:00:00Z")
        #expect(task.reckoning?.text == "2 business days: Thu 2026-01-08 24:00 Europe/Berlin")
        let opened = try #require(story.history.first { $0.kind == "task.opened" })
        #expect(opened.data["dueName"] == "2 business days: Thu 2026-01-08 24:00 Europe/Berlin")
    }

    @Test func beyondTheCalendarIsSaid() throws {
        let story = try Story(
            "initial: a\nstates: {a: {after: {1 business day: b}}, b: {}}",
            now: try #require(Timestamp(rfc3339: "2026-12-31T08:00:00Z")),
            calendars: try Self.company())
        #expect(
            story.run.timers.first?.reckoning?.text
                == "1 business day: Fri 2027-01-01 09:00 Europe/Berlin "
                + "(company knows no holidays after 2026-12-31)")
    }

    // MARK: Which zone, which calendar

    @Test func theZoneIsTheSaidOneElseTheCalendarsElseTheInstallations() throws {
        let start = try #require(Timestamp(rfc3339: "2026-05-01T00:00:00Z"))
        func due(_ text: String, _ calendars: Calendars) throws -> String {
            try calendars.time(.string(text), from: start).reckoning?.text ?? ""
        }
        let zoneless = try Self.calendar(zone: nil)
        let tokyo = try Calendars([Self.calendar()], zone: "Asia/Tokyo")
        #expect(try due("1 month in UTC", tokyo) == "1 month: Mon 2026-06-01 00:00 UTC")
        #expect(try due("1 month", tokyo) == "1 month: Mon 2026-06-01 02:00 Europe/Berlin")
        #expect(
            try due("1 month", Calendars([zoneless], zone: "Asia/Tokyo"))
                == "1 month: Mon 2026-06-01 09:00 Asia/Tokyo")
        #expect(
            try due("1 month", Calendars(zone: "Asia/Tokyo"))
                == "1 month: Mon 2026-06-01 09:00 Asia/Tokyo")
    }

    @Test func aStepThatNamesNoZoneComesToNothingAndSaysWhatToDo() throws {
        let story = try Story(
            Self.chart("after: {'${params.within}': late}"),
            calendars: Calendars([try Self.calendar(zone: nil)]))
        let incident = try #require(story.run.incidents.first)
        #expect(incident.error.message.contains("write 'in Europe/Berlin' behind it"))
    }

    @Test(arguments: [
        ("2 business days", "there are several calendars; say by which: 'by bank'"),
        ("2 business days by compny", "there is no calendar 'compny'; did you mean 'company'?"),
        ("2 business days by zebra", "there is no calendar 'zebra'; known: bank, company"),
        ("1 month in Europe/Berlni", "did you mean 'Europe/Berlin'?"),
        ("soon", "'soon' is no duration such as 15m or 2d, no calendar duration"),
    ])
    func whatCannotBeToldSaysWhy(text: String, message: String) throws {
        let calendars = Calendars([try Self.calendar(), try Self.calendar("bank", zone: "UTC")])
        let error = #expect(throws: Calendars.Trouble.self) {
            try calendars.due(.string(text), from: Story.morning)
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func aMapSaysNothingTwice() throws {
        let calendars = try Self.company()
        func message(_ map: Value) -> String? {
            let error = #expect(throws: Calendars.Trouble.self) {
                try calendars.due(map, from: Story.morning)
            }
            return error?.message
        }
        #expect(message(["after": "1 month at 06:00", "at": "18:00"]) == "'at' is said twice")
        #expect(
            message(["after": "1 month", "att": "18:00"])
                == "a delay has no 'att'; did you mean 'at'?")
        #expect(
            message(["after": "2d", "at": "18:00"])?.hasPrefix("2d is real time") == true)
        #expect(message(["at": "18:00"])?.contains("needs 'after'") == true)
    }

    @Test func aReminderMayLieBeforeWhatIsDue() throws {
        let due = try #require(Timestamp(rfc3339: "2026-01-07T17:00:00Z"))
        let time = try Self.company().time("-1 business day", from: due)
        #expect(time.reckoning?.text == "-1 business day: Mon 2026-01-05 18:00 Europe/Berlin")
    }

    /// What the folder lost is kept for who names it, and is no answer to who names none.
    @Test func aCalendarOfTheDatabaseIsNobodysDefault() throws {
        let calendars = Calendars(
            [try Self.calendar()], kept: [try Self.calendar("bank", zone: "UTC")])
        #expect(try calendars.time("1 business day", from: Story.morning).reckoning != nil)
        let kept = try calendars.time("1 business day by bank", from: Story.morning)
        #expect(kept.reckoning?.text.hasSuffix("UTC") == true)
    }
}
