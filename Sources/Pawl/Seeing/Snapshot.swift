import Definition
import Engine
import Execution
import Guest
import Values

/// Whether an instance runs, or how it ended; new ways may be added.
@nonexhaustive
public enum Status: String, Sendable, Hashable, CaseIterable {
    /// It has not ended.
    case running
    /// It came to an end that its workflow counts as success.
    case completed
    /// It came to an end that its workflow counts as failure.
    case failed
    /// It was cancelled, and what could be undone is undone.
    case cancelled
    /// An operator ended it without its logic.
    case terminated

    init(_ status: Run.Status) {
        self =
            switch status {
            case .running: .running
            case .completed: .completed
            case .failed: .failed
            case .cancelled: .cancelled
            case .terminated: .terminated
            }
    }

    var inStore: Run.Status {
        switch self {
        case .running: .running
        case .completed: .completed
        case .failed: .failed
        case .cancelled: .cancelled
        case .terminated: .terminated
        }
    }
}

/// What whoever looks after instances wants to know first; waiting normally is not being stuck.
@nonexhaustive
public enum Health: String, Sendable, Hashable, CaseIterable {
    /// It has ended.
    case ok
    /// It waits, within its usual or declared time.
    case waiting
    /// It waits longer than declared.
    case overdue
    /// Something fails and is tried again.
    case failing
    /// It needs a person.
    case blocked

    init(_ health: Execution.Health) { self = Health(rawValue: health.rawValue) ?? .blocked }

    var inStore: Execution.Health { Execution.Health(rawValue: rawValue) ?? .blocked }
}

/// One instance at one moment.
public struct Snapshot: Sendable, Hashable {
    /// The name of its workflow.
    public let workflow: String
    /// The business's own name for it.
    public let key: String
    /// The version of the workflow that it started on and stays on.
    public let version: Int
    /// Whether it runs, or how it ended.
    public let status: Status
    /// Whether it needs anybody.
    public let health: Health
    /// Ids of the active states, `active.visit`; of the innermost ones.
    public let states: [String]
    /// Why it does not move, or how it ended, in one line.
    public let why: String
    /// Grows by one with each change.
    public let revision: Int64
    /// When it started.
    public let startedAt: Timestamp
    /// When it changed last.
    public let updatedAt: Timestamp
    /// When it ended; nil: it runs.
    public let endedAt: Timestamp?
    /// From when on what it waits for takes longer than declared; nil: nothing is declared.
    public let overdueAt: Timestamp?
    /// What it was started with, with the defaults of its schema.
    public let input: Value
    /// What it knows now.
    public let context: Value
    /// What it gave; nil before its end, and where it gave nothing.
    public let output: Value?
    /// Its search attributes, by name.
    public let search: ValueMap

    /// `loan/7`.
    public var name: String { "\(workflow)/\(key)" }

    init(_ view: InstanceView) {
        workflow = view.row.name.workflow
        key = view.row.name.key
        version = view.row.version
        status = Status(view.run.status)
        health = Health(view.health)
        states = view.row.summary.states
        why = view.why
        revision = view.run.revision
        startedAt = view.run.startedAt
        updatedAt = view.run.updatedAt
        endedAt = view.run.endedAt
        overdueAt = view.row.summary.overdueAt
        input = view.run.input
        context = view.isDamaged ? .null : .map(view.run.snapshot.data)
        output = view.run.output
        search = ValueMap(view.row.summary.search.map { ($0.name, $0.value) })
    }
}

/// Something that happened to an instance; `docs/reference/history.md` lists the kinds.
public struct HistoryEntry: Sendable, Hashable {
    /// From 1, without a gap.
    public let sequence: Int64
    /// When, by the store's clock.
    public let at: Timestamp
    /// A word such as `transition.taken`; new ones may be added.
    public let kind: String
    /// What belongs to the kind.
    public let data: Value

    init(_ entry: Execution.HistoryEntry) {
        sequence = entry.sequence
        at = entry.at
        kind = entry.kind
        data = entry.data
    }
}
