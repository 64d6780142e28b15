import Definition
import Engine
import Execution
import Foundation
import Marketplace
import SQLiteStore
import Testing
import Values

@testable import Assembly
@testable import PawlCommand

/// Calendars of a project: read, checked, published, kept.
@Suite struct CalendarFiles {
    private static let company = """
        zone: Europe/Berlin
        holidays: [{date: 2026-01-06, name: Epiphany}]
        covers: {from: 2026-01-01, until: 2026-12-31}

        """

    private static func term(_ delay: String) -> String {
        """
        workflow: term
        version: 1
        initial: open
        states:
          open: {after: {\(delay): late}}
          late: {type: final}

        """
    }

    private func write(_ delay: String, calendars: [String: String], in folder: String) throws {
        try PawlTests.write(Self.term(delay), folder + "/workflows/term/workflow.yaml")
        try PawlTests.write("", folder + "/adapters/none")
        for (name, text) in calendars {
            try PawlTests.write(text, folder + "/calendars/\(name).yaml")
        }
    }

    private func project(_ folder: String) throws -> Project {
        try Project(workflows: folder + "/workflows", adapters: folder + "/adapters")
    }

    @Test func checkSaysWhatIsWrongWithItsPlace() async throws {
        try await withFolder { folder in
            try write("2 business days by compny", calendars: ["company": Self.company], in: folder)
            let check = try RunningPawl(["check"], in: folder).finish()
            #expect(check.status == 1)
            #expect(
                check.output.contains("workflow.yaml:5:18: error: there is no calendar 'compny'"))
            #expect(check.output.contains("did you mean 'company'?"))
            // Whoever checks a workflow alone gets the calendars that lie beside it.
            try write("2 business days by company", calendars: [:], in: folder)
            let alone = try RunningPawl(["check", "workflows/term"], in: folder).finish()
            #expect(alone.status == 0, "\(alone.output)")
            let wrong = Self.company.replacingOccurrences(of: "2026-01-06", with: "2027-01-06")
            try PawlTests.write(wrong, folder + "/calendars/company.yaml")
            let broken = try RunningPawl(["check"], in: folder).finish()
            #expect(broken.status == 1)
            #expect(
                broken.output.contains("calendars/company.yaml:2:19: error: 2027-01-06 is outside"))
            let test = try RunningPawl(["test"], in: folder).finish()
            #expect(test.status != 0 && test.errors.contains("calendars/company.yaml:2:19"))
        }
    }

    @Test func theZoneOfPawlYAMLIsEnough() async throws {
        try await withFolder { folder in
            try write("2 calendar days", calendars: [:], in: folder)
            let check = try RunningPawl(["check"], in: folder).finish()
            #expect(check.status == 1)
            #expect(check.output.contains("[missing-zone]"))
            try PawlTests.write("zone: Europe/Berlin\n", folder + "/pawl.yaml")
            let zoned = try RunningPawl(["check"], in: folder).finish()
            #expect(zoned.status == 0, "\(zoned.output)")
        }
    }

    @Test func anEndThatIsNearIsAWarningAndDoctorKnowsIt() async throws {
        try await withFolder { folder in
            let old = """
                zone: Europe/Berlin
                covers: {from: 2020-01-01, until: 2020-12-31}

                """
            try write("2 business days", calendars: ["company": old], in: folder)
            let check = try RunningPawl(["check"], in: folder).finish()
            #expect(check.status == 0)
            #expect(
                check.output.contains(
                    "calendars/company.yaml:2:35: warning: the calendar 'company'"))
            let store = try SQLiteStore.open(directory: folder + "/data", mode: .readWrite)
            try project(folder).publish(into: store)
            let doctor = try RunningPawl(["doctor", "--data", "data"], in: folder).finish()
            #expect(doctor.status == 0)
            #expect(doctor.output.contains("! the calendar 'company' knows holidays to 2020-12-31"))
            #expect(doctor.output.contains("nothing wrong"))
        }
    }

    @Test func theDatabaseKeepsTheLastContent() async throws {
        try await withFolder { folder in
            try write(
                "2 business days by company", calendars: ["company": Self.company], in: folder)
            let store = try SQLiteStore.open(directory: folder + "/data", mode: .readWrite)
            try project(folder).publish(into: store)
            let newer = Self.company.replacingOccurrences(of: "Epiphany", with: "Three Kings")
            try PawlTests.write(newer, folder + "/calendars/company.yaml")
            let changed = try project(folder)
            #expect(changed.errors.isEmpty)
            try changed.publish(into: store)
            let known = try StoredDefinitions(store)
            #expect(known.calendars.map(\.holidays.first?.name) == ["Three Kings"])
            #expect(known.calendars.first == changed.calendars["company"])
            try FileManager.default.removeItem(atPath: folder + "/calendars")
            let later = known.calendars(beside: try project(folder))
            let due = try later.time(
                "2 business days by company", from: Timestamp(seconds: 1_767_600_000))
            #expect(due.reckoning?.text == "2 business days: Thu 2026-01-08 09:00 Europe/Berlin")
        }
    }
}
