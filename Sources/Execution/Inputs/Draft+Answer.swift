import Definition
import Sabotage
import Values

/// What an adapter answers.
///
/// An attempt ends in one of three ways: it took effect, it did not (a *classified* error), or nobody knows; in the last
/// case the operation declares whether to ask, to send again under the same key, or to call a person.
extension Draft {
    mutating func take(_ outcome: CallOutcome, of id: CallID) {
        guard let activation = activation(id.activation), let call = activation.call,
            call.dispatches == id.dispatch || isMutant(.staleAnswerTaken)
        else {
            if isMutant(.resultRecordedTwice), case .succeeded = outcome {
                record(.callCompleted, ["activation": .int(id.activation)])
            }
            return
        }
        if case .withdrawn(let recall) = outcome { return takeBack(activation, recall) }
        if case .held(let mayHaveLeft) = outcome {
            return takeMoneyHeld(activation, mayHaveLeft: mayHaveLeft)
        }
        switch call.phase {
        case .calling: takeAnswer(outcome, id.activation)
        case .asking: takeAsked(outcome, id.activation)
        case .unsent, .local, .backingOff, .askingLater, .held, .incident: return
        }
        settlePending()
    }

    /// It waited for its turn when the instance was paused or the state was left, and has not left.
    private mutating func takeBack(_ activation: Activation, _ recall: Int64) {
        // Otherwise it was let go again meanwhile, or had an answer before.
        guard let call = activation.call, call.rowPurpose != nil, activation.heldSince == nil,
            run.recall(of: call) == recall, !run.holdsAnswer(to: activation.number, call)
        else { return }
        let number = activation.number
        record(.callWithdrawn, describe(activation))
        // An asking about one whose state was left is only put off: another one now would be taken back like this one.
        guard !activation.isAbandoned || activation.isDetached || call.phase == .asking else {
            settleAbandoned(number)
            return settlePending()
        }
        updateCall(number) { [now] in $0.takeBack(at: now) }
    }

    private mutating func takeAnswer(_ outcome: CallOutcome, _ number: Int64) {
        switch outcome {
        case .succeeded(let output):
            complete(number, output)
        case .failed(let error):
            if isMutant(.laterRefusalClearsUnknown) { updateCall(number) { $0.tookNoEffect() } }
            failAttempt(number, error)
        case .failedAfterRestart(let error):
            updateCall(number) { $0.mayHaveTakenEffect() }
            failAttempt(number, error)
        case .unknown(let error) where isMutant(.unknownTakenAsFailed):
            failAttempt(number, error)
        case .unknown(let error):
            updateCall(number) {
                $0.mayHaveTakenEffect()
                $0.note(error)
            }
            record(.callUnknown, describe(number, error))
            resolveUnknown(number, error)
        case .notApplied, .undecided, .withdrawn, .held:
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
    mutating func askOrPark(_ number: Int64, _ error: CallError) {
        if !askIfPossible(number) { park(number, error) }
    }

    mutating func ask(_ number: Int64) { updateCall(number) { [now] in $0.ask(at: now) } }

    /// - Returns: false when the remote cannot be asked.
    mutating func askIfPossible(_ number: Int64) -> Bool {
        guard case .ask = manifest(number)?.onUnknown else { return false }
        ask(number)
        return true
    }

    private mutating func takeAsked(_ outcome: CallOutcome, _ number: Int64) {
        switch outcome {
        case .succeeded(let output):
            record(.callAsked, ["activation": .int(number), "answer": "applied"])
            complete(number, output)
        case .notApplied:
            record(.callAsked, ["activation": .int(number), "answer": "not applied"])
            updateCall(number) { $0.tookNoEffect() }
            if holdNotApplied(number) { return }
            let last = activation(number)?.lastError
            failAttempt(
                number,
                CallError(
                    name: last?.name ?? "unavailable", message: last?.message ?? "no answer",
                    isRetryable: true, detail: last?.detail ?? .null))
        case .failed where isMutant(.askedForEver), .unknown where isMutant(.askedForEver):
            askAgain(number, "undecided")
        case .failed(let error):
            record(
                .callAsked, ["activation": .int(number), "answer": .string(error.name)])
            updateCall(number) { $0.tookNoEffect() }
            failAttempt(number, error)
        case .unknown(let error):
            record(.callAsked, ["activation": .int(number), "answer": "unclear"])
            updateCall(number) { $0.note(error) }
            park(number, error)
        case .undecided: askAgain(number, "undecided")
        case .failedAfterRestart(let error):
            askAgain(number, "no answer: \(error.message)")
        case .withdrawn, .held: askAgain(number, "not asked")
        }
    }

    /// Askings before a person is called: with the longest pauses, about two hours.
    static let maximumAsks = 30

    private mutating func askAgain(_ number: Int64, _ answer: String) {
        record(.callAsked, ["activation": .int(number), "answer": .string(answer)])
        updateCall(number) { $0.note(answer: answer) }
        guard let activation = activation(number), let call = activation.call else { return }
        guard call.asks < Self.maximumAsks else {
            park(number, call.lastError ?? .missing("answer"))
            return
        }
        let pause = RetryPolicy.standard.interval(attempt: call.asks, salt: activation.key)
        let until = now.adding(pause)?.ceilingToMilliseconds ?? now
        updateCall(number) { $0.askLater(until: until) }
    }
}
