import CEL

/// Which transitions are taken: appendix D's `selectTransitions`, `selectEventlessTransitions` and
/// `removeConflictingTransitions`.
extension Interpreter {
    /// - Parameter event: nil selects eventless transitions.
    mutating func enabledTransitions(for event: Event?) -> [TransitionIndex] {
        var enabled: [TransitionIndex] = []
        for state in configuration where isAtomic(state) {
            guard let transition = firstEnabled(from: state, for: event),
                !enabled.contains(transition)
            else { continue }
            enabled.append(transition)
        }
        return enabled.count < 2 ? enabled : removeConflicting(enabled)
    }

    private func isAtomic(_ state: StateIndex) -> Bool {
        switch machine.states[state].kind {
        case .atomic, .final: true
        case .compound, .parallel, .history: false
        }
    }

    /// From the state itself outwards, in document order within each.
    private mutating func firstEnabled(from leaf: StateIndex, for event: Event?) -> TransitionIndex?
    {
        var next: StateIndex? = leaf
        var depth = 0
        while let state = next, depth <= machine.states.count {
            for transition in machine.states[state].transitions
            where matches(machine.transitions[transition].trigger, event) {
                if holds(machine.transitions[transition]) { return transition }
            }
            next = machine.states[state].parent
            depth += 1
        }
        return nil
    }

    private func matches(_ trigger: Trigger, _ event: Event?) -> Bool {
        guard let event else { return trigger == .always }
        switch (trigger, event.identity) {
        case (.always, _): return false
        case (.named(let name), .named): return name.utf8.elementsEqual(event.name.utf8)
        case (.prefix(let tokens), _): return matches(tokens, name: event.name)
        case (.timer(let index), .timer(let fired)): return index == fired
        case (.stateDone(let state), .stateDone(let done)): return state == done
        case (.invocationDone(let index), .invocationDone(let done)): return index == done
        case (.invocationFailed(let index, let names), .invocationFailed(let failed, let errors)):
            return index == failed && (names.isEmpty || names.contains { errors.contains($0) })
        case (.named, _), (.timer, _), (.stateDone, _), (.invocationDone, _),
            (.invocationFailed, _):
            return false
        }
    }

    private func matches(_ tokens: [String], name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= tokens.count else { return false }
        return zip(tokens, parts).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    /// An error in a guard makes it false *and* leaves a record.
    private mutating func holds(_ transition: Transition) -> Bool {
        if isOpening, step.selection == .none { step.selection = .guardsFalse }
        guard let condition = transition.guardExpression else {
            noteTaken()
            return true
        }
        switch check(condition) {
        case .success(true):
            noteTaken()
            return true
        case .success(false):
            noteFalse(condition, error: nil)
            return false
        case .failure(let problem):
            noteFalse(condition, error: problem.message)
            record(problem)
            return false
        }
    }

    private mutating func noteTaken() {
        if isOpening { step.selection = .taken }
    }

    /// Once each: several active states may share the ancestor whose guard it is.
    private mutating func noteFalse(_ condition: Guard, error: String?) {
        guard isOpening, step.selection != .taken,
            !step.falseGuards.contains(where: { $0.location == condition.location })
        else { return }
        step.falseGuards.append(
            GuardValue(
                source: condition.expression.source, location: condition.location,
                parts: condition.expression.explain(bindings).map { ($0.text, $0.value ?? .null) },
                error: error))
    }

    func check(_ condition: Guard) -> Result<Bool, ExpressionProblem> {
        do {
            let value = try condition.expression.evaluate(bindings)
            if case .bool(let holds) = value { return .success(holds) }
            return .failure(
                problem(condition, "the guard gave \(value.typeName), it must give bool"))
        } catch {
            return .failure(problem(condition, error.message))
        }
    }

    private func problem(_ condition: Guard, _ message: String) -> ExpressionProblem {
        ExpressionProblem(
            place: .guardExpression, location: condition.location,
            message: "\(condition.expression.source): \(message)")
    }

    /// Of two transitions whose exit sets overlap, the one from the inner state wins, else the first.
    private func removeConflicting(_ enabled: [TransitionIndex]) -> [TransitionIndex] {
        var kept: [TransitionIndex] = []
        for candidate in enabled {
            let exits = exitSet([candidate])
            var isPreempted = false
            var displaced: [TransitionIndex] = []
            for other in kept where !exits.isDisjoint(with: exitSet([other])) {
                let source = machine.transitions[candidate].source
                if machine.isDescendant(source, of: machine.transitions[other].source) {
                    displaced.append(other)
                } else {
                    isPreempted = true
                    break
                }
            }
            guard !isPreempted else { continue }
            kept.removeAll { displaced.contains($0) }
            kept.append(candidate)
        }
        return kept
    }
}
