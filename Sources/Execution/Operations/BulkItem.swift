import Values

/// One instance of an operation on many, and how far it came with it.
package struct BulkItem: Sendable, Hashable {
    package static let collection = "pawl.operation-item"

    package enum State: String, Sendable, Hashable, CaseIterable {
        case pending
        /// The action was taken, durably; what it set off is under way.
        case accepted
        /// The instance has gone on with it, and what it set off is not at its end.
        case effective
        /// Nothing that it set off is under way, and nobody is needed.
        case verified
        /// It needs a person again.
        case failedAgain = "failed-again"
        /// The action may not be done to it.
        case refused
        /// It is not as it was when the operation was asked for, and was left alone.
        case movedOn = "moved-on"
        /// There is nothing to do: what was asked for is so already.
        case skipped

        package var isSettled: Bool {
            switch self {
            case .pending, .accepted, .effective: false
            case .verified, .failedAgain, .refused, .movedOn, .skipped: true
            }
        }
    }

    package let operation: Int64
    /// Its place in the operation, from 0.
    package let index: Int
    package let instance: InstanceID
    package let name: InstanceName
    /// The instance's revision when the operation was asked for.
    package let seen: Int64
    /// The one that is tried again; nil: all that are open.
    package let incident: Int64?
    package internal(set) var state = State.pending
    /// Why it came to nothing.
    package internal(set) var message: String?
    /// Of its last change.
    package internal(set) var at: Timestamp?
    /// The instance's revision with the action.
    package internal(set) var revision: Int64?
    /// The number of the instance's last incident before the action: a later one is of the action's making.
    package internal(set) var lastIncident: Int64?

    package init(
        operation: Int64, index: Int, instance: InstanceID, name: InstanceName, seen: Int64,
        incident: Int64? = nil
    ) {
        self.operation = operation
        self.index = index
        self.instance = instance
        self.name = name
        self.seen = seen
        self.incident = incident
    }
}

extension BulkItem {
    mutating func set(_ state: State, _ message: String? = nil, at now: Timestamp) {
        self.state = state
        self.message = message
        at = now
    }

    /// What the decision says of it.
    mutating func note(_ decision: Decision, of run: Run, at now: Timestamp) {
        switch decision.reply {
        case .problem(let problem): set(.refused, problem.message, at: now)
        case .receipt(let receipt) where receipt.outcome == .rejected:
            set(.refused, receipt.message, at: now)
        case .receipt(let receipt) where receipt.outcome == .held:
            set(.failedAgain, receipt.message, at: now)
        case .none, .started, .receipt:
            set(.accepted, decision.reply.keptMessage, at: now)
            revision = decision.commit?.instance?.revision ?? run.revision
            lastIncident = run.incidents.lastNumber
        }
    }

    /// How far the instance has come with the action that was accepted.
    mutating func judge(_ run: Run, at now: Timestamp) {
        let before = lastIncident ?? 0
        // It is taken when the workflow is resumed.
        if run.held.hasCancel { return }
        if let incident = run.incidents.first(where: { $0.number > before }) {
            set(.failedAgain, incident.cause, at: now)
        } else if run.pause != nil || !run.activations.contains(where: \.isUnderWay) {
            set(.verified, at: now)
        } else if state == .accepted, run.revision > revision ?? run.revision {
            set(.effective, at: now)
        }
    }
}

extension Decision.Reply {
    /// Of what was accepted and is still to be done.
    fileprivate var keptMessage: String? {
        if case .receipt(let receipt) = self, receipt.outcome == .kept {
            receipt.message
        } else {
            nil
        }
    }
}

extension Activation {
    /// It comes to an end by itself, one way or the other: not by a person, and not by another instance.
    fileprivate var isUnderWay: Bool {
        guard incident == nil else { return false }
        return switch work {
        case .call, .members, .undoing: true
        case .child, .task: false
        }
    }
}
