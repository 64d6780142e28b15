import Values

extension Machine {
    /// Whether some state that waits for the named event can still become active, or is. Errs on the side of
    /// *yes*: guards are taken to hold.
    package func canStillTake(_ event: String, from configuration: [StateIndex]) -> Bool {
        var isReachable = Array(repeating: false, count: states.count)
        var queue: [StateIndex] = []
        func add(_ state: StateIndex) {
            guard !isReachable[state] else { return }
            isReachable[state] = true
            queue.append(state)
        }
        for state in configuration { add(state) }
        while let state = queue.popLast() {
            for index in states[state].transitions {
                for target in transitions[index].targets {
                    for entered in closure(of: target) where leaves(entered, by: index) {
                        add(entered)
                    }
                }
            }
        }
        return transitions.contains { isReachable[$0.source] && waits($0.trigger, for: event) }
    }

    /// Whether the transition leaves the state if both it and the transition's source are active. What it enters is
    /// among these too. Of history states, whatever they may remember.
    package func leaves(_ state: StateIndex, by transition: TransitionIndex) -> Bool {
        tables.exits[transition].atMost.contains(state)
    }

    /// Whether both can be active at once: one is inside the other, or they are in two regions.
    package func canBeActive(_ state: StateIndex, with other: StateIndex) -> Bool {
        let (first, second) = (min(state, other), max(state, other))
        guard second > states[first].lastDescendant else { return true }
        let around = ancestors(of: first).first { second <= states[$0].lastDescendant }
        return around.map { states[$0].kind == .parallel } ?? false
    }

    /// What entering the target can make active: its ancestors, itself and everything below; through a
    /// history state whatever its parent holds.
    private func closure(of target: StateIndex) -> [StateIndex] {
        if states[target].isHistory, let parent = states[target].parent, parent != target {
            return closure(of: parent)
        }
        return ancestorsAndBelow(target)
    }

    private func ancestorsAndBelow(_ target: StateIndex) -> [StateIndex] {
        ancestors(of: target).filter { $0 != 0 } + Array(target...states[target].lastDescendant)
            + ancestors(of: target).filter { states[$0].kind == .parallel }.flatMap {
                Array($0...states[$0].lastDescendant)
            }
    }

    private func waits(_ trigger: Trigger, for event: String) -> Bool {
        if case .named(let name) = trigger { name == event } else { false }
    }

    /// Events that the active states name, in document order of their transitions.
    package func awaitedEvents(in configuration: [StateIndex]) -> [String] {
        events(in: configuration) { _ in true }
    }

    /// Events that would do something but be refused, in document order of their transitions.
    package func movingEvents(in configuration: [StateIndex]) -> [String] {
        events(in: configuration) { !$0.onlyRejects }
    }

    private func events(
        in configuration: [StateIndex], where counts: (Transition) -> Bool
    ) -> [String] {
        var names: [String] = []
        for state in configuration {
            for index in states[state].transitions where counts(transitions[index]) {
                if case .named(let name) = transitions[index].trigger, !names.contains(name) {
                    names.append(name)
                }
            }
        }
        return names
    }
}

extension Transition {
    /// Goes nowhere and only tells the sender so.
    fileprivate var onlyRejects: Bool {
        targets.isEmpty && !actions.isEmpty
            && actions.allSatisfy {
                if case .emit(.reject, _, _) = $0 { true } else { false }
            }
    }
}
