import Definition
import Statechart
import Values

/// Everything that is true of one instance: the whole input of its next decision, besides the event itself.
///
/// There is nothing to replay. What the store indexes (timers, calls, incidents) is derived from the run by
/// `Commit`, so that the rows cannot say anything else than the run does.
package struct Run: Sendable, Hashable {
    /// Whether the instance goes on, and if not, how it ended.
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case running
        case completed
        case failed
        case cancelled
        /// Ended by an operator, without its logic.
        case terminated

        package var isTerminal: Bool { self != .running }
    }

    /// What the start says of it; another version may read it otherwise, and nothing else changes it.
    private struct Origin: Sendable, Hashable {
        let name: InstanceName
        let parent: ParentLink?
        let input: Value
        let params: Value
        let startedBy: Actor?
    }

    package let id: InstanceID
    /// The one that it started with, until somebody migrates it.
    package private(set) var version: Int
    package let startedAt: Timestamp
    /// One element, behind one reference: a run is copied with every decision.
    private var origin: [Origin]
    /// Grows by one a commit.
    package var revision: Int64 = 0
    package internal(set) var status: Status = .running
    package internal(set) var snapshot: Snapshot
    package internal(set) var updatedAt: Timestamp
    package internal(set) var endedAt: Timestamp?
    package internal(set) var output: Value?
    /// Set when the chart is at its end but children that it cancelled are not.
    package internal(set) var pendingEnd: Status?
    /// One for each active state, in document order.
    package internal(set) var visits: [StateVisit] = []
    package internal(set) var timers = ChartTimers()
    /// What is under way.
    package internal(set) var activations = Activations()
    /// What it has done, or may have done, that can be undone.
    package internal(set) var effects = CompensationLog()
    var exceptional = Exceptional()
    /// Of its history, which has no gap (G3).
    package internal(set) var lastSequence: Int64 = 0
    /// Of its messages to other instances.
    package internal(set) var lastMessage: Int64 = 0

    package init(
        id: InstanceID, name: InstanceName, version: Int, parent: ParentLink?, input: Value,
        params: Value, snapshot: Snapshot, startedAt: Timestamp, startedBy: Actor? = nil
    ) {
        self.id = id
        self.version = version
        origin = [
            Origin(name: name, parent: parent, input: input, params: params, startedBy: startedBy)
        ]
        self.snapshot = snapshot
        self.startedAt = startedAt
        self.updatedAt = startedAt
    }

    /// It goes by another version from here on, which reads in its own way what it was started with.
    mutating func enter(version: Int, input: Value, params: Value) {
        self.version = version
        origin = [
            Origin(
                name: name, parent: parent, input: input, params: params, startedBy: startedBy)
        ]
    }

    package var name: InstanceName { _read { yield origin[0].name } }
    package var parent: ParentLink? { origin[0].parent }
    package var input: Value { _read { yield origin[0].input } }
    /// Pinned at the start.
    package var params: Value { _read { yield origin[0].params } }
    /// nil: it started before that was kept.
    package var startedBy: Actor? { origin[0].startedBy }
}

/// The activation of another instance that waits for this one.
package struct ParentLink: Sendable, Hashable {
    package let instance: InstanceID
    package let activation: Int64

    package init(instance: InstanceID, activation: Int64) {
        self.instance = instance
        self.activation = activation
    }
}

/// Being in a state: since when, and from when on that is too long.
package struct StateVisit: Sendable, Hashable {
    package let state: StateIndex
    package let since: Timestamp
    package let overdueAt: Timestamp?
    /// What `overdueAt` is by the calendar.
    package let reckoning: Reckoning?

    package init(
        state: StateIndex, since: Timestamp, overdueAt: Timestamp?, reckoning: Reckoning? = nil
    ) {
        self.state = state
        self.since = since
        self.overdueAt = overdueAt
        self.reckoning = reckoning
    }
}

/// A named failure of a call.
package struct CallError: Sendable, Hashable {
    /// As declared by the adapter (`declined`), or one of the engine's: `timeout`, `unavailable`,
    /// `rejected`, `invalid-input`, `invalid-output`, `unknown-outcome`.
    package let name: String
    package let message: String
    package let isRetryable: Bool
    /// What the remote said (status, body), for people.
    package let detail: Value

    package init(name: String, message: String, isRetryable: Bool, detail: Value = .null) {
        self.name = name
        self.message = message
        self.isRetryable = isRetryable
        self.detail = detail
    }
}

/// A call or a child failed, and some state took the error.
package struct CaughtError: Sendable, Hashable {
    /// `adapter.operation` or the child.
    package let task: String
    package let error: String
    package let message: String
    package let at: Timestamp

    package init(task: String, error: String, message: String, at: Timestamp) {
        self.task = task
        self.error = error
        self.message = message
        self.at = at
    }
}

/// A named event that applied nowhere because every guard was false.
package struct IgnoredEvent: Sendable, Hashable {
    package let name: String
    package let at: Timestamp
    package let guards: [GuardValue]

    package init(name: String, at: Timestamp, guards: [GuardValue]) {
        self.name = name
        self.at = at
        self.guards = guards
    }
}

extension Run {
    /// A step of it failed: nothing moves it until a person has it tried again.
    package var isStopped: Bool { incidents.stopping != nil }
}
