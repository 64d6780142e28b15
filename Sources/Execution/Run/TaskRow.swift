import Values

/// A task's row: what lists of tasks need. Derived from the run, like timers.
package struct TaskRow: Sendable, Hashable {
    package let instance: InstanceID
    package let activation: Int64
    @ExactText package private(set) var role: String
    private let holder: ExactText?
    package let due: Timestamp?

    /// The subject who has it; nil: nobody yet.
    package var assignee: String? { holder?.text }

    package init(
        instance: InstanceID, activation: Int64, role: String, assignee: String?, due: Timestamp?
    ) {
        self.instance = instance
        self.activation = activation
        self.role = role
        self.holder = assignee.map { ExactText($0) }
        self.due = due
    }

    package var position: TaskPosition {
        TaskPosition(due: due, instance: instance, activation: activation)
    }
}

/// Where a task stands in lists: the one due first comes first, those without a due time last, then by age.
package struct TaskPosition: Sendable, Hashable, Comparable {
    package let due: Timestamp?
    package let instance: InstanceID
    package let activation: Int64

    package init(due: Timestamp?, instance: InstanceID, activation: Int64) {
        self.due = due
        self.instance = instance
        self.activation = activation
    }

    /// Later than every due time.
    package static let noDue = Int64.max

    package var dueOrder: Int64 { due?.milliseconds ?? Self.noDue }

    package static func < (left: TaskPosition, right: TaskPosition) -> Bool {
        (left.dueOrder, left.instance.rawValue, left.activation)
            < (right.dueOrder, right.instance.rawValue, right.activation)
    }
}

/// A page of the open tasks.
package struct TaskQuery: Sendable, Hashable {
    /// nil: of any.
    package let role: String?
    /// nil: of anybody and nobody.
    package let assignee: Assignee?
    package let after: TaskPosition?
    package let count: Int

    /// Who has the tasks that are asked for.
    package enum Assignee: Sendable, Hashable {
        case nobody
        case subject(String)
    }

    package init(
        role: String? = nil, assignee: Assignee? = nil, after: TaskPosition? = nil, count: Int
    ) {
        self.role = role
        self.assignee = assignee
        self.after = after
        self.count = count
    }

    /// Whether the row belongs on the page, whose length is not looked at.
    package func matches(_ row: TaskRow) -> Bool {
        guard role == nil || sameUTF8(role, row.role) else { return false }
        if let after, row.position <= after { return false }
        return switch assignee {
        case nil: true
        case .nobody: row.assignee == nil
        case .subject(let subject): sameUTF8(row.assignee, subject)
        }
    }
}

extension Run {
    /// What the store's task table must hold for this run: exactly this.
    package var taskRows: [TaskRow] {
        activations.compactMap { activation in
            guard case .task(let work) = activation.work, let task = work.open else { return nil }
            return TaskRow(
                instance: id, activation: activation.number, role: work.role ?? "",
                assignee: task.claim?.by.actor.subject ?? task.assignee, due: task.due)
        }
    }
}
