import Definition
import Statechart
import Values

/// Something that is under way for an instance, from its start to its recorded result. Its number makes the key of
/// every attempt (G4).
package struct Activation: Sendable, Hashable {
    package let number: Int64
    package private(set) var input: Value
    /// The idempotency key of every attempt.
    package let key: String
    package let startedAt: Timestamp
    package var work: Work

    package init(number: Int64, work: Work, input: Value, key: String, startedAt: Timestamp) {
        self.number = number
        self.work = work
        self.input = input
        self.key = key
        self.startedAt = startedAt
    }

    /// Of a person's task, its input is what they are shown.
    mutating func show(_ shown: Value) { input = shown }

    /// What it is under way for, whatever kind of work it is. Each kind can be for some of these only.
    package enum Purpose: Sendable, Hashable {
        case invocation(Use)
        /// Its state was left: the result is not the chart's any more, only the compensation log's.
        case abandoned(Use)
        /// Belongs to no state; goes on after the instance's end.
        case notification
        /// Undoes the effect of that activation.
        case compensation(of: Int64)
        /// Undoes everything because the instance was cancelled.
        case cancellation
        /// Reads the next items of that fan-out.
        case page(of: Int64)
    }
}

extension Activation {
    package var purpose: Purpose {
        switch work {
        case .call(let call):
            switch call.purpose {
            case .invocation(let use): .invocation(use)
            case .abandoned(let use): .abandoned(use)
            case .notification: .notification
            case .compensation(let effect): .compensation(of: effect)
            case .page(let fanOut): .page(of: fanOut)
            }
        case .child(let child):
            switch child.purpose {
            case .invocation(let use): .invocation(use)
            case .abandoned(let use): .abandoned(use)
            case .compensation(let effect): .compensation(of: effect)
            }
        case .members(let members): .invocation(members.use)
        case .task(let task): .invocation(task.use)
        case .undoing(let undoing):
            switch undoing.purpose {
            case .invocation(let use): .invocation(use)
            case .cancellation: .cancellation
            }
        }
    }

    /// The use that some state made, or has made, of an invocation.
    package var use: Use? {
        switch purpose {
        case .invocation(let use), .abandoned(let use): use
        case .notification, .compensation, .cancellation, .page: nil
        }
    }

    /// nil: it is of none that its instance's version has.
    package var invocation: InvocationIndex? {
        use.flatMap { $0.invocation == Use.noInvocation ? nil : $0.invocation }
    }

    package var membership: Membership? { use?.membership }

    /// Of all attempts together; nil: there is none, or it has passed.
    package var deadline: Timestamp? { use?.deadline }

    /// Its state was left: the result is not the chart's any more, only the compensation log's.
    package var isAbandoned: Bool {
        switch work {
        case .call(let call): call.isAbandoned
        case .child(let child): child.isAbandoned
        case .members, .task, .undoing: false
        }
    }

    /// Belongs to no state, so that no state's leaving concerns it.
    var isDetached: Bool {
        switch purpose {
        case .notification, .compensation, .cancellation: true
        case .invocation, .abandoned, .page: false
        }
    }

    package var isNotification: Bool {
        if case .call(let call) = work { call.purpose == .notification } else { false }
    }

    package var isCancellation: Bool {
        if case .undoing(let undoing) = work { undoing.purpose == .cancellation } else { false }
    }

    func isPage(of fanOut: Int64) -> Bool {
        if case .call(let call) = work { call.purpose == .page(of: fanOut) } else { false }
    }

    // MARK: Kinds

    package var call: Work.Call? {
        if case .call(let call) = work { call } else { nil }
    }

    /// The child instance.
    package var child: InstanceName? {
        if case .child(let child) = work { child.name } else { nil }
    }

    /// How far a fan-out is.
    package var fanOut: FanOut? {
        if case .members(let members) = work { members.progress } else { nil }
    }

    /// Of a person, while it is open.
    package var task: OpenTask? {
        if case .task(let task) = work { task.open } else { nil }
    }

    /// Whose task it is.
    package var role: String? {
        if case .task(let task) = work { task.role } else { nil }
    }

    // MARK: Progress

    /// It stands still at that incident.
    package var incident: Int64? {
        switch work {
        case .call(let call):
            if case .incident(let number) = call.phase { number } else { nil }
        case .child(let child): child.standstill?.incident
        case .members(let members): members.standstill?.incident
        case .task(let task): task.standstill?.incident
        case .undoing(let undoing): undoing.standstill?.incident
        }
    }

    package var lastError: CallError? {
        switch work {
        case .call(let call): call.lastError
        case .child(let child): child.standstill?.error
        case .members(let members): members.standstill?.error
        case .task(let task): task.standstill?.error
        case .undoing(let undoing): undoing.standstill?.error
        }
    }

    /// A local operation that is performed next, before anything leaves the process.
    package var isLocal: Bool {
        if case .call(let call) = work { call.phase == .local } else { false }
    }

    /// An attempt of a call is on its way.
    package var isCalling: Bool {
        if case .call(let call) = work { call.phase == .calling } else { false }
    }

    /// A child instance, the steps of a compensation, the members of a fan-out or a person are under way.
    package var isWaiting: Bool {
        if case .call = work { false } else { incident == nil }
    }

    package var attempts: Int { call?.attempts ?? 0 }

    /// Some attempt may have taken effect, and nothing since has said otherwise.
    package var mayHaveApplied: Bool {
        if case .call(let call) = work { call.mayHaveApplied } else { false }
    }

    // MARK: Words

    /// For people: `notices.send`, `reminder/m-9`, `compensation`.
    package var label: String {
        switch work {
        case .call(let call): "\(call.adapter).\(call.operation)"
        case .child(let child): child.name.description
        case .members: "members"
        case .task(let task): "task for \(task.role ?? "one person")"
        case .undoing: "compensation"
        }
    }

    /// What was called, without which: `notices.send`, `reminder`.
    var taskName: String { child?.workflow ?? label }

    /// The child's name, or the call's key.
    package var memberKey: String { child?.description ?? key }
}

/// A state's use of one of its invocations.
package struct Use: Sendable, Hashable {
    package private(set) var invocation: InvocationIndex
    private var scope: Scope

    /// Of what was left before its instance came into a version that has no such invocation.
    static let noInvocation: InvocationIndex = -1

    private enum Scope: Sendable, Hashable {
        case alone(deadline: Timestamp?)
        /// The deadline of a fan-out is that of all members together, so that a member has none.
        case member(Membership)
    }

    package init(_ invocation: InvocationIndex, deadline: Timestamp? = nil) {
        self.invocation = invocation
        scope = .alone(deadline: deadline)
    }

    package init(_ invocation: InvocationIndex, as membership: Membership) {
        self.invocation = invocation
        scope = .member(membership)
    }

    package var deadline: Timestamp? {
        if case .alone(let deadline) = scope { deadline } else { nil }
    }

    package var membership: Membership? {
        if case .member(let membership) = scope { membership } else { nil }
    }

    /// It goes on as that invocation of another version.
    func continued(as invocation: InvocationIndex) -> Use {
        var use = self
        use.invocation = invocation
        return use
    }

    /// What it has waited is no time of its own.
    mutating func prolong(by span: Duration) {
        guard case .alone(let deadline?) = scope else { return }
        scope = .alone(deadline: deadline.adding(span) ?? deadline)
    }

    mutating func passDeadline() {
        if case .alone = scope { scope = .alone(deadline: nil) }
    }
}
