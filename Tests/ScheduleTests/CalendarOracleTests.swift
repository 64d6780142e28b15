import Foundation
import Testing
import Values

@testable import Schedule

/// Calendar durations beside Python's zoneinfo and numpy's business days (`Tests/oracle/calendar_cases.py`), mostly around
/// changes of the clocks, in zones with gaps at midnight, of half an hour and of a day.
@Suite struct CalendarOracleTests {
    @Test func bothSayTheSameOfEveryCase() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "oracle/calendar-cases.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        var differing: [String] = []
        for line in lines {
            if let difference = try difference(try JSON.parse(String(line))) {
                differing.append("\(difference)\n  \(line)")
            }
        }
        #expect(lines.count == 1_500)
        #expect(
            differing.isEmpty,
            "\(differing.count) differ:\n\(differing.prefix(3).joined(separator: "\n"))")
    }

    /// What we say where Python says something else.
    private func difference(_ example: Value) throws -> String? {
        let start = Timestamp(seconds: try #require(example["from"]?.intValue))
        let zone = try #require(example["zone"]?.stringValue)
        let duration = try CalendarDuration(
            parsing: try #require(example["duration"]?.stringValue))
        let found = try duration.moment(from: start, zone: zone, calendar: calendar(example))
        let day = try #require(example["day"]?.stringValue)
        guard found.instant.seconds == example["instant"]?.intValue, found.name.contains(day) else {
            return "\(found.name), \(found.instant.rfc3339)"
        }
        return nil
    }

    private func calendar(_ example: Value) throws -> BusinessCalendar? {
        guard let weekend = example["weekend"] else { return nil }
        let holidays = (example["holidays"]?.listValue ?? []).map { date -> Value in
            ["date": date, "name": "free"]
        }
        var map: ValueMap = [
            "weekend": weekend, "covers": ["from": "2000-01-01", "until": "2040-12-31"],
        ]
        if !holidays.isEmpty { map["holidays"] = .list(holidays) }
        if let worked = example["workdays"], worked != [] { map["workdays"] = worked }
        return try BusinessCalendar(name: "random", contentHash: "", parsing: .map(map))
    }
}
