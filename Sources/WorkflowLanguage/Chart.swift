import CEL
import Definition
import Statechart

/// The tables of a machine while they grow.
struct Chart {
    /// What one state adds beyond its place in the outline.
    struct Parts {
        var initial: [StateIndex] = []
        var entry: ActionBlock = []
        var exit: ActionBlock = []
        var transitions: [TransitionIndex] = []
        var timers: [TimerIndex] = []
        var invocations: [InvocationIndex] = []
        var expect: Delay?
        var tags: [String] = []
        var outcome = StateFacts.Outcome.completed
        var output: Template?
    }

    var parts: [Parts]
    private(set) var transitions: [Transition] = []
    private(set) var timers: [Timer] = []
    private(set) var owners: [StateIndex] = []
    var invocations: [Invocation] = []

    init(count: Int) {
        parts = Array(repeating: Parts(), count: count)
    }

    mutating func add(_ transition: Transition) {
        parts[transition.source].transitions.append(transitions.count)
        transitions.append(transition)
    }

    mutating func add(_ timer: Timer) -> TimerIndex {
        parts[timer.state].timers.append(timers.count)
        timers.append(timer)
        return timers.count - 1
    }

    /// Reserves the place of an invocation, so that its transitions can name it.
    mutating func addInvocation(of state: StateIndex) -> InvocationIndex {
        parts[state].invocations.append(owners.count)
        owners.append(state)
        return owners.count - 1
    }

    func machine(_ outline: Outline) -> Machine {
        let states = zip(outline.states, parts).map { entry, parts in
            State(
                id: entry.id, kind: entry.kind, parent: entry.parent, children: entry.children,
                lastDescendant: entry.lastDescendant, initial: parts.initial,
                onEntry: parts.entry.isEmpty ? [] : [parts.entry],
                onExit: parts.exit.isEmpty ? [] : [parts.exit], transitions: parts.transitions,
                timers: parts.timers, invocations: parts.invocations,
                doneData: entry.kind == .final ? parts.output : nil, location: entry.key.location)
        }
        return Machine(
            states: states, transitions: transitions, timers: timers, invocations: owners)
    }

    var facts: [StateFacts] {
        parts.map {
            StateFacts(expect: $0.expect, tags: $0.tags, outcome: $0.outcome, output: $0.output)
        }
    }
}
