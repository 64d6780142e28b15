import Values

/// What a replay of recorded events needs to know of a business: who acts beside the recording, and what to tell of
/// what came of it.
public protocol Rehearsal: Sendable {
    /// People who act by rules, since a recording holds what came from outside only.
    var actors: [RehearsedActor] { get }
    /// The rows of `--outcomes`: what became of each instance, in order.
    func outcomes(_ past: any RehearsedPast) throws -> RehearsalTable
    /// Lines of the summary, a label and what it says, beside those on events and calls.
    func summary(_ past: any RehearsedPast, _ outcomes: RehearsalTable) throws -> [RehearsalLine]
}

/// Nobody acts; what became of each instance is its status, its state and its search attributes.
public struct PlainRehearsal: Rehearsal {
    public init() {}
}

extension Rehearsal {
    public var actors: [RehearsedActor] { [] }

    public func outcomes(_ past: any RehearsedPast) throws -> RehearsalTable {
        var names: [String] = []
        for workflow in past.workflows {
            try past.instances(of: workflow) { instance in
                for (name, _) in instance.search where !names.contains(exactly: name) {
                    names.append(name)
                }
            }
        }
        var table = RehearsalTable(
            columns: ["workflow", "key", "outcome", "endedAt", "state", "eventsAfterEnd"] + names)
        for workflow in past.workflows {
            try past.instances(of: workflow) { instance in
                table.rows.append(
                    [
                        workflow, instance.key, instance.status, instance.endedAt?.rfc3339 ?? "",
                        instance.states.joined(separator: " "), String(instance.eventsAfterEnd),
                    ] + names.map { instance.attribute($0) ?? "" })
            }
        }
        return table
    }

    public func summary(
        _ past: any RehearsedPast, _ outcomes: RehearsalTable
    ) throws -> [RehearsalLine] { [] }
}

/// Somebody who sends an event a while after an instance came into a state.
public struct RehearsedActor: Sendable, Hashable {
    public let workflow: String
    public let state: String
    public let after: Duration
    public let event: String
    /// Who they are: `role/subject`.
    public let sender: String

    public init(workflow: String, state: String, after: Duration, event: String, sender: String) {
        self.workflow = workflow
        self.state = state
        self.after = after
        self.event = event
        self.sender = sender
    }
}

/// What a replay left behind, read from its database as anybody could.
public protocol RehearsedPast {
    /// Those that were there to run, in order of their names.
    var workflows: [String] { get }
    /// Every instance of a workflow, newest first, one at a time.
    func instances(
        of workflow: String, _ body: (RehearsedInstance) throws -> Void
    ) throws
    /// Every record of a collection, in order of ids, one at a time.
    func records(of collection: String, _ body: (RecordEntry) throws -> Void) throws
    /// What happened to an instance, in order.
    func history(of instance: RehearsedInstance) throws -> [RehearsedEntry]
}

/// An instance as it stood at the end of a replay.
public struct RehearsedInstance: Sendable {
    public let workflow: String
    public let key: String
    /// `inProgress completed cancelled failed terminated`.
    public let status: String
    public let context: Value
    public let startedAt: Timestamp
    public let endedAt: Timestamp?
    /// Ids of the active states that contain no other, or of the final one, in document order.
    public let states: [String]
    /// Its search attributes, in document order; values are of JSON.
    public let search: [(name: String, value: Value)]
    /// Of the stream, those that came for it when it had ended.
    public let eventsAfterEnd: Int
    package let number: Int64

    package init(
        workflow: String, key: String, status: String, context: Value, startedAt: Timestamp,
        endedAt: Timestamp?, states: [String], search: [(name: String, value: Value)],
        eventsAfterEnd: Int, number: Int64
    ) {
        self.workflow = workflow
        self.key = key
        self.status = status
        self.context = context
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.states = states
        self.search = search
        self.eventsAfterEnd = eventsAfterEnd
        self.number = number
    }

    /// A search attribute as a text: what is no text as JSON. nil: its workflow declares none of that name.
    public func attribute(_ name: String) -> String? {
        guard let value = search.first(where: { sameUTF8($0.name, name) })?.value else {
            return nil
        }
        return value == .null ? "" : value.stringValue ?? JSON.string(value)
    }
}

/// One entry of an instance's history: `docs/reference/history.md` lists the kinds.
public struct RehearsedEntry: Sendable, Hashable {
    public let at: Timestamp
    public let kind: String
    public let data: Value

    package init(at: Timestamp, kind: String, data: Value) {
        self.at = at
        self.kind = kind
        self.data = data
    }
}

/// A table, as `--outcomes` writes it in CSV.
public struct RehearsalTable: Sendable, Hashable {
    public let columns: [String]
    public var rows: [[String]]

    public init(columns: [String], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }
}

/// A line of a replay's summary.
public struct RehearsalLine: Sendable, Hashable {
    public let label: String
    public let text: String

    public init(_ label: String, _ text: String) {
        self.label = label
        self.text = text
    }
}
