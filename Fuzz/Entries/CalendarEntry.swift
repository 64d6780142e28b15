import Definition
import Values
import WorkflowLanguage

/// `calendars/NAME.yaml`, and behind a line of dashes a delay that is counted by it.
enum CalendarEntry {
    private static let start = Timestamp(seconds: 1_767_268_800)

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let parts = bytes.parts.map(\.text)
        let text = parts.first ?? ""
        let parsed = WorkflowLanguage.parseCalendar(
            text, name: "company", file: "company.yaml", now: start)
        try checkDiagnostics(of: parsed, in: text)
        let calendars = Calendars(
            [parsed.value].compactMap(\.self), zone: "Europe/Berlin")
        for delay in parts.dropFirst().prefix(4) {
            guard let due = try? calendars.due(.string(delay), from: start) else { continue }
            try require(
                due.instant == due.instant.ceilingToMilliseconds, "a due time is no millisecond")
            try require(
                due.reckoning == nil || CalendarDuration.isMeant(by: delay),
                "'\(delay)' is counted by a calendar")
        }
    }
}
