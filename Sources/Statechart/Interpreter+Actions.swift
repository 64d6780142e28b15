import CEL
import Sabotage
import Values

/// Executable content. An error ends the step, unless the chart asks for SCXML's way: then it aborts the rest of its
/// block and raises `error.execution`, which some active state must take.
extension Interpreter {
    mutating func execute(_ block: ActionBlock) { _ = perform(block) }

    /// Whether every action succeeded.
    private mutating func perform(_ block: ActionBlock) -> Bool {
        for action in block {
            guard perform(action) else { return false }
        }
        return true
    }

    private mutating func perform(_ action: Action) -> Bool {
        switch action {
        case .assign(let name, let template, let schema, let location):
            guard let value = evaluate(template, at: location, place: .action) else { return false }
            if schema.plainlyAdmits(value) { return assign(value, to: name, at: location) }
            switch schema.decode(value) {
            case .valid(let decoded): return assign(decoded, to: name, at: location)
            case .invalid(let violations):
                let reasons = violations.map { "\(name)\($0.pointer) \($0.detail)" }
                record(
                    ExpressionProblem(
                        place: .action, location: location,
                        message: reasons.joined(separator: "; "),
                        failed: template.refused(giving: value, bindings)))
                return false
            }
        case .raise(let event, let template, let location):
            guard let payload = evaluate(template ?? .literal(.null), at: location, place: .action)
            else { return false }
            internalQueue.append(
                Event(name: event, data: payload.plain, attributes: Event.internalAttributes))
        case .emit(let kind, let template, let location):
            guard let payload = evaluate(template, at: location, place: .action) else {
                return false
            }
            return emit(Emission(kind: kind, payload: payload.plain, location: location))
        case .choose(let branches):
            for branch in branches where holds(branch.condition) { return perform(branch.actions) }
        }
        return true
    }

    private mutating func emit(_ emission: Emission) -> Bool {
        switch processor?(emission) ?? .effect {
        case .effect:
            step.effects.append(.emit(emission))
            return true
        case .queued(let event):
            internalQueue.append(event)
            return true
        case .refused(let event):
            internalQueue.append(event)
            return isMutant(.refusedSendGoesOn)
        }
    }

    /// By SCXML's way a condition that fails counts as false; unlike another error it does not end the block.
    private mutating func holds(_ condition: Guard?) -> Bool {
        do throws(ExpressionProblem) {
            return try check(condition)
        } catch {
            record(error)
            return false
        }
    }

    /// The context is written with every commit and read with every event: it stays within a limit, so that an
    /// instance can always be loaded. Small values are not weighed: charts declare too few members to matter.
    private mutating func assign(_ value: Value, to name: String, at location: SourceLocation)
        -> Bool
    {
        guard !value.isSmall else {
            bindings.set(name, of: "context", to: value)
            return true
        }
        let before = bindings["context"]
        bindings.set(name, of: "context", to: value)
        guard let excess = bindings["context"]?.excess() else { return true }
        bindings["context"] = before
        let message = "with this `\(name)` the context would be \(excess)"
        record(ExpressionProblem(place: .action, location: location, message: message))
        return false
    }

    mutating func startTimer(_ index: TimerIndex) {
        let timer = machine.timers[index]
        guard let due = evaluate(timer.due, at: timer.location, place: .timer) else { return }
        step.effects.append(.startTimer(index, due))
    }

    mutating func doneData(of state: StateIndex) -> Value {
        guard let template = machine.states[state].doneData else { return .null }
        let location = machine.states[state].location
        return evaluate(template, at: location, place: .doneData)?.plain ?? .null
    }

    private mutating func evaluate(
        _ template: Template, at location: SourceLocation, place: ExpressionProblem.Place
    ) -> Value? {
        do {
            return try template.evaluate(bindings)
        } catch {
            record(
                ExpressionProblem(
                    place: place, location: location, message: error.message,
                    failed: template.failed(bindings)))
            return nil
        }
    }

    /// `error.execution` is raised only in charts that name it: in any other nothing could take it.
    mutating func record(_ problem: ExpressionProblem) {
        guard machine.tables.handlesErrors else { return fail(problem) }
        step.problems.append(problem)
        unhandled.append(problem)
        internalQueue.append(.executionError(problem))
    }

    /// The oldest `error.execution` left the queue.
    mutating func settleError(isTaken: Bool) {
        guard !unhandled.isEmpty else { return }
        let problem = unhandled.removeFirst()
        if !isTaken { fail(problem) }
    }

    /// By the standard's letter an error that nothing takes is dropped.
    mutating func fail(_ problem: ExpressionProblem) {
        guard machine.semantics != .scxml else { return step.problems.append(problem) }
        step.failure = step.failure ?? .expression(problem)
    }
}
