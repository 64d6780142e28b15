import Assembly
import Definition
import Values

/// A recorded event stream: JSONL, one `{at, key, event, data}` a line, in time order.
package struct EventStream {
    package struct Entry {
        package let line: Int
        package let at: Timestamp
        package let key: String
        package let event: String
        package let data: Value
    }

    package let entries: [Entry]

    /// - Parameter text: the whole file.
    package init(parsing text: String) throws(Problem) {
        var entries: [Entry] = []
        var last: Timestamp?
        for (index, line) in text.lines.enumerated()
        where !line.allSatisfy(\.isWhitespace) {
            let entry = try Self.entry(String(line), number: index + 1)
            if let last, entry.at < last {
                throw Self.problem(
                    entry.line, "\(entry.at.rfc3339) comes before \(last.rfc3339)",
                    "sort the file by `at`")
            }
            last = entry.at
            entries.append(entry)
        }
        self.entries = entries
    }

    private static let members = ["at", "key", "event", "data"]

    private static func entry(_ line: String, number: Int) throws(Problem) -> Entry {
        let value: Value
        do throws(JSONError) {
            value = try JSON.parse(line)
        } catch {
            throw problem(number, "no JSON: \(error.message)", "write one JSON object a line")
        }
        guard let map = value.mapValue else {
            throw problem(number, "not a JSON object", "write {at, key, event, data}")
        }
        for name in map.keys.compactMap(\.stringValue) where !members.contains(name) {
            throw problem(
                number, "unknown member `\(name)`",
                nearestName(to: name, among: members).map { "did you mean `\($0)`?" }
                    ?? "known: \(members.joined(separator: ", "))")
        }
        guard let text = map["at"]?.stringValue, let at = Timestamp(rfc3339: text) else {
            throw problem(number, "`at` is no RFC 3339 time", "write 2026-01-31T09:00:00Z")
        }
        guard let key = map["key"]?.stringValue, let event = map["event"]?.stringValue else {
            throw problem(number, "`key` or `event` is missing", "both are strings")
        }
        return Entry(
            line: number, at: at, key: key, event: event, data: map["data"] ?? .map(ValueMap()))
    }

    private static func problem(_ line: Int, _ message: String, _ fix: String) -> Problem {
        Problem(.malformed, "line \(line): \(message)", fix: fix)
    }
}
