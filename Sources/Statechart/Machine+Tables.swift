import Values

/// What selection, exit and entry ask of a chart at every step, worked out when it is built.
struct MachineTables: Sendable {
    /// States without states below them.
    private(set) var atomic = StateSet()
    private(set) var history = StateSet()
    /// By transition.
    let exits: [Exits]
    /// The names `done.state.<id>`, by state.
    let doneEvents: [String]
    let handlesErrors: Bool

    /// States with a transition that waits for nothing.
    private(set) var eventless = StateSet()
    /// States with a transition whose trigger is not the name of one event.
    private var unnamed = StateSet()
    /// Positions in `waiting`, by the name of the event.
    private var names = ValueMap()
    private var waiting: [StateSet] = []

    init(states: [State], transitions: [Transition], semantics: Semantics) {
        exits = transitions.map { Exits(of: $0, in: states, by: semantics) }
        doneEvents = states.map { "done.state.\($0.id)" }
        handlesErrors = transitions.contains { $0.trigger.takesErrors }
        for (index, state) in states.enumerated() {
            switch state.kind {
            case .atomic, .final: atomic.insert(index)
            case .history: history.insert(index)
            case .compound, .parallel: break
            }
        }
        for transition in transitions { note(transition.trigger, of: transition.source) }
    }

    private mutating func note(_ trigger: Trigger, of state: StateIndex) {
        switch trigger {
        case .always: eventless.insert(state)
        case .named(let name):
            let position = names[name]?.intValue.map { Int($0) } ?? waiting.count
            if position == waiting.count {
                names[name] = .int(Int64(position))
                waiting.append(StateSet())
            }
            waiting[position].insert(state)
        case .prefix, .timer, .stateDone, .invocationDone, .taskDecided, .invocationFailed:
            unnamed.insert(state)
        }
    }

    /// The states that may have a transition for the event; no other state has.
    func candidates(for event: Event) -> StateSet {
        guard case .named = event.identity, case .int(let position)? = names[event.name] else {
            return unnamed
        }
        return waiting[Int(position)].union(unnamed)
    }
}

/// A state's proper ancestors, from its parent up to the root.
package struct Ancestors: Sequence, IteratorProtocol {
    private let states: [State]
    private var last: StateIndex

    init(of state: StateIndex, in states: [State]) {
        self.states = states
        last = state
    }

    package mutating func next() -> StateIndex? {
        guard let parent = states[last].parent, parent < last else { return nil }
        last = parent
        return parent
    }
}

extension Trigger {
    fileprivate var takesErrors: Bool {
        switch self {
        case .named(let name): name == "error.execution"
        case .prefix(let tokens): tokens.first.map { $0 == "error" } ?? true
        case .always, .timer, .stateDone, .invocationDone, .taskDecided, .invocationFailed: false
        }
    }
}
