import Definition
import Sabotage
import Values

/// A task's row: what lists of tasks need, so that they read nothing else. Derived from the run, like timers: of those that
/// are open, and of those that ended last, while the run keeps them.
package struct TaskRow: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case open
        /// It is there, and nobody can decide it now (`TaskHold`).
        case held
        case decided
        case withdrawn
    }

    package let instance: InstanceID
    package let activation: Int64
    package let name: InstanceName
    package let status: Status
    /// Empty where it has none: texts of a row are what the store compares.
    @ExactText package private(set) var role: String
    /// To whom it was given; empty: to nobody.
    @ExactText package private(set) var assignee: String
    /// The subject who is at it; empty: nobody is.
    @ExactText package private(set) var claimedBy: String
    package let priority: Int
    package let due: Timestamp?
    @ExactText package private(set) var state: String
    /// Empty while nobody has decided.
    @ExactText package private(set) var outcome: String
    /// The subject who decided; empty: nobody did.
    @ExactText package private(set) var decidedBy: String
    /// What is shown and never asked for.
    package let facts: Facts

    package struct Facts: Sendable, Hashable {
        @ExactText package private(set) var title: String
        package let openedAt: Timestamp
        package let claim: OpenTask.Claim?
        package let reminders: Int
        /// What holds it (`TaskHold`), in words; nil: it can be decided.
        package let hold: String?
        /// Whole; `decidedBy` is its subject.
        package let decidedBy: Doer?
        /// What withdrew it.
        package let cause: Cause?
        package let endedAt: Timestamp?

        package init(
            title: String, openedAt: Timestamp, claim: OpenTask.Claim? = nil, reminders: Int = 0,
            hold: String? = nil, decidedBy: Doer? = nil, cause: Cause? = nil,
            endedAt: Timestamp? = nil
        ) {
            self.title = title
            self.openedAt = openedAt
            self.claim = claim
            self.reminders = reminders
            self.hold = hold
            self.decidedBy = decidedBy
            self.cause = cause
            self.endedAt = endedAt
        }
    }

    package init(
        instance: InstanceID, activation: Int64, name: InstanceName, status: Status = .open,
        role: String, assignee: String = "", claimedBy: String = "", priority: Int = 50,
        due: Timestamp?, state: String = "", outcome: String = "", decidedBy: String = "",
        facts: Facts
    ) {
        self.instance = instance
        self.activation = activation
        self.name = name
        self.status = status
        self.role = role
        self.assignee = assignee
        self.claimedBy = claimedBy
        self.priority = priority
        self.due = due
        self.state = state
        self.outcome = outcome
        self.decidedBy = decidedBy
        self.facts = facts
    }

    package var position: TaskPosition {
        TaskPosition(
            priority: priority, due: due, instance: instance, activation: activation)
    }
}

/// Where a task stands in lists: the most urgent first, then the one due first, those without a due time last, then by age.
package struct TaskPosition: Sendable, Hashable, Comparable {
    package let priority: Int
    package let due: Timestamp?
    package let instance: InstanceID
    package let activation: Int64

    package init(priority: Int, due: Timestamp?, instance: InstanceID, activation: Int64) {
        self.priority = priority
        self.due = due
        self.instance = instance
        self.activation = activation
    }

    /// Later than every due time.
    package static let noDue = Int64.max

    package var dueOrder: Int64 { due?.milliseconds ?? Self.noDue }

    /// Grows as the priority falls.
    package var urgencyOrder: Int64 { 100 - Int64(priority) }

    package static func < (left: TaskPosition, right: TaskPosition) -> Bool {
        (left.urgencyOrder, left.dueOrder, left.instance.rawValue, left.activation)
            < (right.urgencyOrder, right.dueOrder, right.instance.rawValue, right.activation)
    }
}

/// A page of tasks of one status; all terms must hold.
package struct TaskQuery: Sendable, Hashable {
    package enum Term: Sendable, Hashable {
        case role(String)
        /// Empty: given to nobody.
        case assignee(String)
        /// Empty: nobody is at it.
        case claimed(String)
        /// Who has one of these capacities may do it now.
        case can([Capacity])
        case workflow(String)
        case key(String)
        case keyPrefix(String)
        /// The task's state, or one that it is inside of.
        case state(String)
        case outcome(String)
        case decidedBy(String)
        /// Of one that has a due time.
        case due(InstanceQuery.Comparison, Timestamp)
        case priority(InstanceQuery.Comparison, Int)
    }

    /// To act as somebody of a role: as that very person, or, without a subject, as anybody of it.
    package struct Capacity: Sendable, Hashable {
        @ExactText package private(set) var role: String
        @ExactText package private(set) var subject: String
        /// Who has the capacity, and may be at the task already.
        @ExactText package private(set) var holder: String

        package init(role: String, subject: String, holder: String = "") {
            self.role = role
            self.subject = subject
            self.holder = holder
        }

        func allows(_ row: TaskRow) -> Bool {
            let isNamed = !subject.isEmpty && sameUTF8(row.assignee, subject)
            guard sameUTF8(row.role, role) || (row.role.isEmpty && isNamed) else { return false }
            return (row.assignee.isEmpty || isNamed)
                && (row.claimedBy.isEmpty
                    || [subject, holder].contains {
                        !$0.isEmpty && sameUTF8(row.claimedBy, $0)
                    })
        }
    }

    package let status: TaskRow.Status
    package let terms: [Term]
    package let after: TaskPosition?
    package let count: Int

    package init(
        status: TaskRow.Status = .open, _ terms: [Term] = [], after: TaskPosition? = nil,
        count: Int
    ) {
        self.status = status
        self.terms = terms
        self.after = after
        self.count = count
    }

    /// Whether the row belongs on the page, whose length is not looked at: the oracle of the stores that answer in SQL.
    package func matches(_ row: TaskRow) -> Bool {
        guard row.status == status else { return false }
        if let after, row.position <= after { return false }
        return terms.allSatisfy { $0.matches(row) }
    }
}

extension TaskQuery.Term {
    fileprivate func matches(_ row: TaskRow) -> Bool {
        switch self {
        case .role(let role): sameUTF8(row.role, role)
        case .assignee(let subject): sameUTF8(row.assignee, subject)
        case .claimed(let subject): sameUTF8(row.claimedBy, subject)
        case .can(let capacities): capacities.contains { $0.allows(row) }
        case .workflow(let name): sameUTF8(row.name.workflow, name)
        case .key(let key): sameUTF8(row.name.key, key)
        case .keyPrefix(let prefix): row.name.key.utf8.starts(with: prefix.utf8)
        case .state(let id):
            sameUTF8(row.state, id) || row.state.utf8.starts(with: "\(id).".utf8)
        case .outcome(let name): sameUTF8(row.outcome, name)
        case .decidedBy(let subject): sameUTF8(row.decidedBy, subject)
        case .due(let comparison, let moment):
            row.due.map { comparison.holds($0.milliseconds, moment.milliseconds) } ?? false
        case .priority(let comparison, let number): comparison.holds(row.priority, number)
        }
    }
}

extension InstanceQuery.Comparison {
    fileprivate func holds<T: Comparable>(_ left: T, _ right: T) -> Bool {
        switch self {
        case .equal: left == right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

extension Run {
    /// What the store's task table must hold for this run: exactly this.
    package func taskRows(_ definition: WorkflowDefinition) -> [TaskRow] {
        let machine = definition.machine
        let open = activations.compactMap { activation -> TaskRow? in
            guard case .task(let work) = activation.work, let task = work.open else { return nil }
            let state = activation.invocation.flatMap {
                machine.invocations.indices.contains($0)
                    ? machine.states[machine.invocations[$0]].id : nil
            }
            let hold = hold(of: activation.number)
            return TaskRow(
                instance: id, activation: activation.number, name: name,
                status: hold == nil || isMutant(.heldTaskOffered) ? .open : .held,
                role: work.role ?? "",
                assignee: task.assignee ?? "", claimedBy: task.claim?.by.actor.subject ?? "",
                priority: task.priority, due: task.due, state: state ?? "",
                facts: TaskRow.Facts(
                    title: task.title, openedAt: activation.startedAt, claim: task.claim,
                    reminders: task.reminders, hold: hold.map { "\($0)" }))
        }
        return closedTasks.map { $0.row(of: self) } + open
    }
}

extension ClosedTask {
    fileprivate func row(of run: Run) -> TaskRow {
        var outcome = ""
        var decider: Doer?
        var cause: Cause?
        switch end {
        case .decided(let name, let doer, _, _):
            outcome = name
            decider = doer
        case .withdrawn(let reason): cause = reason
        }
        return TaskRow(
            instance: run.id, activation: number, name: run.name,
            status: decider == nil ? .withdrawn : .decided, role: role ?? "",
            assignee: assignee ?? "", claimedBy: claim?.by.actor.subject ?? "",
            priority: priority, due: due, state: state, outcome: outcome,
            decidedBy: decider?.actor.subject ?? "",
            facts: TaskRow.Facts(
                title: title, openedAt: openedAt, claim: claim, decidedBy: decider, cause: cause,
                endedAt: endedAt))
    }
}
