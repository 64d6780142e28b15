import Definition
import Statechart
import Values

/// The kinds of work that an activation can be, each with what it needs and no more.
package indirect enum Work: Sendable, Hashable {
    /// An operation of an adapter.
    case call(Call)
    /// Another instance, which says when it ends.
    case child(Child)
    /// A fan-out, which calls nothing itself: its members are activations of their own.
    case members(Members)
    /// Somebody of a role says how it ends.
    case task(Task)
    /// The effects of the instance are undone, one after the other.
    case undoing(Undoing)
}

extension Work {
    /// Work other than a call stands still: an incident needs a person.
    package struct Standstill: Sendable, Hashable {
        package let incident: Int64
        package let error: CallError
    }

    /// Another instance. It is under way until it says that it has ended, unless an incident needs a person.
    package struct Child: Sendable, Hashable {
        package enum Purpose: Sendable, Hashable {
            case invocation(Use)
            /// Its state was left, and it was asked to cancel.
            case abandoned(Use)
            case compensation(of: Int64)
        }

        package let name: InstanceName
        package private(set) var purpose: Purpose
        package var standstill: Standstill?

        init(_ name: InstanceName, for purpose: Purpose) {
            self.name = name
            self.purpose = purpose
        }

        var isAbandoned: Bool {
            if case .abandoned = purpose { true } else { false }
        }

        mutating func abandon() {
            if case .invocation(let use) = purpose { purpose = .abandoned(use) }
        }

        mutating func passDeadline() {
            guard case .invocation(var use) = purpose else { return }
            use.passDeadline()
            purpose = .invocation(use)
        }

        mutating func goOn(as invocation: InvocationIndex) {
            switch purpose {
            case .invocation(let use): purpose = .invocation(use.continued(as: invocation))
            case .abandoned(let use): purpose = .abandoned(use.continued(as: invocation))
            case .compensation: return
            }
        }
    }

    /// A fan-out: how far it is, while its members come and go as activations of their own.
    package struct Members: Sendable, Hashable {
        private(set) var use: Use
        package var progress: FanOut
        package var standstill: Standstill?

        /// A fan-out is no member of another.
        init(of invocation: InvocationIndex, deadline: Timestamp?, progress: FanOut = FanOut()) {
            use = Use(invocation, deadline: deadline)
            self.progress = progress
        }

        mutating func passDeadline() { use.passDeadline() }

        mutating func goOn(as invocation: InvocationIndex) {
            use = use.continued(as: invocation)
        }

        mutating func prolong(by span: Duration) { use.prolong(by: span) }
    }

    /// A task for a person: it is open until somebody of the role says how it ends.
    package struct Task: Sendable, Hashable {
        private enum State: Sendable, Hashable {
            /// Its texts are being evaluated.
            case unopened
            case open(OpenTask)
            /// Its texts could not be evaluated.
            case standing(Standstill)
        }

        /// nil: it is for its assignee alone.
        package let role: String?
        private(set) var use: Use
        private var state = State.unopened

        init(role: String?, for use: Use) {
            self.role = role
            self.use = use
        }

        package var open: OpenTask? {
            if case .open(let task) = state { task } else { nil }
        }

        package var standstill: Standstill? {
            if case .standing(let standstill) = state { standstill } else { nil }
        }

        mutating func open(_ task: OpenTask) { state = .open(task) }

        /// What is not open is left as it is.
        mutating func update(_ change: (inout OpenTask) -> Void) {
            guard case .open(var task) = state else { return }
            change(&task)
            state = .open(task)
        }

        mutating func stand(_ standstill: Standstill) { state = .standing(standstill) }

        mutating func passDeadline() { use.passDeadline() }

        mutating func goOn(as invocation: InvocationIndex) {
            use = use.continued(as: invocation)
        }
    }

    /// The undoing of the effects in its scope, the last one first.
    package struct Undoing: Sendable, Hashable {
        package enum Purpose: Sendable, Hashable {
            /// A state asks for it.
            case invocation(Use)
            /// The instance was cancelled.
            case cancellation
        }

        package let scope: Invocation.CompensationScope
        package private(set) var purpose: Purpose
        package var standstill: Standstill?

        init(_ scope: Invocation.CompensationScope, for purpose: Purpose) {
            self.scope = scope
            self.purpose = purpose
        }

        mutating func passDeadline() {
            guard case .invocation(var use) = purpose else { return }
            use.passDeadline()
            purpose = .invocation(use)
        }

        mutating func goOn(as invocation: InvocationIndex) {
            guard case .invocation(let use) = purpose else { return }
            purpose = .invocation(use.continued(as: invocation))
        }
    }

    // MARK: Changing

    /// Its instance has come into another version, where it is that invocation's.
    mutating func goOn(as invocation: InvocationIndex) {
        switch self {
        case .call(var call):
            call.goOn(as: invocation)
            self = .call(call)
        case .child(var child):
            child.goOn(as: invocation)
            self = .child(child)
        case .members(var members):
            members.goOn(as: invocation)
            self = .members(members)
        case .task(var task):
            task.goOn(as: invocation)
            self = .task(task)
        case .undoing(var undoing):
            undoing.goOn(as: invocation)
            self = .undoing(undoing)
        }
    }

    /// What may be left behind with an outcome of its own: a call, or a child that is asked to cancel.
    mutating func abandon() {
        switch self {
        case .call(var call):
            call.abandon()
            self = .call(call)
        case .child(var child):
            child.abandon()
            self = .child(child)
        case .members, .task, .undoing: return
        }
    }

    mutating func passDeadline() {
        switch self {
        case .call(var call):
            call.passDeadline()
            self = .call(call)
        case .child(var child):
            child.passDeadline()
            self = .child(child)
        case .members(var members):
            members.passDeadline()
            self = .members(members)
        case .task(var task):
            task.passDeadline()
            self = .task(task)
        case .undoing(var undoing):
            undoing.passDeadline()
            self = .undoing(undoing)
        }
    }

    /// Of a fan-out: what its members have waited is no time of its own.
    mutating func prolong(by span: Duration) {
        guard case .members(var members) = self else { return }
        members.prolong(by: span)
        self = .members(members)
    }

    /// It waits for a person at that incident.
    mutating func stand(at incident: Int64, _ error: CallError) {
        let standstill = Standstill(incident: incident, error: error)
        switch self {
        case .call(var call):
            call.stand(at: incident, error)
            self = .call(call)
        case .child(var child):
            child.standstill = standstill
            self = .child(child)
        case .members(var members):
            members.standstill = standstill
            self = .members(members)
        case .task(var task):
            task.stand(standstill)
            self = .task(task)
        case .undoing(var undoing):
            undoing.standstill = standstill
            self = .undoing(undoing)
        }
    }
}
