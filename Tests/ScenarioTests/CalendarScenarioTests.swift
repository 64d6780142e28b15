import Definition
import Testing
import WorkflowLanguage

@testable import Assembly
@testable import PawlCommand
@testable import Scenarios

/// Scenarios 23 and 24 of the tasks' design: what is due over holidays, and in the gap and the overlap of the clocks, by
/// the whole engine on virtual time.
@Suite struct CalendarScenarioTests {
    private static let company = """
        zone: Europe/Berlin
        holidays:
          - {date: 2026-01-01, name: New Year}
          - {date: 2026-04-03, name: Good Friday}
          - {date: 2026-04-06, name: Easter Monday}
          - {date: 2026-12-25, name: Christmas Day}
          - {date: 2027-01-01, name: New Year}
        workdays: [2026-12-19]
        covers: {from: 2026-01-01, until: 2027-06-30}
        """

    private func holds(_ workflow: String, _ scenario: String) throws {
        let project = Project(
            files: [
                "workflows/w/workflow.yaml": "workflow: w\nversion: 1\n" + workflow,
                "calendars/company.yaml": Self.company,
            ], zone: "Asia/Tokyo")
        #expect(project.errors.isEmpty, "\(project.errors.map(\.headline))")
        let runner = Wiring.scenarioRunner(
            workflows: project.workflows, adapters: [], calendars: project.calendars)
        let text = "scenario: s\nworkflow: w\nkey: k\n" + scenario
        let result = runner.run(
            try Fixtures.value(WorkflowLanguage.parseScenario(text, file: "s.yaml")))
        #expect(result.passed, "\(told(result))")
    }

    struct Lapse: Sendable, CustomTestStringConvertible {
        let from: String
        let delay: String
        let lastMoment: String
        let late: String

        init(_ from: String, _ delay: String, _ lastMoment: String, _ late: String) {
            (self.from, self.delay, self.lastMoment, self.late) = (from, delay, lastMoment, late)
        }

        var testDescription: String { "\(delay) from \(from)" }
    }

    @Test(arguments: [
        // due-over-holidays: from Friday, from Saturday, over Easter, the year's end, a working Saturday, beyond `covers`.
        Lapse(
            "2026-04-17T09:00:00Z", "1 business day", "2026-04-20T08:59:59Z", "2026-04-20T09:00:00Z"
        ),
        Lapse(
            "2026-04-18T09:00:00Z", "1 business day", "2026-04-20T08:59:59Z", "2026-04-20T09:00:00Z"
        ),
        Lapse(
            "2026-04-02T09:00:00Z", "5 business days at 18:00", "2026-04-13T15:59:59Z",
            "2026-04-13T16:00:00Z"),
        Lapse(
            "2026-12-30T09:00:00Z", "2 business days", "2027-01-04T08:59:59Z",
            "2027-01-04T09:00:00Z"),
        Lapse(
            "2026-12-18T09:00:00Z", "1 business day at 24:00", "2026-12-19T22:59:59Z",
            "2026-12-19T23:00:00Z"),
        Lapse(
            "2027-12-23T09:00:00Z", "2 business days", "2027-12-27T08:59:59Z",
            "2027-12-27T09:00:00Z"),
        // due-in-gap-and-overlap: 02:30 on both nights; 31 January and a month; 48 hours beside two days.
        Lapse(
            "2026-03-28T09:00:00Z", "1 calendar day at 02:30", "2026-03-29T00:59:59Z",
            "2026-03-29T01:00:00Z"),
        Lapse(
            "2026-10-24T09:00:00Z", "1 calendar day at 02:30", "2026-10-25T00:29:59Z",
            "2026-10-25T00:30:00Z"),
        Lapse("2026-01-31T09:00:00Z", "1 month", "2026-02-28T08:59:59Z", "2026-02-28T09:00:00Z"),
        Lapse("2026-03-28T09:00:00Z", "2d", "2026-03-30T08:59:59Z", "2026-03-30T09:00:00Z"),
        Lapse(
            "2026-03-28T09:00:00Z", "2 calendar days", "2026-03-30T07:59:59Z",
            "2026-03-30T08:00:00Z"),
        Lapse(
            "2026-10-24T09:00:00Z", "2 calendar days", "2026-10-26T09:59:59Z",
            "2026-10-26T10:00:00Z"),
        Lapse(
            "2026-10-24T09:00:00Z", "'${params.term} at 24:00 in ${params.where}'",
            "2026-10-26T14:59:59Z", "2026-10-26T15:00:00Z"),
    ])
    func whatIsDueByTheCalendar(lapse: Lapse) throws {
        try holds(
            """
            params:
              term: {type: string, format: calendar-duration, default: 2 calendar days}
              where: {type: string, default: Asia/Tokyo}
            initial: open
            states:
              open: {after: {\(lapse.delay): late}}
              late: {type: final, status: failed}
            """,
            """
            at: \(lapse.from)
            steps:
              - advanceTo: \(lapse.lastMoment)
              - expect: {state: open}
              - advanceTo: \(lapse.late)
              - expect: {state: late}
            """)
    }

    @Test func aTaskAndWhatAStateExpectsAreOverdueByTheCalendar() throws {
        try holds(
            """
            initial: looking
            states:
              looking:
                expect: {after: '${params.days}', at: '24:00', zone: '${params.where}'}
                invoke:
                  person:
                    role: clerk
                    title: Look
                    due: {after: 2 business days, at: '18:00', calendar: company}
                  onDone: seen
              seen: {type: final}
            params: {days: {type: string, default: 1 month}, where: {type: string, default: UTC}}
            """,
            """
            at: 2026-04-02T09:00:00Z
            steps:
              - expect:
                  blocker:
                    kind: waiting.person
                    contains: 'due in 6 d 7 h (2 business days: Wed 2026-04-08 18:00 Europe/Berlin)'
              - decide: {outcome: done, as: clerk/ana}
              - expect: {state: seen}
            """)
    }
}
