import Values

/// What one macrostep did: the next snapshot and everything that must happen outside, as values.
package struct Step: Sendable, Hashable {
    package var snapshot: Snapshot
    /// In the order in which the chart asked for them.
    package var effects: [Effect] = []
    package var microsteps: [Microstep] = []
    /// Expressions that failed and that the chart dealt with by SCXML's rules, as it asks to (`error.execution`).
    package var problems: [ExpressionProblem] = []
    /// The guards that kept a named event from applying.
    package var falseGuards: [GuardValue] = []
    package var selection = Selection.none
    /// Nothing of the step holds: the snapshot is the one before the event, and there are no effects.
    package var failure: StepFailure?

    package init(snapshot: Snapshot) { self.snapshot = snapshot }

    /// What became of the event that was given.
    package enum Selection: Sendable, Hashable {
        /// No active state names it.
        case none
        /// Active states name it, but every guard was false.
        case guardsFalse
        case taken
    }
}

package enum Effect: Sendable, Hashable {
    /// A duration or a timestamp.
    case startTimer(TimerIndex, Value)
    case cancelTimer(TimerIndex)
    /// The state is still active at the end of the macrostep.
    case startInvocation(InvocationIndex)
    case cancelInvocation(InvocationIndex)
    case emit(Emission)
}

/// Answers an emission while its block is being executed, as SCXML's event processors answer `<send>` (6.2): who sends where
/// nobody is finds the error in the internal queue, before anything that the rest of the block raises.
package typealias EventProcessor = (Emission) -> SendOutcome

/// What becomes of an emission.
package enum SendOutcome: Sendable, Hashable {
    /// It leaves with the step.
    case effect
    /// It has become this event in the internal queue; nothing leaves.
    case queued(Event)
    /// It is no order at all: this error goes to the internal queue and the rest of its block is not executed.
    case refused(Event)
}

/// One set of transitions taken together, for the history and for diagrams.
package struct Microstep: Sendable, Hashable {
    package let transitions: [TransitionIndex]
    /// In the order of leaving.
    package let exited: [StateIndex]
    /// In the order of entering.
    package let entered: [StateIndex]
    package let event: String?

    /// Leaving everything at the end.
    package var isFarewell: Bool { transitions.isEmpty && entered.isEmpty }

    package init(
        transitions: [TransitionIndex], exited: [StateIndex], entered: [StateIndex], event: String?
    ) {
        self.transitions = transitions
        self.exited = exited
        self.entered = entered
        self.event = event
    }
}

/// Why a step cannot be taken as a whole.
package enum StepFailure: Error, Hashable {
    /// It failed, or gave a value that is refused, and no active state takes `error.execution`.
    indirect case expression(ExpressionProblem)
    /// More microsteps than the limit without a wait; the last of them.
    case endless([Microstep])
}

package struct ExpressionProblem: Error, Hashable {
    package enum Place: String, Sendable, Hashable {
        case guardExpression = "guard"
        case action
        case timer
        case doneData
        case input
        case key
        case output
        case expect
        case task
    }

    package let place: Place
    package let location: SourceLocation
    package let message: String
    /// The expression that failed and what its parts were; nil: its value was refused, not the expression.
    package let failed: FailedExpression?

    package init(
        place: Place, location: SourceLocation, message: String, failed: FailedExpression? = nil
    ) {
        self.place = place
        self.location = location
        self.message = message
        self.failed = failed
    }
}

/// Bounds on one macrostep.
package struct StepLimits: Sendable, Hashable {
    package let microsteps: Int

    package init(microsteps: Int = 10_000) { self.microsteps = microsteps }

    package static let standard = StepLimits()
}
