import Statechart

/// Questions that lints ask of a chart. Guards are taken to hold.
extension Machine {
    /// What can become active from the start on.
    var reachableStates: [Bool] {
        var search = Reachability(machine: self)
        search.enter(0)
        var isGrowing = true
        while isGrowing {
            let before = search.count
            for transition in transitions where search.reached[transition.source] {
                for target in transition.targets { search.enter(target) }
            }
            isGrowing = search.count > before
        }
        return search.reached
    }

    /// Whether some transition can move an instance on from here: one of the state itself, wherever
    /// it leads, or one that leaves it, of an ancestor or from a region beside it.
    func canLeave(_ state: StateIndex) -> Bool {
        transitions.indices.contains { index in
            let source = transitions[index].source
            return source == state && !transitions[index].targets.isEmpty
                || leaves(state, by: index) && canBeActive(state, with: source)
        }
    }

    /// States that were active and are entered anew: what they started starts again.
    func entersAgain(by index: TransitionIndex) -> [StateIndex] {
        let transition = transitions[index]
        var search = Reachability(machine: self)
        for target in transition.targets {
            search.enter(target)
            guard states[target].isHistory, let parent = states[target].parent else { continue }
            for state in parent...states[parent].lastDescendant { search.enter(state) }
        }
        return states.indices.filter {
            search.reached[$0] && leaves($0, by: index) && !states[$0].isHistory
                && canBeActive($0, with: transition.source)
        }
    }

    /// Regions that the transition leaves although nothing in them is its target.
    func regionsBeside(_ index: TransitionIndex) -> [StateIndex] {
        let targets = transitions[index].targets
        return states.indices.filter { region in
            guard let parallel = states[region].parent, states[parallel].kind == .parallel,
                !states[region].isHistory, leaves(region, by: index)
            else { return false }
            return targets.contains { contains($0, in: parallel) && $0 != parallel }
                && !targets.contains { contains($0, in: region) }
        }
    }

    /// Whether an eventless transition is enabled again once it and those like it were taken.
    func returns(_ index: TransitionIndex) -> Bool {
        let transition = transitions[index]
        // From a region beside: the source is not left at all.
        if !leaves(transition.source, by: index) { return true }
        var visited: [StateIndex] = []
        var current = transition
        while visited.count <= states.count {
            guard let target = current.targets.first else { return current == transition }
            let active = ancestors(ofState: target) + defaultDescent(from: target)
            if active.contains(transition.source) { return true }
            if visited.contains(target) { return false }
            visited.append(target)
            guard let next = unguardedAlways(from: active.reversed()) else { return false }
            current = next
        }
        return false
    }

    /// What transitions in a region set, by the event that they wait for.
    func assignments(
        in region: StateIndex
    ) -> [(event: String, name: String, location: SourceLocation)] {
        transitions.flatMap {
            transition -> [(event: String, name: String, location: SourceLocation)] in
            guard contains(transition.source, in: region),
                case .named(let event) = transition.trigger
            else { return [] }
            return transition.actions.compactMap { action in
                guard case .assign(let name, _, _, let location) = action else { return nil }
                return (event, name, location)
            }
        }
    }

    private func contains(_ state: StateIndex, in other: StateIndex) -> Bool {
        state >= other && state <= states[other].lastDescendant
    }

    fileprivate func ancestors(ofState state: StateIndex) -> [StateIndex] {
        var result: [StateIndex] = []
        var next = states[state].parent
        while let ancestor = next, result.count <= states.count {
            result.append(ancestor)
            next = states[ancestor].parent
        }
        return result
    }

    /// The state and what it enters by default, while that is one state after the other.
    private func defaultDescent(from state: StateIndex) -> [StateIndex] {
        var result = [state]
        var next = states[state].initial.first
        while let child = next, states[state].kind == .compound, result.count <= states.count {
            result.append(child)
            next = states[child].kind == .compound ? states[child].initial.first : nil
        }
        return result
    }

    private func unguardedAlways(from active: [StateIndex]) -> Transition? {
        for state in active {
            for index in states[state].transitions {
                let transition = transitions[index]
                if transition.trigger == .always, transition.guardExpression == nil {
                    return transition
                }
            }
        }
        return nil
    }
}

/// Grows the set of states that can be entered.
private struct Reachability {
    let machine: Machine
    private(set) var reached: [Bool]
    private(set) var count = 0

    init(machine: Machine) {
        self.machine = machine
        reached = Array(repeating: false, count: machine.states.count)
    }

    /// Enters a state, what is around it and what it brings with it.
    mutating func enter(_ target: StateIndex) {
        var queue = [target]
        while let state = queue.popLast() {
            guard !reached[state] else { continue }
            reached[state] = true
            count += 1
            for ancestor in machine.ancestors(ofState: state) where !reached[ancestor] {
                reached[ancestor] = true
                count += 1
                if machine.states[ancestor].kind == .parallel {
                    queue += machine.states[ancestor].children.filter { !isHistory($0) }
                }
            }
            queue += brought(by: state)
        }
    }

    private func brought(by state: StateIndex) -> [StateIndex] {
        switch machine.states[state].kind {
        case .atomic, .final: []
        case .compound, .history: machine.states[state].initial
        case .parallel: machine.states[state].children.filter { !isHistory($0) }
        }
    }

    private func isHistory(_ state: StateIndex) -> Bool { machine.states[state].isHistory }
}
