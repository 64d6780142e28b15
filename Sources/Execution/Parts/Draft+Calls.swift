import CEL
import Definition
import Sabotage
import Statechart
import Values

/// Calls: from the state that invokes to the recorded result.
///
/// An activation is one use of an invocation. All its attempts carry one key, derived from the instance and
/// the activation's number (G4). An attempt ends in one of three ways: it took effect, it did not (a
/// *classified* error), or nobody knows; in the last case the operation declares whether to ask, to send
/// again under the same key, or to call a person.
extension Draft {
    // MARK: Starting

    mutating func startInvocation(_ index: InvocationIndex) {
        if let forEach = definition.invocations[index].forEach {
            startFanOut(index, forEach)
        } else {
            startInvocation(index, in: bindings, as: nil)
        }
    }

    /// - Parameter bindings: what its input and key see.
    mutating func startInvocation(
        _ index: InvocationIndex, in bindings: Bindings, as membership: Membership?
    ) {
        let invocation = definition.invocations[index]
        let target: Activation.Target
        let input: Value
        do throws(ExpressionProblem) {
            target = try self.target(of: invocation, number: run.lastActivation + 1, in: bindings)
            input = try value(of: invocation.input, invocation, .input, in: bindings).plain
        } catch {
            return refuseInvocation(index, membership, error)
        }
        // The deadline of a fan-out is that of all members together.
        let span = membership == nil ? invocation.deadline : nil
        let number = begin(
            .invocation(index), target, input,
            deadline: span.flatMap { now.adding($0)?.ceilingToMilliseconds })
        if let membership { update(number) { $0.membership = membership } }
        launch(number)
    }

    private func value(
        of template: Template, _ invocation: Invocation, _ place: ExpressionProblem.Place,
        in bindings: Bindings
    ) throws(ExpressionProblem) -> Value {
        do throws(EvaluationError) {
            return try template.evaluate(bindings)
        } catch {
            throw ExpressionProblem(
                place: place, location: invocation.location,
                message: "\(place.rawValue) of \(invocation.target.label): \(error.message)",
                failed: template.failed(bindings))
        }
    }

    /// A member of a fan-out fails alone; any other call fails the step, unless its state catches `expression` by name.
    private mutating func refuseInvocation(
        _ index: InvocationIndex, _ membership: Membership?, _ problem: ExpressionProblem
    ) {
        let number = begin(
            .invocation(index),
            unkeyedTarget(of: definition.invocations[index], number: run.lastActivation + 1), .null,
            deadline: nil)
        update(number) { $0.membership = membership }
        guard let activation = activation(number) else { return }
        refuse(activation, problem)
    }

    mutating func refuse(_ activation: Activation, _ problem: ExpressionProblem) {
        guard case .invocation(let index) = activation.purpose,
            activation.membership != nil || definition.catches("expression", of: index)
        else {
            remove(activation.number)
            return fail(problem)
        }
        refuseLaunch(activation.number, CallError(.expression(problem), in: definition, nil))
    }

    private func target(
        of invocation: Invocation, number: Int64, in bindings: Bindings
    ) throws(ExpressionProblem) -> Activation.Target {
        guard case .workflow(let name, let template?) = invocation.target else {
            return unkeyedTarget(of: invocation, number: number)
        }
        let value = try value(of: template, invocation, .key, in: bindings)
        guard let key = value.keyText else {
            throw ExpressionProblem(
                place: .key, location: invocation.location,
                message: "key of \(invocation.target.label): it gave \(value.typeName), "
                    + "and a key is a text or an integer",
                failed: template.refused(giving: value, bindings))
        }
        return .child(InstanceName(workflow: name, key: key))
    }

    private func unkeyedTarget(of invocation: Invocation, number: Int64) -> Activation.Target {
        switch invocation.target {
        case .task(let adapter, let operation):
            return .operation(adapter: adapter, operation: operation)
        case .compensate(let scope):
            return .compensate(scope)
        case .person(let task):
            return .person(role: task.role)
        case .workflow(let name, _):
            return .child(InstanceName(workflow: name, key: "\(keyOfChildren)/\(number)"))
        }
    }

    mutating func begin(
        _ purpose: Activation.Purpose, _ target: Activation.Target, _ input: Value,
        deadline: Timestamp?
    ) -> Int64 {
        run.lastActivation += 1
        let number = run.lastActivation
        let scope = isMutant(.keyWithoutActivation) ? "" : "/\(number)"
        run.activations.append(
            Activation(
                number: number, purpose: purpose, target: target, input: input,
                key: CallKey.text(
                    namespace: catalog.namespace, instance: run.name, scope: scope),
                startedAt: now,
                deadline: deadline, phase: .waiting))
        return number
    }

    mutating func launch(_ number: Int64) {
        guard let activation = activation(number) else { return }
        switch activation.target {
        case .operation(let adapter, let operation):
            guard let manifest = catalog.operation(adapter, operation) else {
                return refuseLaunch(number, .missing("\(adapter).\(operation)"))
            }
            if case .invalid(let violations) = manifest.input.decode(activation.input) {
                return refuseInput(of: activation, .invalidInput(violations))
            }
            if case .invocation = activation.purpose, !carriesLittle {
                return refuseLaunch(number, .tooMuchCarried)
            }
            if !isMutant(.compensationRegisteredAtCompletion) { register(activation, manifest) }
            record("call.started", describe(activation))
            dispatch(number)
        case .child(let name):
            launchChild(number, name)
        case .compensate:
            record("compensation.started", describe(activation))
        case .person: launchTask(number)
        case .members: return
        }
    }

    /// A value that its schema refuses fails the step like an expression that does.
    private mutating func refuseInput(of activation: Activation, _ error: CallError) {
        if case .invocation(let index) = activation.purpose, activation.membership == nil,
            !definition.catches("invalid-input", of: index)
        {
            remove(activation.number)
            return fail(problem(error, definition.invocations[index].location, activation))
        }
        if case .notification = activation.purpose {
            remove(activation.number)
            return fail(problem(error, mailLocation, activation))
        }
        refuseLaunch(activation.number, error)
    }

    /// It is over before anything of it left.
    private mutating func refuseLaunch(_ number: Int64, _ error: CallError) {
        record("call.failed", describe(number, error))
        fail(number, error, names: [error.name])
    }

    private func problem(
        _ error: CallError, _ location: SourceLocation, _ activation: Activation
    ) -> ExpressionProblem {
        ExpressionProblem(
            place: .input, location: location,
            message: "input of \(activation.target.label): \(error.message)",
            failed: FailedExpression(refused: activation.input))
    }

    /// The next attempt: performed here when local, else sent after the flush.
    mutating func dispatch(_ number: Int64) {
        let phase: Activation.Phase = activation(number).map(isLocal) == true ? .local : .calling
        update(number) { [now] activation in
            activation.attempts += 1
            activation.dispatches += 1
            activation.firstSentAt = activation.firstSentAt ?? now
            activation.lastSentAt = now
            activation.phase = phase
        }
    }

    /// Sends again what may have taken effect only while the remote is sure to remember its key (G4); the
    /// moment was planned, but an outage or a person may have made it later.
    mutating func dispatchWithinRetention(_ number: Int64) {
        guard let activation = activation(number), activation.mayHaveApplied,
            outlivesKey(activation, at: now)
        else { return dispatch(number) }
        askOrPark(number, activation.lastError ?? .missing("answer"))
    }

    func isLocal(_ activation: Activation) -> Bool {
        guard case .operation(let adapter, _) = activation.target else { return false }
        return catalog.adapter(adapter)?.transport == .local
    }

    // MARK: Results

    mutating func perform(_ number: Int64, _ sets: [RecordSet]) {
        guard let activation = activation(number), activation.phase == .local,
            case .operation(let adapter, let operation) = activation.target
        else { return }
        let result = catalog.local.perform(
            adapter: adapter, operation: operation, call: localCall(activation), records: sets)
        switch result.outcome {
        case .succeeded(let output): completeLocal(number, output, result.writes)
        case .failed(let error):
            records += result.writes
            failAttempt(number, error)
        }
        settlePending()
    }

    /// What an operation of the process itself gives must fit its own declaration; if not, nothing of it is written.
    private mutating func completeLocal(_ number: Int64, _ output: Value, _ writes: [RecordWrite]) {
        switch manifest(number)?.outputSchema.decode(output) {
        case .invalid(let violations) where !isMutant(.misfitOutputTaken):
            let task = activation(number)?.target.label ?? ""
            failAttempt(number, .invalidOutput(of: task, violations))
        case .valid(let decoded):
            records += writes
            complete(number, decoded)
        case .invalid, nil:
            records += writes
            complete(number, output)
        }
    }

    /// Nothing of it is written; it is tried again, and given up in place like any other call.
    mutating func refuse(_ number: Int64, _ reason: String) {
        guard activation(number)?.phase == .local else { return }
        failAttempt(
            number,
            CallError(name: "conflict", message: reason, isRetryable: true))
        settlePending()
    }

    func localCall(_ activation: Activation) -> LocalCall {
        LocalCall(input: activation.input, key: activation.key, instance: run.name, now: now)
    }

    mutating func take(_ outcome: CallOutcome, of id: CallID) {
        guard let activation = activation(id.activation),
            activation.dispatches == id.dispatch || isMutant(.staleAnswerTaken)
        else {
            if isMutant(.resultRecordedTwice), case .succeeded = outcome {
                record("call.completed", ["activation": .int(id.activation)])
            }
            return
        }
        if case .withdrawn(let recall) = outcome { return takeBack(activation, recall) }
        switch activation.phase {
        case .calling: takeAnswer(outcome, id.activation)
        case .asking: takeAsked(outcome, id.activation)
        case .local, .backingOff, .askingLater, .waiting, .incident: return
        }
        settlePending()
    }

    /// It waited for its turn when the instance was paused or the state was left, and has not left.
    private mutating func takeBack(_ activation: Activation, _ recall: Int64) {
        // Otherwise it was let go again meanwhile, or had an answer before.
        guard activation.callPurpose != nil, run.recall(of: activation) == recall,
            !run.holdsAnswer(to: activation)
        else { return }
        let number = activation.number
        record("call.withdrawn", describe(activation))
        guard !activation.isAbandoned || activation.isDetached else {
            settleAbandoned(number)
            return settlePending()
        }
        // As before it was dispatched; it leaves when it may.
        update(number) { [now] in
            guard $0.phase == .calling else {
                $0.asks -= 1
                $0.phase = .askingLater(until: now)
                return
            }
            $0.attempts -= 1
            if $0.attempts == 0, !$0.mayHaveApplied { $0.firstSentAt = nil }
            $0.phase = .backingOff(until: now)
        }
    }

    private mutating func takeAnswer(_ outcome: CallOutcome, _ number: Int64) {
        switch outcome {
        case .succeeded(let output):
            complete(number, output)
        case .failed(let error):
            if isMutant(.laterRefusalClearsUnknown) { update(number) { $0.mayHaveApplied = false } }
            failAttempt(number, error)
        case .failedAfterRestart(let error):
            update(number) { $0.mayHaveApplied = true }
            failAttempt(number, error)
        case .unknown(let error) where isMutant(.unknownTakenAsFailed):
            failAttempt(number, error)
        case .unknown(let error):
            update(number) {
                $0.mayHaveApplied = true
                $0.lastError = error
            }
            record("call.unknown", describe(number, error))
            resolveUnknown(number, error)
        case .notApplied, .undecided, .withdrawn:
            return
        }
    }

    /// The effect may have taken place: what the operation declared for that case.
    mutating func resolveUnknown(_ number: Int64, _ error: CallError) {
        switch manifest(number)?.onUnknown {
        case .ask: ask(number)
        case .resend:
            failAttempt(
                number,
                CallError(
                    name: error.name, message: error.message, isRetryable: true,
                    detail: error.detail))
        case .park, nil: park(number, error)
        }
    }

    /// Nothing is gained by another attempt, and what an earlier one did is not known.
    private mutating func askOrPark(_ number: Int64, _ error: CallError) {
        if !askIfPossible(number) { park(number, error) }
    }

    private mutating func ask(_ number: Int64) {
        update(number) { [now] in
            $0.asks += 1
            $0.dispatches += 1
            $0.lastSentAt = now
            $0.phase = .asking
        }
    }

    mutating func askNow(_ number: Int64) { ask(number) }

    /// - Returns: false when the remote cannot be asked.
    mutating func askIfPossible(_ number: Int64) -> Bool {
        guard case .ask = manifest(number)?.onUnknown else { return false }
        ask(number)
        return true
    }

    private mutating func takeAsked(_ outcome: CallOutcome, _ number: Int64) {
        switch outcome {
        case .succeeded(let output):
            record("call.asked", ["activation": .int(number), "answer": "applied"])
            complete(number, output)
        case .notApplied:
            record("call.asked", ["activation": .int(number), "answer": "not applied"])
            update(number) { $0.mayHaveApplied = false }
            let last = activation(number)?.lastError
            failAttempt(
                number,
                CallError(
                    name: last?.name ?? "unavailable", message: last?.message ?? "no answer",
                    isRetryable: true, detail: last?.detail ?? .null))
        case .undecided: askAgain(number, "undecided")
        case .unknown(let error), .failed(let error), .failedAfterRestart(let error):
            askAgain(number, "no answer: \(error.message)")
        case .withdrawn: askAgain(number, "not asked")
        }
    }

    /// Askings before a person is called: with the longest pauses, about two hours.
    static let maximumAsks = 30

    private mutating func askAgain(_ number: Int64, _ answer: String) {
        record("call.asked", ["activation": .int(number), "answer": .string(answer)])
        update(number) { $0.lastAnswer = answer }
        guard let activation = activation(number) else { return }
        guard activation.asks < Self.maximumAsks else {
            park(number, activation.lastError ?? .missing("answer"))
            return
        }
        let pause = RetryPolicy.standard.interval(attempt: activation.asks, salt: activation.key)
        let until = now.adding(pause)?.ceilingToMilliseconds ?? now
        update(number) { $0.phase = .askingLater(until: until) }
    }

    // MARK: Completing

    mutating func complete(_ number: Int64, _ output: Value) {
        guard let activation = activation(number) else { return }
        let plain = output.plain
        var data: ValueMap = [
            "activation": .int(activation.number), "task": .string(activation.target.label),
            "key": .string(activation.key), "output": plain,
        ]
        if activation.isAbandoned { data["late"] = true }
        record("call.completed", .map(data))
        if isMutant(.compensationRegisteredAtCompletion), let manifest = manifest(number) {
            register(activation, manifest)
        }
        confirm(number, output: plain)
        remove(number)
        if !activation.isAbandoned, finishMember(activation, .completed, output: plain) { return }
        switch activation.purpose {
        case .invocation(let index) where !activation.isAbandoned || isMutant(.lateReplyApplied):
            pending.append(
                Event(
                    name: "done.invoke.\(index)", identity: .invocationDone(index), data: plain))
        case .compensation(let effect):
            markCompensated(effect)
        case .page(let fanOut): takePage(of: fanOut, plain)
        case .invocation, .notification, .cancellation:
            return
        }
    }

    // MARK: Notifications

    /// A mail; belongs to no state and outlives the instance's end.
    mutating func startNotification(_ payload: Value, at location: SourceLocation) {
        mailLocation = location
        let number = begin(
            .notification, .operation(adapter: "smtp", operation: "send"), payload, deadline: nil)
        launch(number)
    }
}
