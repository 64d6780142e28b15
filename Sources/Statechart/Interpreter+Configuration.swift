import CEL

/// Leaving and entering states: appendix D's `microstep`, `exitStates`, `enterStates` and what they need.
extension Interpreter {
    /// What one transition enters; no source: the initial entry of the chart.
    struct Entry {
        let source: TransitionIndex?
        let targets: [StateIndex]
    }

    /// The states to enter, found before any action runs.
    struct EntrySet {
        var states: Set<StateIndex> = []
        var byDefault: Set<StateIndex> = []
        /// Actions of a history state's default transition, by the parent of that history state.
        var historyActions: [StateIndex: [ActionBlock]] = [:]
    }

    mutating func microstep(_ transitions: [TransitionIndex], event: String?) {
        let entries = transitions.map {
            Entry(source: $0, targets: machine.transitions[$0].targets)
        }
        microstep(entering: entries, transitions: transitions, event: event)
    }

    mutating func microstep(
        entering entries: [Entry], transitions: [TransitionIndex], event: String?
    ) {
        let exited = exitSet(transitions).sorted(by: >)
        recordHistory(leaving: exited)
        for state in exited { exit(state) }
        for transition in transitions { execute(machine.transitions[transition].actions) }
        let entered = enterStates(entries)
        step.microsteps.append(
            Microstep(transitions: transitions, exited: exited, entered: entered, event: event))
    }

    // MARK: Leaving

    func exitSet(_ transitions: [TransitionIndex]) -> Set<StateIndex> {
        var result: Set<StateIndex> = []
        for index in transitions {
            guard let domain = domain(of: machine.transitions[index]) else { continue }
            let state = machine.states[domain]
            guard state.lastDescendant > domain else { continue }
            for descendant in (domain + 1)...state.lastDescendant where isActive[descendant] {
                result.insert(descendant)
            }
        }
        return result
    }

    mutating func exit(_ state: StateIndex) {
        for block in machine.states[state].onExit { execute(block) }
        for timer in machine.states[state].timers { step.effects.append(.cancelTimer(timer)) }
        if let pending = statesToInvoke.firstIndex(of: state) {
            statesToInvoke.remove(at: pending)
        } else {
            for invocation in machine.states[state].invocations {
                step.effects.append(.cancelInvocation(invocation))
            }
        }
        isActive[state] = false
    }

    private mutating func recordHistory(leaving exited: [StateIndex]) {
        for state in exited.reversed() {
            for child in machine.states[state].children {
                guard case .history(let isDeep) = machine.states[child].kind else { continue }
                let remembered = configuration.filter {
                    isDeep
                        ? machine.isDescendant($0, of: state) && machine.states[$0].children.isEmpty
                        : machine.states[$0].parent == state
                }
                history.removeAll { $0.state == child }
                history.append(HistoryValue(state: child, configuration: remembered))
                history.sort { $0.state < $1.state }
            }
        }
    }

    /// The innermost state that the transition stays in; nil when it has no targets.
    private func domain(of transition: Transition) -> StateIndex? {
        let targets = effectiveTargets(transition.targets)
        guard !targets.isEmpty else { return nil }
        let source = transition.source
        if transition.isInternal, isCompound(source),
            targets.allSatisfy({ machine.isDescendant($0, of: source) })
        {
            return source
        }
        return leastCommonCompoundAncestor(of: source, and: targets)
    }

    private func isCompound(_ state: StateIndex) -> Bool {
        state == 0 || machine.states[state].kind == .compound
    }

    private func leastCommonCompoundAncestor(
        of source: StateIndex, and targets: [StateIndex]
    ) -> StateIndex {
        machine.ancestors(of: source).first { ancestor in
            isCompound(ancestor)
                && targets.allSatisfy { machine.isDescendant($0, of: ancestor) }
        } ?? 0
    }

    /// Targets with history states replaced by what they stand for.
    private func effectiveTargets(_ targets: [StateIndex]) -> [StateIndex] {
        var result: [StateIndex] = []
        for target in targets {
            if machine.states[target].isHistory {
                if let value = historyValue(of: target) {
                    result += value
                } else {
                    result += effectiveTargets(machine.states[target].initial)
                }
            } else {
                result.append(target)
            }
        }
        return result
    }

    private func historyValue(of state: StateIndex) -> [StateIndex]? {
        history.first { $0.state == state }?.configuration
    }

    // MARK: Entering

    private mutating func enterStates(_ entries: [Entry]) -> [StateIndex] {
        let set = entrySet(entries)
        let ordered = set.states.sorted()
        for state in ordered { enter(state, in: set) }
        return ordered
    }

    private func entrySet(_ entries: [Entry]) -> EntrySet {
        var set = EntrySet()
        for entry in entries {
            for target in entry.targets { addDescendants(of: target, to: &set) }
            let boundary = entry.source.flatMap { domain(of: machine.transitions[$0]) }
            for target in effectiveTargets(entry.targets) {
                addAncestors(of: target, upTo: boundary, to: &set)
            }
        }
        return set
    }

    private func addDescendants(of state: StateIndex, to set: inout EntrySet) {
        let node = machine.states[state]
        switch node.kind {
        case .history:
            addHistory(state, to: &set)
        case .compound:
            set.states.insert(state)
            set.byDefault.insert(state)
            for child in node.initial { addDescendants(of: child, to: &set) }
            for child in effectiveTargets(node.initial) {
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
            if let parent { set.historyActions[parent] = machine.states[state].initialActions }
        }
        for target in targets { addDescendants(of: target, to: &set) }
        for target in effectiveTargets(targets) { addAncestors(of: target, upTo: parent, to: &set) }
    }

    private func addAncestors(
        of state: StateIndex, upTo boundary: StateIndex?, to set: inout EntrySet
    ) {
        for ancestor in machine.ancestors(of: state) {
            if ancestor == boundary { return }
            set.states.insert(ancestor)
            if machine.states[ancestor].kind == .parallel {
                addMissingRegions(of: ancestor, to: &set)
            }
        }
    }

    private func addMissingRegions(of parallel: StateIndex, to set: inout EntrySet) {
        for region in machine.states[parallel].children where !machine.states[region].isHistory {
            let isCovered = set.states.contains {
                $0 == region || machine.isDescendant($0, of: region)
            }
            if !isCovered { addDescendants(of: region, to: &set) }
        }
    }

    private mutating func enter(_ state: StateIndex, in set: EntrySet) {
        // A state that stays active keeps its timers and is not entered again.
        guard !isActive[state] else { return }
        let node = machine.states[state]
        isActive[state] = true
        statesToInvoke.append(state)
        for block in node.onEntry { execute(block) }
        if set.byDefault.contains(state) {
            for block in node.initialActions { execute(block) }
        }
        for block in set.historyActions[state] ?? [] { execute(block) }
        for timer in node.timers { startTimer(timer) }
        if node.kind == .final { enterFinal(state) }
    }

    private mutating func enterFinal(_ state: StateIndex) {
        guard let parent = machine.states[state].parent else { return }
        guard parent != 0 else {
            finalState = state
            return
        }
        raiseDone(parent, data: doneData(of: state))
        if let grandparent = machine.states[parent].parent,
            machine.states[grandparent].kind == .parallel, isInFinalState(grandparent)
        {
            raiseDone(grandparent, data: .null)
        }
    }

    private mutating func raiseDone(_ state: StateIndex, data: Value) {
        internalQueue.append(
            Event(
                name: "done.state.\(machine.states[state].id)", identity: .stateDone(state),
                data: data, attributes: Event.platformAttributes))
    }

    private func isInFinalState(_ state: StateIndex) -> Bool {
        let node = machine.states[state]
        switch node.kind {
        case .compound:
            return node.children.contains { machine.states[$0].kind == .final && isActive[$0] }
        case .parallel:
            return node.children.allSatisfy {
                machine.states[$0].isHistory || isInFinalState($0)
            }
        case .atomic, .final, .history:
            return false
        }
    }
}
