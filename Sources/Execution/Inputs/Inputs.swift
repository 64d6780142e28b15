import Definition
import Values

/// What can happen to an instance. Plain values: a seed can make them, a log can hold them.
package enum Input: Sendable, Hashable {
    /// Nothing new: the first states are entered, or conditions are looked at anew.
    case proceed
    case event(InboundEvent)
    /// Another instance's event that could not be taken: nobody waits for an answer, so the history says it.
    case eventRefused(InboundEvent, Problem)
    case timer(TimerID)
    /// What came of the next local operation.
    case local(activation: Int64, result: LocalResult)
    /// The local operation would write over something that it had not read.
    case localConflict(activation: Int64, reason: String)
    case answer(CallID, CallOutcome)
    case childEnded(activation: Int64, status: Run.Status, output: Value)
    /// The child could not be started.
    case childRefused(activation: Int64, error: CallError)
    /// By a parent that left the state, or by a person.
    case cancel(reason: String, actor: Actor)
    case operate(OperatorAction, reason: String, actor: Actor)
    case task(TaskRequest)
    /// Its workflow is held: so is this from now on.
    case holdWithWorkflow(StandingPause)
    /// Its workflow goes on: so does this, unless it is paused by itself.
    case releaseWithWorkflow(StandingPause)
    /// Money that somebody held goes again: what no other hold covers is sent.
    case releaseMoney
    /// Deciding it harms the others: it is suspended, and nothing else is touched.
    case park(CallError)

    package var isPark: Bool {
        if case .park = self { true } else { false }
    }

    /// Somebody interferes: what happens then is not how it usually goes.
    var isByHand: Bool {
        switch self {
        case .cancel, .operate, .holdWithWorkflow, .releaseWithWorkflow, .releaseMoney, .park: true
        case .proceed, .event, .eventRefused, .timer, .local, .localConflict, .answer, .childEnded,
            .childRefused,
            .task:
            false
        }
    }
}

extension Input {
    /// A person does something with a task; nil: with the only one that is open.
    package static func task(_ number: Int64?, _ action: TaskAction, actor: Actor) -> Input {
        .task(TaskRequest(number, action, by: actor))
    }

    /// Everything that gave up is tried again, for no reason but that.
    package static let retry = Input.operate(.retry(incident: nil), reason: "", actor: .system)
}

/// Asks for a new instance: under which name, with which input, and for whom.
package struct StartRequest: Sendable, Hashable {
    package let id: InstanceID
    package let name: InstanceName
    package let input: Value
    package let params: Value
    package let parent: ParentLink?
    package let actor: Actor
    /// Events that came for this key before, to be offered in order of arrival.
    package let kept: [KeptRow]
    /// Its workflow is held: it does nothing yet.
    package let workflowPause: StandingPause?

    package init(
        id: InstanceID, name: InstanceName, input: Value, params: Value, parent: ParentLink?,
        actor: Actor, kept: [KeptRow], workflowPause: StandingPause? = nil
    ) {
        self.id = id
        self.name = name
        self.input = input
        self.params = params
        self.parent = parent
        self.actor = actor
        self.kept = kept
        self.workflowPause = workflowPause
    }
}

/// An event from outside the chart, with its sender. Its id makes a repeat known as one.
package struct InboundEvent: Sendable, Hashable {
    /// The sender's own id: (instance, id) applies at most once (G2).
    @ExactText package private(set) var id: String
    @ExactText package private(set) var name: String
    package let data: Value
    package let sender: Actor

    package init(id: String, name: String, data: Value, sender: Actor) {
        self.id = id
        self.name = name
        self.data = data
        self.sender = sender
    }
}

/// What the sender of an event learns after the decision.
package struct Receipt: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable {
        case applied
        case kept
        /// The step that it led to failed, or it waits behind one that did: nothing of it happened yet.
        case held
        case ignored
        case rejected
        case duplicate
    }

    /// Those that a decision may get: its step failed, or it is a repeat.
    package static let codesOfDecisions = [
        Incident.Kind.expressionError.rawValue, Incident.Kind.suspended.rawValue,
        Outcome.applied.rawValue,
    ]

    package let outcome: Outcome
    /// Of a rejection (`too-late`); of a duplicate, the first receipt's outcome.
    package let code: String?
    package let message: String?

    package init(_ outcome: Outcome, code: String? = nil, message: String? = nil) {
        self.outcome = outcome
        self.code = code
        self.message = message
    }
}

/// How one attempt, or one asking, ended.
package enum CallOutcome: Sendable, Hashable {
    case succeeded(Value)
    /// Classified: the effect did *not* take place.
    case failed(CallError)
    /// Classified like `failed`, but an earlier process may have sent the same attempt, and of that one it says nothing.
    case failedAfterRestart(CallError)
    /// Sent, but the answer is not known.
    case unknown(CallError)
    /// Asked: it did not take place.
    case notApplied
    /// Asked: the remote does not know yet.
    case undecided
    /// It was taken back before anything of it left, by that recall.
    case withdrawn(recall: Int64)
    /// It was not sent, for somebody holds its money; an earlier process may have sent it.
    case held(mayHaveLeft: Bool)
}
