import Definition
import Execution
import Values

/// One line of a stream that is read as what somebody did.
struct StreamLine {
    private typealias Fault = EventStream.Fault

    private static let shared = ["at", "key", "actor", "as", "id"]
    /// What a line may hold besides, by the member that says what was done.
    private static let deeds = [
        (member: "start", others: ["input"]),
        (member: "event", others: ["data", "workflow"]),
        (member: "decide", others: ["form", "comment", "workflow"]),
    ]
    /// In bytes.
    private static let maximumID = 256

    private let text: [UInt8]
    private let number: Int
    private let map: ValueMap
    private let deed: (member: String, others: [String])

    /// - Throws: `Fault` where it is no object, says nothing that was done, or has a member that nobody knows.
    init(_ text: [UInt8], number: Int) throws(EventStream.Fault) {
        self.text = text
        self.number = number
        let value: Value
        do throws(JSONError) {
            value = try JSON.parse(text)
        } catch {
            throw Fault(
                line: number, column: error.column, message: "no JSON: \(error.message)",
                expected: "one JSON object a line")
        }
        guard let map = value.mapValue else {
            throw Fault(
                line: number, column: 1, message: "not a JSON object",
                expected: "{\"at\": …, \"key\": …, \"event\": …, \"data\": …}")
        }
        self.map = map
        let named = Self.deeds.filter { map[$0.member] != nil }
        deed = named.first ?? Self.deeds[1]
        guard named.count < 2 else {
            throw fault(
                named[1].member, "`\(named[0].member)` and `\(named[1].member)` are two things",
                "one of them in each line")
        }
        for name in map.keys.compactMap(\.stringValue) { try checkName(name) }
        guard named.count == 1 else {
            throw fault("", "there is neither `start` nor `event` nor `decide`", "one of them")
        }
    }

    /// - Throws: `Fault` at the member that does not fit.
    func entry() throws(EventStream.Fault) -> EventStream.Entry {
        guard let at = map["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)) else {
            throw fault("at", "`at` is no RFC 3339 time", "a time like 2026-01-31T09:00:00Z")
        }
        let key = try required("key", "the instance's key, a text")
        let id = try string("id") ?? "line-\(number)"
        guard !id.isEmpty, id.utf8.count <= Self.maximumID else {
            throw fault("id", "`id` has \(id.utf8.count) bytes", "1 to \(Self.maximumID)")
        }
        let sender = try sender()
        let done = try done()
        return EventStream.Entry(
            line: number, at: at, key: key, workflow: try workflow(), id: id, deed: done,
            sender: sender)
    }

    func comesEarly(
        _ entry: EventStream.Entry, before last: (line: Int, at: Timestamp)
    ) -> EventStream.Fault {
        fault(
            "at", "\(entry.at.rfc3339) comes before \(last.at.rfc3339) of line \(last.line)",
            "lines in order of `at`: sort them")
    }

    // MARK: What was done

    private func done() throws(EventStream.Fault) -> EventStream.Deed {
        switch deed.member {
        case "start":
            return .start(input: map["input"] ?? .map(ValueMap()))
        case "decide":
            return .decision(
                TaskDecision(
                    try required("decide", "the name of an outcome"),
                    form: map["form"] ?? .map(ValueMap()), comment: try string("comment") ?? ""))
        default:
            return .event(
                name: try required("event", "the event's name"),
                data: map["data"] ?? .map(ValueMap()))
        }
    }

    private func workflow() throws(EventStream.Fault) -> String? {
        switch deed.member {
        case "start": try required("start", "the name of the workflow that starts")
        case "decide": try required("workflow", "the workflow of the instance whose task it is")
        default: try string("workflow")
        }
    }

    /// An event without a sender passes every `from`; a decision is somebody's.
    private func sender() throws(EventStream.Fault) -> Actor {
        let name = map["actor"] == nil ? "as" : "actor"
        guard map["actor"] == nil || map["as"] == nil else {
            throw fault("as", "`actor` and `as` are one thing", "one of them")
        }
        guard let text = try string(name) else {
            guard deed.member != "decide" else {
                throw fault("", "`actor` is missing", "who decides: manager/mia")
            }
            return .system
        }
        guard let actor = Actor(parsing: text) else {
            throw fault(name, "`\(name)` is no actor", "role/subject, like manager/mia")
        }
        return actor
    }

    // MARK: Members

    private func checkName(_ name: String) throws(EventStream.Fault) {
        let known = Self.shared + [deed.member] + deed.others
        guard !known.contains(exactly: name) else { return }
        let place = MemberPlaces(text).name(name)
        guard !Self.deeds.contains(where: { $0.others.contains(exactly: name) }) else {
            throw Fault(
                line: number, column: place,
                message: "`\(name)` has no meaning beside `\(deed.member)`",
                expected: "only \(known.joined(separator: ", "))")
        }
        let meant = nearestName(
            to: name, among: Self.shared + Self.deeds.flatMap { [$0.member] + $0.others })
        throw Fault(
            line: number, column: place,
            message: "unknown member `\(name)`" + (meant.map { ", did you mean `\($0)`?" } ?? ""),
            expected: known.joined(separator: ", "))
    }

    private func required(
        _ name: String, _ expected: String
    ) throws(EventStream.Fault) -> String {
        guard let text = try string(name) else {
            throw fault("", "`\(name)` is missing", expected)
        }
        guard !text.isEmpty else { throw fault(name, "`\(name)` is empty", expected) }
        return text
    }

    private func string(_ name: String) throws(EventStream.Fault) -> String? {
        guard let value = map[name] else { return nil }
        guard let text = value.stringValue else {
            throw fault(name, "`\(name)` is no text", "it in quotes")
        }
        return text
    }

    /// - Parameter member: at whose value it is; one that is not there: at the line's beginning.
    private func fault(_ member: String, _ message: String, _ expected: String) -> Fault {
        Fault(
            line: number, column: MemberPlaces(text).value(of: member), message: message,
            expected: expected)
    }
}
