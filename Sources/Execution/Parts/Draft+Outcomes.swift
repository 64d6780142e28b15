import Definition
import Sabotage
import Statechart
import Values

/// How an activation ends: with a result; or with an attempt that took no effect, which is followed by another one, by a
/// state that catches the error by name, or by an incident in place.
extension Draft {
    // MARK: A result

    mutating func complete(_ number: Int64, _ output: Value) {
        guard let activation = activation(number) else { return }
        let plain = output.plain
        var data: ValueMap = [
            "activation": .int(activation.number), "task": .string(activation.label),
            "key": .string(activation.key), "output": plain,
        ]
        if activation.isAbandoned { data["late"] = true }
        record(.callCompleted, .map(data))
        if isMutant(.compensationRegisteredAtCompletion), let manifest = manifest(number) {
            register(activation, manifest)
        }
        run.effects.confirm(number, output: plain)
        remove(number)
        if !activation.isAbandoned, finishMember(activation, .completed, output: plain) { return }
        switch activation.purpose {
        case .invocation(let use): tellDone(use.invocation, plain)
        case .abandoned(let use):
            if isMutant(.lateReplyApplied) { tellDone(use.invocation, plain) }
        case .compensation(let effect):
            run.effects.markCompensated(effect)
        case .page(let fanOut): takePage(of: fanOut, plain)
        case .notification, .cancellation: return
        }
    }

    private mutating func tellDone(_ index: InvocationIndex, _ output: Value) {
        raise(definition.doneEvent(of: index, output))
    }

    // MARK: No effect

    /// One attempt did not take effect (or may be repeated): again, or the end of the call.
    mutating func failAttempt(_ number: Int64, _ error: CallError) {
        guard let activation = activation(number), let call = activation.call else { return }
        updateCall(number) { $0.note(error) }
        record(.callFailed, describe(number, error))
        guard !activation.isAbandoned || activation.isDetached else {
            settleAbandoned(number)
            return
        }
        let policy = retryPolicy(of: activation)
        let isRetryable = error.isRetryable && !policy.nonRetryableErrors.contains(error.name)
        guard isRetryable else { return fail(number, error, names: [error.name]) }
        guard let next = nextAttempt(of: activation, call, policy, after: error) else {
            return fail(number, error, names: [error.name, "exhausted"])
        }
        if call.mayHaveApplied, outlivesKey(call, at: next) { return park(number, error) }
        updateCall(number) { $0.backOff(until: next) }
    }

    /// An operation of the process itself is wrong. That is nothing that a state catches: it is an incident until
    /// somebody has mended the operation and has it tried again.
    mutating func failBroken(_ number: Int64, _ reason: String) {
        guard let activation = activation(number) else { return }
        let error = CallError(name: "broken-operation", message: reason, isRetryable: false)
        guard case .invocation(let use) = activation.purpose, use.membership == nil else {
            return failAttempt(number, error)
        }
        updateCall(number) { $0.note(error) }
        record(.callFailed, describe(number, error))
        run.effects.strike(number)
        block(number, .callExhausted, error)
    }

    /// A remote that says when to come again is not asked before, within reason.
    private static let longestRetryAfter = Duration.seconds(3_600)

    private func nextAttempt(
        of activation: Activation, _ call: Work.Call, _ policy: RetryPolicy,
        after error: CallError
    ) -> Timestamp? {
        guard policy.maximumAttempts == 0 || call.attempts < policy.maximumAttempts,
            !hasPassedDeadline(activation)
        else { return nil }
        let pause = max(
            policy.interval(attempt: call.attempts, salt: activation.key),
            isMutant(.retryAfterIgnored) ? .zero : wantedPause(error))
        guard let next = now.adding(pause)?.ceilingToMilliseconds else { return nil }
        if let elapsed = policy.maximumElapsed,
            let end = activation.startedAt.adding(elapsed + call.heldFor), next > end
        {
            return nil
        }
        return next
    }

    /// In seconds, or until a moment by the remote's clock.
    private func wantedPause(_ error: CallError) -> Duration {
        let wanted =
            error.detail["retryAfter"]?.intValue.map { Duration.seconds($0) }
            ?? error.detail["retryAt"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
            .map { $0 - now } ?? .zero
        return min(wanted, Self.longestRetryAfter)
    }

    private func hasPassedDeadline(_ activation: Activation) -> Bool {
        // The deadline of a fan-out is not that of each member.
        guard let use = activation.use, use.membership == nil,
            let span = definition.invocations[use.invocation].deadline,
            let end = activation.startedAt.adding(span + (activation.call?.heldFor ?? .zero))
        else { return false }
        return end <= now
    }

    /// What may have taken effect is never repeated after 90 % of the time for which the remote remembers the
    /// key (G4), unless the operation is declared to be harmless.
    func outlivesKey(_ call: Work.Call, at moment: Timestamp) -> Bool {
        guard !isMutant(.retriedAfterKeyRetention),
            catalog.operation(call.adapter, call.operation)?.isRepeatableForEver != true,
            let retention = catalog.adapter(call.adapter)?.idempotency?.keyRetention,
            let first = call.firstSentAt, let end = first.adding(retention * 9 / 10)
        else { return false }
        return moment > end
    }

    func retryPolicy(of activation: Activation) -> RetryPolicy {
        guard let index = activation.invocation, definition.invocations.indices.contains(index)
        else { return .standard }
        return definition.invocations[index].retry
    }

    /// The call is over without an effect. Some state catches the error by name, or an incident is raised in place.
    /// A refusal or spent tries speak for their own attempt only: what an earlier one may have done did not fail, and
    /// the remote or a person says how it ended. An undoing that gave up is said as such.
    mutating func fail(_ number: Int64, _ error: CallError, names: [String]) {
        guard let activation = activation(number) else { return }
        if activation.mayHaveApplied {
            if askIfPossible(number) { return }
            if !activation.isUndoing { return park(number, error) }
        } else {
            run.effects.strike(number)
        }
        switch activation.purpose {
        case .invocation(let use) where use.membership != nil:
            remove(number)
            _ = finishMember(activation, .failed, error: error)
        case .invocation(let use):
            let event = failure(activation, use.invocation, error, names: names)
            if isTaken(event) {
                run.lastFailure = CaughtError(
                    task: activation.label, error: error.name, message: error.message, at: now)
                remove(number)
                raise(event)
            } else {
                block(number, .callExhausted, error)
            }
        case .abandoned, .notification, .cancellation, .page:
            block(number, .callExhausted, error)
        case .compensation(let effect):
            failCompensation(number, of: effect, error)
        }
    }

    func failure(
        _ activation: Activation, _ index: InvocationIndex, _ error: CallError, names: [String]
    ) -> Event {
        Event(
            name: "error.invoke.\(index)", identity: .invocationFailed(index, errors: names),
            data: [
                "error": .string(error.name), "message": .string(error.message),
                "errors": .list(names.map { .string($0) }), "detail": error.detail,
                "task": .string(activation.label),
                "attempts": .int(Int64(activation.attempts)),
            ])
    }

    /// The outcome stays unknown: only a person can say.
    mutating func park(_ number: Int64, _ error: CallError) {
        if let activation = activation(number), activation.isAbandoned, !activation.isDetached {
            return leaveUnsettled(activation)
        }
        block(
            number, .outcomeUnknown,
            CallError(
                name: "unknown-outcome", message: error.message, isRetryable: false,
                detail: error.detail))
    }

    mutating func block(_ number: Int64, _ kind: Incident.Kind, _ error: CallError) {
        let incident = openIncident(kind, activation: number, error)
        update(number) { $0.stand(at: incident, error) }
    }
}
