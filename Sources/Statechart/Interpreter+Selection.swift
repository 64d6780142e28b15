import CEL
import Sabotage
import Values

/// Which transitions are taken: appendix D's `selectTransitions`, `selectEventlessTransitions` and
/// `removeConflictingTransitions`.
extension Interpreter {
    mutating func selectEventlessTransitions() -> [TransitionIndex] {
        selectTransitions(among: machine.tables.eventless) {
            if case .always = $0 { true } else { false }
        }
    }

    mutating func selectTransitions(_ event: Event) -> [TransitionIndex] {
        let (name, identity) = (event.name, event.identity)
        return selectTransitions(among: machine.tables.candidates(for: event)) {
            $0.matches(name, identity)
        }
    }

    private mutating func selectTransitions(
        among candidates: StateSet, where matches: (Trigger) -> Bool
    ) -> [TransitionIndex] {
        let candidates = candidates.intersection(configuration)
        guard !candidates.isEmpty else { return [] }
        var enabled: [TransitionIndex] = []
        for state in configuration.intersection(machine.tables.atomic) {
            guard let transition = firstEnabled(from: state, among: candidates, where: matches),
                !enabled.contains(transition)
            else { continue }
            enabled.append(transition)
        }
        return enabled.count < 2 ? enabled : removeConflicting(enabled)
    }

    /// From the state itself outwards, in document order within each.
    private mutating func firstEnabled(
        from leaf: StateIndex, among candidates: StateSet, where matches: (Trigger) -> Bool
    ) -> TransitionIndex? {
        var next: StateIndex? = leaf
        while let state = next {
            if candidates.contains(state) {
                for transition in machine.states[state].transitions
                where matches(machine.transitions[transition].trigger) && holds(transition) {
                    return transition
                }
            }
            next = machine.parent(of: state)
        }
        return nil
    }

    /// By SCXML's way an error in a guard makes it false *and* raises an event.
    private mutating func holds(_ transition: TransitionIndex) -> Bool {
        if isOpening, step.selection == .none { step.selection = .guardsFalse }
        do throws(ExpressionProblem) {
            guard try check(machine.transitions[transition].guardExpression) else {
                noteFalse(transition, error: nil)
                return false
            }
            if isOpening { step.selection = .taken }
            return true
        } catch {
            noteFalse(transition, error: error.message)
            record(error)
            // Whoever asks what became of the event must see the step, which fails.
            if isOpening, step.failure != nil { step.selection = .taken }
            return step.failure != nil
        }
    }

    /// Once each: several active states may share the ancestor whose guard it is.
    private mutating func noteFalse(_ transition: TransitionIndex, error: String?) {
        guard isOpening, step.selection != .taken,
            !falseGuards.contains(where: { $0.transition == transition })
        else { return }
        falseGuards.append((transition, error))
    }

    /// What kept the event from applying; of one that applies nobody asks.
    mutating func explainFalseGuards() {
        guard step.selection == .guardsFalse else { return }
        step.falseGuards = falseGuards.compactMap { transition, error in
            guard let condition = machine.transitions[transition].guardExpression else {
                return nil
            }
            let parts = condition.expression.explain(bindings)
            return GuardValue(
                source: condition.expression.source, location: condition.location,
                parts: parts.map { ($0.text, $0.value ?? .null) }, error: error)
        }
    }

    /// No condition holds.
    func check(_ condition: Guard?) throws(ExpressionProblem) -> Bool {
        guard let condition else { return true }
        let value: Value
        do throws(EvaluationError) {
            value = try condition.expression.evaluate(bindings)
        } catch {
            throw problem(
                condition, error.message, FailedExpression(condition.expression, error, bindings))
        }
        if case .bool(let holds) = value { return holds }
        throw problem(
            condition, "the guard gave \(value.typeName), it must give bool",
            FailedExpression(refused: condition.expression, value, bindings))
    }

    private func problem(
        _ condition: Guard, _ message: String, _ failed: FailedExpression
    ) -> ExpressionProblem {
        ExpressionProblem(
            place: .guardExpression, location: condition.location,
            message: "\(condition.expression.source): \(message)", failed: failed)
    }

    /// Of two transitions whose exit sets overlap, the one from the inner state wins, else the first.
    private func removeConflicting(_ enabled: [TransitionIndex]) -> [TransitionIndex] {
        var kept: [TransitionIndex] = []
        for candidate in enabled {
            let exits = exitSet(candidate)
            var isPreempted = false
            var displaced: [TransitionIndex] = []
            for other in kept where !exits.isDisjoint(with: exitSet(other)) {
                if isMutant(.conflictUnseen) { continue }
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

extension Trigger {
    fileprivate func matches(_ event: String, _ identity: Event.Identity) -> Bool {
        switch self {
        case .always: return false
        case .named(let name):
            guard case .named = identity else { return false }
            return sameUTF8(name, event)
        case .prefix(let tokens):
            let parts = event.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count >= tokens.count else { return false }
            return zip(tokens, parts).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
        case .timer(let index): return identity == .timer(index)
        case .stateDone(let state): return identity == .stateDone(state)
        case .invocationDone(let index):
            if case .taskDecided(index, _) = identity { return true }
            return identity == .invocationDone(index)
        case .taskDecided(let index, let outcome):
            guard case .taskDecided(index, let decided) = identity else { return false }
            return sameUTF8(outcome, decided)
        case .invocationFailed(let index, let names):
            guard case .invocationFailed(index, let errors) = identity else { return false }
            return names.isEmpty || names.contains { errors.contains($0) }
        }
    }
}
