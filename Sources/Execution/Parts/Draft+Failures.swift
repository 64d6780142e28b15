import Definition
import Sabotage
import Statechart
import Values

/// What follows from an attempt that took no effect: another one, a state that catches the error by name, or an
/// incident in place.
extension Draft {
    /// One attempt did not take effect (or may be repeated): again, or the end of the call.
    mutating func failAttempt(_ number: Int64, _ error: CallError) {
        guard let activation = activation(number) else { return }
        update(number) { $0.lastError = error }
        record("call.failed", describe(number, error))
        guard !activation.isAbandoned || activation.isDetached else {
            settleAbandoned(number)
            return
        }
        let policy = retryPolicy(of: activation)
        let isRetryable = error.isRetryable && !policy.nonRetryableErrors.contains(error.name)
        guard isRetryable else { return fail(number, error, names: [error.name]) }
        guard let next = nextAttempt(of: activation, policy) else {
            return fail(number, error, names: [error.name, "exhausted"])
        }
        if activation.mayHaveApplied, outlivesKey(activation, at: next) {
            return park(number, error)
        }
        update(number) { $0.phase = .backingOff(until: next) }
    }

    private func nextAttempt(of activation: Activation, _ policy: RetryPolicy) -> Timestamp? {
        guard policy.maximumAttempts == 0 || activation.attempts < policy.maximumAttempts,
            !hasPassedDeadline(activation)
        else { return nil }
        let pause = policy.interval(attempt: activation.attempts, salt: activation.key)
        guard let next = now.adding(pause)?.ceilingToMilliseconds else { return nil }
        if let elapsed = policy.maximumElapsed, let end = activation.startedAt.adding(elapsed),
            next > end
        {
            return nil
        }
        return next
    }

    private func hasPassedDeadline(_ activation: Activation) -> Bool {
        // The deadline of a fan-out is not that of each member.
        guard case .invocation(let index) = activation.purpose, activation.membership == nil,
            let span = definition.invocations[index].deadline,
            let end = activation.startedAt.adding(span)
        else { return false }
        return end <= now
    }

    /// What may have taken effect is never repeated after 90 % of the time for which the remote remembers the
    /// key (G4), unless the operation is declared to be harmless.
    func outlivesKey(_ activation: Activation, at moment: Timestamp) -> Bool {
        guard !isMutant(.retriedAfterKeyRetention),
            case .operation(let adapter, _) = activation.target,
            manifest(activation.number)?.isRepeatableForEver != true,
            let retention = catalog.adapter(adapter)?.idempotency?.keyRetention,
            let first = activation.firstSentAt, let end = first.adding(retention * 9 / 10)
        else { return false }
        return moment > end
    }

    func retryPolicy(of activation: Activation) -> RetryPolicy {
        guard case .invocation(let index) = activation.purpose,
            definition.invocations.indices.contains(index)
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
            unregister(number)
        }
        switch activation.purpose {
        case .invocation where activation.membership != nil && !activation.isAbandoned:
            remove(number)
            _ = finishMember(activation, .failed, error: error)
        case .invocation(let index):
            let event = failure(activation, index, error, names: names)
            if !activation.isAbandoned,
                machine.selection(run.snapshot, event, environment: environment) == .taken
            {
                run.lastFailure = CaughtError(
                    task: activation.target.label, error: error.name, message: error.message,
                    at: now)
                remove(number)
                pending.append(event)
            } else {
                block(number, .callExhausted, error)
            }
        case .notification, .cancellation, .page:
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
                "task": .string(activation.target.label),
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
        update(number) {
            $0.lastError = error
            $0.phase = .incident(incident)
        }
    }
}
