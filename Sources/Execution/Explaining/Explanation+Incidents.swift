import Values

/// Incidents: what gave up, and what trying again would do.
extension Explanation {
    func blocker(_ incident: Incident) -> Blocker {
        let activation = incident.activation.flatMap { number in
            run.activations.first { $0.number == number }
        }
        var evidence: ValueMap = [
            "incident": .int(incident.number), "error": .string(incident.error.name),
            "message": .string(incident.error.message),
        ]
        if incident.stops, case .map(let detail) = incident.error.detail {
            evidence = evidence.merging(detail)
            evidence["waiting"] = .int(Int64(run.held.count { !$0.hasFailed }))
        } else if !incident.error.detail.isNull {
            evidence["detail"] = incident.error.detail
        }
        if let activation {
            evidence["task"] = .string(activation.label)
            evidence["key"] = .string(activation.key)
            evidence["attempts"] = .int(Int64(activation.attempts))
            evidence["input"] = activation.input
        }
        let hindrance = activation.flatMap(hindrance)
        evidence.set("retryWaitsFor", hindrance.map { .string($0.kind.rawValue) })
        return Blocker(
            kind: kind(of: incident),
            state: activation.map(state) ?? leafNames.joined(separator: ", "),
            sentence: sentence(incident, activation) + (hindrance.map { " \($0.sentence)" } ?? ""),
            since: incident.openedAt, evidence: evidence,
            actions: actions(incident, activation) + [hindrance?.action].compactMap(\.self),
            needsPerson: true)
    }

    /// The safest first: where nobody knows whether a call took effect, saying so comes before sending it again.
    private func actions(_ incident: Incident, _ activation: Activation?) -> [Blocker.LegalAction] {
        let again = activation?.isLeftBehind == true ? [] : [retry(incident, activation)]
        let told =
            activation.map { tell(incident, $0) } ?? (incident.stops ? move : [])
        return incident.kind == .outcomeUnknown ? told + again : again + told
    }

    private func tell(_ incident: Incident, _ activation: Activation) -> [Blocker.LegalAction] {
        guard activation.canBeTold else { return [] }
        let reason = Blank.text(Blank.howYouKnow)
        let complete = Blocker.LegalAction(
            .complete, of: run.name,
            [
                "incident": .int(incident.number),
                "output": .map(ValueMap(expectedOutput(of: activation))), "reason": reason,
            ], sentence: "Say that it took effect, and what it gave.")
        guard let error = caughtError(of: activation) else { return [complete] }
        return [
            complete,
            Blocker.LegalAction(
                .fail, of: run.name,
                ["incident": .int(incident.number), "error": .string(error), "reason": reason],
                sentence: "Say that it took no effect, and why."),
        ]
    }

    private func kind(of incident: Incident) -> Blocker.Kind {
        switch incident.kind {
        case .callExhausted: .callExhausted
        case .outcomeUnknown: .callUnknown
        case .compensationFailed: .compensationFailed
        case .expressionError: .expressionError
        case .suspended: .suspended
        }
    }

    private func retry(_ incident: Incident, _ activation: Activation?) -> Blocker.LegalAction {
        .retry(
            run.name, incident: incident.number, sentence: retrySentence(incident, activation))
    }

    private func retrySentence(_ incident: Incident, _ activation: Activation?) -> String {
        if incident.kind == .outcomeUnknown {
            return "Find out at the remote first; this sends it again under the same key."
        }
        if activation != nil {
            return "Try it again \(sameKey(activation) ? "under the same key" : "as a new call")."
        }
        return incident.error.name == "crash"
            ? "Let it go on: what waits and what came due meanwhile is taken in order."
            : "Take the same step again, with the data as it is now (`pawl assign` changes it)."
    }

    private func sameKey(_ activation: Activation?) -> Bool {
        guard let activation else { return true }
        return activation.mayHaveApplied || activation.lastError?.isRetryable != false
    }

    private var waiting: String {
        let number = run.held.count { !$0.hasFailed }
        return number == 0 ? "" : "; \(count(number, "input waits", "inputs wait")) behind it"
    }

    private func sentence(_ incident: Incident, _ activation: Activation?) -> String {
        let task = activation.map { "`\($0.label)`" } ?? "A step"
        let tries = count(activation?.attempts ?? 0, "try", "tries")
        let reason = "`\(incident.error.name)` (\(incident.error.message))"
        switch incident.kind {
        case .callExhausted:
            return "\(task) gave up after \(tries): \(reason). Incident \(incident.number)."
        case .outcomeUnknown where activation?.isLeftBehind == true:
            return
                "\(task) was sent, its state was left and nothing undoes it, and nobody knows whether it "
                + "took effect: \(incident.error.message). Find out at the remote. Incident \(incident.number)."
        case .outcomeUnknown:
            return
                "\(task) was sent but nobody knows whether it took effect: \(incident.error.message). "
                + "Incident \(incident.number)."
        case .compensationFailed:
            return
                "\(task) gave up after \(tries) while undoing: \(reason); one effect is not undone. "
                + "Incident \(incident.number)."
        case .expressionError:
            return "Stopped before a step that fails: \(incident.error.message). "
                + "Nothing of it happened\(decision)\(waiting). Incident \(incident.number)."
        case .suspended:
            return "Suspended: \(incident.error.message)\(decision)\(waiting). "
                + "Incident \(incident.number)."
        }
    }

    /// Whose task was decided with it.
    private var decision: String {
        for activation in run.activations {
            guard let task = activation.task,
                case .decided(let outcome, let actor, _) = run.hold(of: activation.number)
            else { continue }
            return "; \"\(task.title)\" was decided by \(actor) (\(outcome)), which waits with it"
        }
        return ""
    }
}
