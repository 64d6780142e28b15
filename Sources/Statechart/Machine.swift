import CEL
import Values

/// A compiled statechart: W3C SCXML 1.0's document tree as flat tables.
///
/// States stand in document order (a parent before its children), so a state's index *is* its document
/// order and "is a descendant of" is a range check. The tables are immutable; where an instance is lives
/// in `Snapshot`, and `step` is the only way from one snapshot to the next.
package struct Machine: Sendable {
    private struct Tables: Sendable {
        let states: [State]
        let transitions: [Transition]
        let timers: [Timer]
        let invocations: [StateIndex]
        let semantics: Semantics
        let indexByID: [ExactText: StateIndex]
        let derived: MachineTables
    }

    /// One element, behind one reference: every step is given the machine.
    private let shared: [Tables]

    /// In document order; `states[0]` is the root.
    package var states: [State] { _read { yield shared[0].states } }
    /// In document order of their source states.
    package var transitions: [Transition] { _read { yield shared[0].transitions } }
    package var timers: [Timer] { _read { yield shared[0].timers } }
    /// The states that own the invocations; an invocation is known to the chart by its index here only.
    package var invocations: [StateIndex] { _read { yield shared[0].invocations } }
    package var semantics: Semantics { shared[0].semantics }
    var tables: MachineTables { _read { yield shared[0].derived } }

    package init(
        states: [State], transitions: [Transition], timers: [Timer], invocations: [StateIndex],
        semantics: Semantics = .pawl
    ) {
        shared = [
            Tables(
                states: states, transitions: transitions, timers: timers,
                invocations: invocations, semantics: semantics,
                indexByID: Dictionary(
                    states.enumerated().map { ($0.element.id, $0.offset) },
                    uniquingKeysWith: { first, _ in first }),
                derived: MachineTables(
                    states: states, transitions: transitions, semantics: semantics))
        ]
    }

    package func state(named id: String) -> StateIndex? { shared[0].indexByID[id] }
}

/// The rest of a machine follows from these.
extension Machine: Hashable {
    package static func == (left: Machine, right: Machine) -> Bool {
        left.states == right.states && left.transitions == right.transitions
            && left.timers == right.timers && left.invocations == right.invocations
            && left.semantics == right.semantics
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(states)
        hasher.combine(transitions)
    }
}

/// An index into `Machine.states`: the state's document order.
package typealias StateIndex = Int
/// An index into `Machine.transitions`.
package typealias TransitionIndex = Int
/// An index into `Machine.timers`.
package typealias TimerIndex = Int
/// An index into `Machine.invocations`.
package typealias InvocationIndex = Int

/// A place in the text that a chart was compiled from; both count from 1.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column)" }
}

package struct State: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case atomic
        case compound
        case parallel
        case final
        case history(deep: Bool)
    }

    /// Unique in the machine: the path of names from the root, joined by dots. The root's is empty.
    package let id: String
    package let kind: Kind
    package let parent: StateIndex?
    /// Proper states and history states, in document order.
    package let children: [StateIndex]
    /// The last index of the subtree below this state (itself, when it has no children).
    package let lastDescendant: StateIndex
    /// For a compound state what it enters by default; for a history state its default configuration.
    package let initial: [StateIndex]
    /// Actions of the `<initial>` or `<history>` transition.
    package let initialActions: [ActionBlock]
    package let onEntry: [ActionBlock]
    package let onExit: [ActionBlock]
    package let transitions: [TransitionIndex]
    package let timers: [TimerIndex]
    package let invocations: [InvocationIndex]
    /// The data of `done.state.<parent>` when this final state is entered.
    package let doneData: Template?
    package let location: SourceLocation

    package init(
        id: String, kind: Kind, parent: StateIndex?, children: [StateIndex] = [],
        lastDescendant: StateIndex, initial: [StateIndex] = [], initialActions: [ActionBlock] = [],
        onEntry: [ActionBlock] = [], onExit: [ActionBlock] = [],
        transitions: [TransitionIndex] = [], timers: [TimerIndex] = [],
        invocations: [InvocationIndex] = [], doneData: Template? = nil, location: SourceLocation
    ) {
        self.id = id
        self.kind = kind
        self.parent = parent
        self.children = children
        self.lastDescendant = lastDescendant
        self.initial = initial
        self.initialActions = initialActions
        self.onEntry = onEntry
        self.onExit = onExit
        self.transitions = transitions
        self.timers = timers
        self.invocations = invocations
        self.doneData = doneData
        self.location = location
    }

    package var isHistory: Bool {
        if case .history = kind { true } else { false }
    }
}

/// Leaves its source and enters its targets when its trigger and guard hold. No targets: the actions run
/// and nothing is left.
package struct Transition: Sendable, Hashable {
    package let source: StateIndex
    package let trigger: Trigger
    package let guardExpression: Guard?
    package let targets: [StateIndex]
    /// SCXML's `type="internal"`: a transition into the source's own descendants does not leave the source.
    package let isInternal: Bool
    package let actions: ActionBlock
    package let location: SourceLocation

    package init(
        source: StateIndex, trigger: Trigger, guardExpression: Guard? = nil,
        targets: [StateIndex] = [], isInternal: Bool = true, actions: ActionBlock = [],
        location: SourceLocation
    ) {
        self.source = source
        self.trigger = trigger
        self.guardExpression = guardExpression
        self.targets = targets
        self.isInternal = isInternal
        self.actions = actions
        self.location = location
    }
}

/// A condition: bare CEL that must give a boolean.
package struct Guard: Sendable, Hashable {
    package let expression: Expression
    package let location: SourceLocation

    package init(expression: Expression, location: SourceLocation) {
        self.expression = expression
        self.location = location
    }
}

/// What a transition waits for. What the engine itself raises (done, error, after) matches by identity,
/// never by the text of a name: `done.state.work` must not match `done.state.work.r0`.
package enum Trigger: Sendable, Hashable {
    /// Eventless (`always`).
    case always
    /// A named event, to the letter.
    case named(String)
    /// SCXML's descriptor: whole tokens of any event's name, engine events included. Empty: every event.
    case prefix([String])
    case timer(TimerIndex)
    case stateDone(StateIndex)
    case invocationDone(InvocationIndex)
    /// A person decided so; whatever is not decided this way is `invocationDone` only.
    case taskDecided(InvocationIndex, outcome: String)
    /// The invocation failed with one of these errors; an empty list takes all.
    case invocationFailed(InvocationIndex, errors: [String])
}

/// A delay that starts when its state is entered and is dropped when it is left.
package struct Timer: Sendable, Hashable {
    package let state: StateIndex
    /// A duration from the moment of entry, or a timestamp.
    package let due: Template
    package let location: SourceLocation

    package init(state: StateIndex, due: Template, location: SourceLocation) {
        self.state = state
        self.due = due
        self.location = location
    }
}

/// A block of executable content. By the standard's letter an error aborts the rest of its block only (SCXML 4.1).
package typealias ActionBlock = [Action]

package enum Action: Sendable, Hashable {
    /// Sets one top-level member of the context.
    /// - schema: what the member may hold.
    case assign(
        name: String, value: Template, schema: Schema = .any, location: SourceLocation)
    /// Puts an event into the internal queue.
    case raise(event: String, data: Template?, location: SourceLocation)
    /// An effect on the world outside the chart, handed to the caller with its payload evaluated.
    case emit(Emission.Kind, payload: Template, location: SourceLocation)
    /// SCXML's `<if>`: the actions of the first branch whose condition holds.
    case choose([Branch])
}

/// One way of a `choose`. No condition: `<else>`.
package struct Branch: Sendable, Hashable {
    package let condition: Guard?
    package let actions: ActionBlock

    package init(condition: Guard?, actions: ActionBlock) {
        self.condition = condition
        self.actions = actions
    }
}

/// An effect that the chart asked for; what it means is the caller's business.
package struct Emission: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case send
        case log
        case notify
        case reject
        /// Tells the parent the result now.
        case report
    }

    package let kind: Kind
    package let payload: Value
    package let location: SourceLocation

    package init(kind: Kind, payload: Value, location: SourceLocation) {
        self.kind = kind
        self.payload = payload
        self.location = location
    }
}
