import Assembly
import Definition
import Execution
import Values

/// A recorded stream of what came from outside, in time order: JSONL, a line for each event
/// `{at, key, event, data, as, workflow}` or decision on a task `{at, workflow, key, decide, form, comment, as}`.
package struct EventStream {
    /// What somebody did.
    package enum Deed {
        case event(name: String, data: Value)
        /// On the only open task of the instance.
        case decision(TaskDecision)
    }

    package struct Entry {
        package let line: Int
        package let at: Timestamp
        package let key: String
        /// Named when the key alone does not say whom it is for.
        package let workflow: String?
        package let deed: Deed
        package let sender: Actor
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

    private static let shared = ["at", "key", "workflow", "as"]
    private static let ofEvents = ["event", "data"]
    private static let ofDecisions = ["decide", "form", "comment"]

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
        let isDecision = map["decide"] != nil
        let members = shared + (isDecision ? ofDecisions : ofEvents)
        for name in map.keys.compactMap(\.stringValue) where !members.contains(name) {
            throw problem(
                number, unknown(name, isDecision),
                nearestName(to: name, among: members).map { "did you mean `\($0)`?" }
                    ?? "known: \(members.joined(separator: ", "))")
        }
        guard let text = map["at"]?.stringValue, let at = Timestamp(rfc3339: text) else {
            throw problem(number, "`at` is no RFC 3339 time", "write 2026-01-31T09:00:00Z")
        }
        guard let key = map["key"]?.stringValue else {
            throw problem(number, "`key` is missing", "name the instance's key, a string")
        }
        return Entry(
            line: number, at: at, key: key, workflow: try string(map, "workflow", number),
            deed: isDecision ? try decision(map, number) : try event(map, number),
            sender: try sender(map, number, isDecision))
    }

    private static func unknown(_ name: String, _ isDecision: Bool) -> String {
        guard ofEvents.contains(name) || ofDecisions.contains(name) else {
            return "unknown member `\(name)`"
        }
        return "`\(name)` has no meaning in " + (isDecision ? "a decision" : "an event")
    }

    private static func event(_ map: ValueMap, _ number: Int) throws(Problem) -> Deed {
        guard let name = try string(map, "event", number) else {
            throw problem(number, "there is neither `event` nor `decide`", "name one of them")
        }
        return .event(name: name, data: map["data"] ?? .map(ValueMap()))
    }

    private static func decision(_ map: ValueMap, _ number: Int) throws(Problem) -> Deed {
        guard map["workflow"] != nil else {
            throw problem(
                number, "`workflow` is missing", "a decision names the instance whose task it is")
        }
        return .decision(
            TaskDecision(
                try string(map, "decide", number) ?? "", form: map["form"] ?? .map(ValueMap()),
                comment: try string(map, "comment", number) ?? ""))
    }

    /// An event without a sender passes every `from`; a decision is somebody's.
    private static func sender(
        _ map: ValueMap, _ number: Int, _ isDecision: Bool
    ) throws(Problem) -> Actor {
        guard let text = try string(map, "as", number) else {
            guard !isDecision else {
                throw problem(number, "`as` is missing", "say who decides: manager/mia")
            }
            return .system
        }
        guard let actor = Actor(parsing: text) else {
            throw problem(number, "`as` is no actor", "write role/subject")
        }
        return actor
    }

    private static func string(
        _ map: ValueMap, _ name: String, _ number: Int
    ) throws(Problem) -> String? {
        guard let value = map[name] else { return nil }
        guard let text = value.stringValue else {
            throw problem(number, "`\(name)` is no string", "write it in quotes")
        }
        return text
    }

    private static func problem(_ line: Int, _ message: String, _ fix: String) -> Problem {
        Problem(.malformed, "line \(line): \(message)", fix: fix)
    }
}
