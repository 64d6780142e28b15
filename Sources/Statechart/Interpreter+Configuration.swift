import Sabotage
import Values

/// Leaving and entering states: appendix D's `microstep`, `exitStates`, `enterStates` and what they need.
extension Interpreter {
    /// The states to enter, found before any action runs.
    struct EntrySet {
        var states = StateSet()
        var byDefault = StateSet()
        /// Actions of a history state's default transition, by the parent of that history state.
        var historyActions: [(parent: StateIndex, blocks: [ActionBlock])] = []
    }

    mutating func microstep(_ transitions: [TransitionIndex], event: String?) {
        guard step.failure == nil else { return }
        let exited = exitStates(exitSet(transitions))
        for transition in transitions { execute(machine.transitions[transition].actions) }
        let entered = enterStates(transitions)
        step.microsteps.append(
            Microstep(transitions: transitions, exited: exited, entered: entered, event: event))
    }

    /// As by a transition of the innermost active state around the target: regions beside it stay as they are. An
    /// instance that stands before its first state enters the root, too.
    mutating func move(to target: StateIndex) {
        let domain = machine.ancestors(of: target).first(where: configuration.contains) ?? 0
        let left = Exits.trees(below: domain, holding: [target], in: machine.states)
        let exited = exitStates(configuration.intersection(left))
        var set = EntrySet()
        addDescendants(of: target, to: &set)
        addAncestors(of: target, upTo: nil, to: &set)
        let entered = enter(set)
        step.microsteps.append(
            Microstep(transitions: [], exited: exited, entered: entered, event: nil))
    }

    /// Enters by default what is missing below active states.
    mutating func complete() {
        var set = EntrySet()
        for state in machine.incomplete(configuration.list) {
            if machine.states[state].kind == .parallel {
                for region in machine.states[state].children
                where !machine.tables.history.contains(region) && !configuration.contains(region) {
                    addDescendants(of: region, to: &set)
                }
            } else {
                addDescendants(of: state, to: &set)
            }
        }
        guard !set.states.isEmpty else { return }
        let entered = enter(set)
        step.microsteps.append(
            Microstep(transitions: [], exited: [], entered: entered, event: nil))
    }

    // MARK: Leaving

    private mutating func exitStates(_ set: StateSet) -> [StateIndex] {
        guard !set.isEmpty else { return [] }
        recordHistory(leaving: set)
        let exited = set.reversedList
        for state in exited { exit(state) }
        return exited
    }

    func exitSet(_ transitions: [TransitionIndex]) -> StateSet {
        var result = StateSet()
        for index in transitions { result.formUnion(exitSet(index)) }
        return result
    }

    func exitSet(_ index: TransitionIndex) -> StateSet {
        switch machine.tables.exits[index] {
        case .nothing: return StateSet()
        case .states(let states): return configuration.intersection(states)
        case .remembered:
            let transition = machine.transitions[index]
            return configuration.intersection(
                Exits.states(
                    of: transition, entering: effectiveTargets(transition.targets),
                    in: machine.states, by: machine.semantics))
        }
    }

    mutating func exit(_ state: StateIndex) {
        for block in machine.states[state].onExit { execute(block) }
        for timer in machine.states[state].timers { step.effects.append(.cancelTimer(timer)) }
        if !statesToInvoke.remove(state) {
            for invocation in machine.states[state].invocations {
                step.effects.append(.cancelInvocation(invocation))
            }
        }
        configuration.remove(state)
    }

    private mutating func recordHistory(leaving exited: StateSet) {
        for child in machine.tables.history {
            guard let state = machine.states[child].parent, exited.contains(state) else { continue }
            let isDeep = machine.states[child].kind == .history(deep: true)
            let below = configuration.between(state, and: machine.states[state].lastDescendant)
            let remembered =
                isDeep
                ? below.intersection(machine.tables.atomic).list
                : below.filter { machine.states[$0].parent == state }
            history.removeAll { $0.state == child }
            history.append(HistoryValue(state: child, configuration: remembered))
            history.sort { $0.state < $1.state }
        }
    }

    /// Targets with history states replaced by what they stand for.
    private func effectiveTargets(_ targets: [StateIndex]) -> [StateIndex] {
        guard targets.contains(where: machine.tables.history.contains) else { return targets }
        return targets.flatMap { target in
            guard machine.tables.history.contains(target) else { return [target] }
            return historyValue(of: target) ?? effectiveTargets(machine.states[target].initial)
        }
    }

    private func historyValue(of state: StateIndex) -> [StateIndex]? {
        history.first { $0.state == state }?.configuration
    }

    // MARK: Entering

    private mutating func enterStates(_ transitions: [TransitionIndex]) -> [StateIndex] {
        var set = EntrySet()
        for index in transitions {
            let targets = machine.transitions[index].targets
            for target in targets { addDescendants(of: target, to: &set) }
            for target in effectiveTargets(targets) {
                addAncestors(of: target, upTo: nil, to: &set)
            }
        }
        return enter(set)
    }

    /// Gives the states in the order in which they were entered. A state that stays active keeps its timers and is not
    /// entered again.
    mutating func enter(_ set: EntrySet) -> [StateIndex] {
        let ordered = set.states.subtracting(configuration).list
        for state in ordered { enter(state, in: set) }
        return ordered
    }

    func addDescendants(of state: StateIndex, to set: inout EntrySet) {
        switch machine.states[state].kind {
        case .history:
            addHistory(state, to: &set)
        case .compound:
            set.states.insert(state)
            set.byDefault.insert(state)
            let initial = machine.states[state].initial
            for child in initial { addDescendants(of: child, to: &set) }
            for child in effectiveTargets(initial) {
                addAncestors(of: child, upTo: state, to: &set)
            }
        case .parallel:
            set.states.insert(state)
            addMissingRegions(of: state, to: &set)
        case .atomic, .final:
            set.states.insert(state)
        }
    }

    private func addHistory(_ state: StateIndex, to set: inout EntrySet) {
        let parent = machine.states[state].parent
        let targets: [StateIndex]
        if let value = historyValue(of: state) {
            targets = value
        } else {
            targets = machine.states[state].initial
            if let parent {
                set.historyActions.removeAll { $0.parent == parent }
                set.historyActions.append((parent, machine.states[state].initialActions))
            }
        }
        for target in targets { addDescendants(of: target, to: &set) }
        for target in effectiveTargets(targets) { addAncestors(of: target, upTo: parent, to: &set) }
    }

    /// What is left was left before, so an ancestor that is still active stays, and so do its other regions: the letter
    /// walks up to the transition's domain instead, and enters active states again where a history state is a target
    /// inside of its own parent.
    private func addAncestors(
        of state: StateIndex, upTo boundary: StateIndex?, to set: inout EntrySet
    ) {
        for ancestor in machine.ancestors(of: state) {
            if ancestor == boundary || configuration.contains(ancestor) { return }
            set.states.insert(ancestor)
            if machine.states[ancestor].kind == .parallel {
                addMissingRegions(of: ancestor, to: &set)
            }
        }
    }

    private func addMissingRegions(of parallel: StateIndex, to set: inout EntrySet) {
        for region in machine.states[parallel].children
        where !machine.tables.history.contains(region) {
            // From the region itself, thus after the index before it.
            let covered = set.states.between(region - 1, and: machine.states[region].lastDescendant)
            if covered.isEmpty { addDescendants(of: region, to: &set) }
        }
    }

    private mutating func enter(_ state: StateIndex, in set: EntrySet) {
        configuration.insert(state)
        statesToInvoke.insert(state)
        for block in machine.states[state].onEntry { execute(block) }
        if set.byDefault.contains(state) {
            for block in machine.states[state].initialActions { execute(block) }
        }
        for (parent, blocks) in set.historyActions where parent == state {
            for block in blocks { execute(block) }
        }
        for timer in machine.states[state].timers { startTimer(timer) }
        if case .final = machine.states[state].kind { enterFinal(state) }
    }

    private mutating func enterFinal(_ state: StateIndex) {
        guard let parent = machine.states[state].parent else { return }
        guard parent != 0 else {
            finalState = state
            return
        }
        raiseDone(parent, data: doneData(of: state))
        // A region was not done before it had this final state, so none of the parallel states around it was either.
        for ancestor in machine.ancestors(of: parent) {
            guard machine.states[ancestor].kind == .parallel, isInFinalState(ancestor) else {
                return
            }
            raiseDone(ancestor, data: .null)
            // The letter looks one level up only.
            if machine.semantics == .scxml || isMutant(.nestedParallelNeverDone) { return }
        }
    }

    private mutating func raiseDone(_ state: StateIndex, data: Value) {
        internalQueue.append(
            Event(
                name: machine.tables.doneEvents[state], identity: .stateDone(state), data: data,
                attributes: Event.platformAttributes))
    }

    private func isInFinalState(_ state: StateIndex) -> Bool {
        let children = machine.states[state].children
        switch machine.states[state].kind {
        case .compound:
            return children.contains {
                machine.states[$0].kind == .final && configuration.contains($0)
            }
        case .parallel:
            if isMutant(.parallelDoneEarly) { return children.contains { isInFinalState($0) } }
            return children.allSatisfy {
                machine.tables.history.contains($0) || isInFinalState($0)
            }
        case .atomic, .final, .history:
            return false
        }
    }
}
