import Values

/// What became of a task, for whoever comes late.
package struct ClosedTask: Sendable, Hashable {
    package enum End: Sendable, Hashable {
        case decided(outcome: String, by: Doer, id: String?, fingerprint: String)
        case withdrawn(Cause)
    }

    package let number: Int64
    package let title: String
    package let role: String?
    package let state: String
    package let assignee: String?
    /// Who was at it.
    package let claim: OpenTask.Claim?
    package let priority: Int
    package let openedAt: Timestamp
    package let due: Timestamp?
    package let endedAt: Timestamp
    package let end: End
}

/// What made something happen to a run that somebody did not expect.
package struct Cause: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case event
        /// A state's time was over, or the task's own.
        case timer
        case `operator`
        case cancel
        /// What another task, call or child of the same instance gave.
        case work
    }

    package let kind: Kind
    /// Of the event, or what the operator did.
    package let name: String?
    package let by: Actor?

    package init(_ kind: Kind, name: String? = nil, by actor: Actor? = nil) {
        self.kind = kind
        self.name = name
        by = actor
    }

    init(_ input: Input) {
        switch input {
        case .event(let event), .eventRefused(let event, _):
            self.init(.event, name: event.name, by: event.sender)
        case .timer: self.init(.timer)
        case .operate(let action, _, let actor):
            self.init(.operator, name: action.name, by: actor)
        case .cancel(_, let actor): self.init(.cancel, by: actor)
        case .task(let request): self.init(.work, by: request.actor)
        case .proceed, .local, .localConflict, .answer, .childEnded, .childRefused,
            .holdWithWorkflow, .releaseWithWorkflow, .releaseMoney, .park:
            self.init(.work)
        }
    }

    /// `the event x by client/c-7`
    package var text: String {
        let what =
            switch kind {
            case .event: "the event \(name ?? "")"
            case .timer: "its time, which was over"
            case .operator: "\(name ?? "an action")"
            case .cancel: "a cancellation"
            case .work: "what else the instance did"
            }
        return what + (by.map { " by \($0)" } ?? "")
    }
}

/// The tasks that ended last, as many as are kept with the run; the history has all.
package struct ClosedTasks: Part {
    package typealias Element = ClosedTask

    package private(set) var list: [ClosedTask] = []

    static let maximum = 32

    init(_ list: [ClosedTask] = []) { self.list = list }

    package func numbered(_ number: Int64) -> ClosedTask? {
        list.last { $0.number == number }
    }

    mutating func append(_ task: ClosedTask) {
        list.append(task)
        if list.count > Self.maximum { list.removeFirst(list.count - Self.maximum) }
    }
}
