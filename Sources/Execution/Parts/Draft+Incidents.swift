import Values

/// Incidents: raised in place, closed when what raised them is over or a person has it tried again.
extension Draft {
    @discardableResult
    mutating func openIncident(
        _ kind: Incident.Kind, activation: Int64?, _ error: CallError
    ) -> Int64 {
        let incident = run.incidents.open(
            kind, activation: activation,
            task: activation.flatMap { run.activations.numbered($0) }?.taskName, error, at: now)
        record(
            .incidentOpened,
            [
                "incident": .int(incident.number), "kind": .string(kind.rawValue),
                "activation": activation.map { .int($0) } ?? .null,
                "error": .string(error.name), "message": .string(error.message),
            ])
        return incident.number
    }

    mutating func closeIncidents(where matches: (Incident) -> Bool) {
        for incident in run.incidents.filter(matches) {
            run.incidents.close(incident.number)
            record(.incidentClosed, ["incident": .int(incident.number)])
        }
    }

    /// Opens an incident and does nothing else: whatever harmed the others must not run.
    mutating func park(_ error: CallError) {
        guard !isStopped else { return }
        openIncident(.suspended, activation: nil, error)
    }

    /// All of the instance's incidents, or one.
    mutating func retry(_ number: Int64?, _ note: ValueMap) {
        let chosen = run.incidents.filter { number == nil || $0.number == number }
        guard !chosen.isEmpty || number != nil || !tryNow(note) else { return applied() }
        guard !chosen.isEmpty else {
            return refuse(
                .notApplicable,
                number.map { "\(run.name) has no open incident \($0)" }
                    ?? "\(run.name) has no open incident, so there is nothing to try again",
                fix: "`pawl why \(run.name.pasted)` says what it waits for")
        }
        let left = chosen.compactMap { $0.activation.flatMap(activation) }.filter(\.isLeftBehind)
        guard left.count < chosen.count else {
            return refuse(
                .notApplicable,
                "the state that called \(left.first?.label ?? "") was left, so it is not sent again",
                fix: "find out at the remote whether it took effect")
        }
        let tooMany = chosen.compactMap { $0.activation.flatMap(activation)?.fanOut }
            .first { $0.failed > 0 && !$0.canTryAgain }
        if let tooMany {
            return refuse(
                .notApplicable,
                "\(tooMany.failed) members failed, and up to \(FanOut.maximumFailures) can be tried again",
                fix: "`pawl members \(run.name.pasted) --status failed` lists them; "
                    + "`pawl complete` or `pawl move` lets the instance go on without them")
        }
        for incident in chosen where incident.stops {
            record(.retryRequested, .map(note.merging(["incident": .int(incident.number)])))
            run.incidents.close(incident.number)
            retried = incident
        }
        for incident in chosen
        where !incident.stops && incident.activation.flatMap(activation)?.isLeftBehind != true {
            record(.retryRequested, .map(note.merging(["incident": .int(incident.number)])))
            closeIncidents { $0.number == incident.number }
            if let activation = incident.activation { tryAgain(activation) }
        }
        applied()
    }

    /// What waits for its next attempt or asking does not wait any longer.
    /// - Returns: false when nothing waits for that.
    private mutating func tryNow(_ note: ValueMap) -> Bool {
        var found = false
        for activation in run.activations {
            let number = activation.number
            switch activation.call?.phase {
            case .backingOff:
                record(.retryRequested, .map(note.merging(["activation": .int(number)])))
                dispatchWithinRetention(number)
            case .askingLater:
                record(.retryRequested, .map(note.merging(["activation": .int(number)])))
                ask(number)
            case .unsent, .local, .calling, .asking, .held, .incident, nil: continue
            }
            found = true
        }
        return found
    }

    /// A transient or unknown outcome keeps the key; after a *classified final* error the call is a new
    /// activation with a key of its own (G4).
    private mutating func tryAgain(_ number: Int64) {
        guard let activation = activation(number) else { return }
        if activation.fanOut != nil { return restartFailed(of: number) }
        guard let call = activation.call else { return startAnew(activation) }
        let isFinal = !call.mayHaveApplied && call.lastError?.isRetryable == false
        guard isFinal else {
            updateCall(number) { $0.forgetAttempts() }
            if call.mayHaveApplied, case .ask = manifest(number)?.onUnknown {
                updateCall(number) { $0.forgetAsks() }
                return ask(number)
            }
            if let manifest = manifest(number) { register(activation, manifest) }
            return dispatchWithinRetention(number)
        }
        startAnew(activation)
    }

    private mutating func startAnew(_ activation: Activation) {
        remove(activation.number)
        if let membership = activation.membership {
            restartMember(membership)
        } else if let index = activation.invocation {
            startInvocation(index)
        } else if let call = activation.call {
            let anew = Work.Call(
                adapter: call.adapter, operation: call.operation, for: call.purpose)
            launch(begin(.call(anew), activation.input))
        }
    }
}
