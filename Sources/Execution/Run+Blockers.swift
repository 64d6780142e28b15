import CEL
import Statechart

extension Run {
    /// Everything that the instance waits for: one blocker for each active leaf state and each call, the most
    /// urgent first. Empty when it has ended and nothing is left to do.
    package func blockers(
        _ definition: WorkflowDefinition, adapters: [AdapterCondition] = [], now: Timestamp
    ) -> [Blocker] {
        let explanation = Explanation(
            run: self, definition: definition, adapters: adapters, now: now)
        return explanation.blockers
    }

    /// What an admin wants to know first.
    package func health(now: Timestamp) -> Health {
        if !incidents.isEmpty { return .blocked }
        if status.isTerminal { return .ok }
        if let overdue = visits.compactMap(\.overdueAt).min(), overdue <= now { return .overdue }
        return activations.contains { $0.isRetrying } ? .failing : .waiting
    }
}

/// The deduction, for one run at one moment.
struct Explanation {
    let run: Run
    let definition: WorkflowDefinition
    let adapters: [AdapterCondition]
    let now: Timestamp

    var machine: Machine { definition.machine }
    var name: String { run.name.description }

    var blockers: [Blocker] {
        let incidents = run.incidents.map(blocker)
        let calls = run.activations.compactMap(blocker)
        let states = run.status.isTerminal ? [] : stateBlockers
        let all = incidents + calls + states
        guard all.isEmpty, !run.status.isTerminal else { return all }
        return [nothingMoves]
    }

    private var nothingMoves: Blocker {
        Blocker(
            kind: .nothing, state: leafNames.joined(separator: ", "),
            sentence: "Nothing moves it: \(leafNames.joined(separator: ", ")) waits for no event, "
                + "timer or call.",
            since: run.updatedAt)
    }

    private var leafNames: [String] {
        machine.leaves(of: run.snapshot.configuration).map { machine.states[$0].id }
    }

    // MARK: Incidents

    private func blocker(_ incident: Incident) -> Blocker {
        let activation = incident.activation.flatMap { number in
            run.activations.first { $0.number == number }
        }
        var evidence: ValueMap = [
            "incident": .int(incident.number), "error": .string(incident.error.name),
            "message": .string(incident.error.message),
        ]
        if !incident.error.detail.isNull { evidence["detail"] = incident.error.detail }
        if let activation {
            evidence["task"] = .string(activation.target.label)
            evidence["key"] = .string(activation.key)
            evidence["attempts"] = .int(Int64(activation.attempts))
            evidence["input"] = activation.input
        }
        return Blocker(
            kind: kind(of: incident),
            state: activation.map(state) ?? leafNames.joined(separator: ", "),
            sentence: sentence(incident, activation), since: incident.openedAt, evidence: evidence,
            actions: [
                Blocker.LegalAction(
                    name: "retry", sentence: retrySentence(incident, activation),
                    command: "pawl retry \(name) --incident \(incident.number)")
            ], needsPerson: true)
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

    private func retrySentence(_ incident: Incident, _ activation: Activation?) -> String {
        if activation != nil {
            return "Try it again \(sameKey(activation) ? "under the same key" : "as a new call")."
        }
        return incident.kind == .suspended
            ? "Let it go on: timers that came due meanwhile fire."
            : "Close the incident; nothing is evaluated again before the next event."
    }

    private func sameKey(_ activation: Activation?) -> Bool {
        guard let activation else { return true }
        return activation.mayHaveApplied || activation.lastError?.isRetryable != false
    }

    private func sentence(_ incident: Incident, _ activation: Activation?) -> String {
        let task = activation.map { "`\($0.target.label)`" } ?? "A step"
        let tries = count(activation?.attempts ?? 0, "try", "tries")
        let reason = "`\(incident.error.name)` (\(incident.error.message))"
        switch incident.kind {
        case .callExhausted:
            return "\(task) gave up after \(tries): \(reason). Incident \(incident.number)."
        case .outcomeUnknown:
            return
                "\(task) was sent but nobody knows whether it took effect: \(incident.error.message). "
                + "Incident \(incident.number)."
        case .compensationFailed:
            return
                "\(task) gave up after \(tries) while undoing: \(reason); one effect is not undone. "
                + "Incident \(incident.number)."
        case .expressionError:
            return "An expression failed: \(incident.error.message). Incident \(incident.number)."
        case .suspended:
            return "Suspended: \(incident.error.message). Incident \(incident.number)."
        }
    }

    // MARK: Calls and children

    private func blocker(_ activation: Activation) -> Blocker? {
        switch activation.phase {
        case .incident: return nil
        case .local: return running(activation, "is next")
        case .calling: return waitingForAdapter(activation) ?? running(activation, "is running")
        case .backingOff(let until): return retrying(activation, until)
        case .asking: return unknown(activation, askingAt: nil)
        case .askingLater(let until): return unknown(activation, askingAt: until)
        case .waiting: return waiting(activation)
        }
    }

    private func evidence(_ activation: Activation) -> ValueMap {
        var evidence: ValueMap = [
            "task": .string(activation.target.label), "key": .string(activation.key),
            "attempt": .int(Int64(activation.attempts)), "input": activation.input,
        ]
        if let error = activation.lastError {
            evidence["lastError"] = [
                "name": .string(error.name), "message": .string(error.message),
            ]
        }
        if activation.isAbandoned { evidence["abandoned"] = true }
        return evidence
    }

    private func running(_ activation: Activation, _ verb: String) -> Blocker {
        let since = activation.lastSentAt ?? activation.startedAt
        let purpose =
            activation.isAbandoned ? " (its state was left; the answer settles what to undo)" : ""
        return Blocker(
            kind: .callRunning, state: state(activation),
            sentence: "`\(activation.target.label)` attempt \(activation.attempts) \(verb) for "
                + "\((now - since).shortText)\(purpose).",
            since: since, overdueAt: overdue(activation), evidence: evidence(activation),
            next: Blocker.NextStep(at: nil, sentence: "its answer, or its timeout"), actions: [wait]
        )
    }

    private func waitingForAdapter(_ activation: Activation) -> Blocker? {
        guard case .operation(let adapter, _) = activation.target,
            let condition = adapters.first(where: { $0.adapter == adapter }),
            let position = condition.queue.firstIndex(where: {
                $0.instance == run.id && $0.activation == activation.number
            })
        else { return nil }
        var evidence = evidence(activation)
        evidence["position"] = .int(Int64(position + 1))
        evidence["running"] = .int(Int64(condition.running))
        let since = activation.lastSentAt ?? activation.startedAt
        if let open = condition.openSince {
            evidence["failures"] = .int(Int64(condition.failures))
            evidence["calls"] = .int(Int64(condition.calls))
            let probe = condition.nextProbe.map { "; next probe in \(($0 - now).shortText)" } ?? ""
            return Blocker(
                kind: .adapterOpen, state: state(activation),
                sentence: "The breaker of `\(adapter)` is open since \(open.rfc3339) "
                    + "(\(condition.failures) of \(condition.calls) calls failed)\(probe).",
                since: since, overdueAt: overdue(activation), evidence: evidence,
                next: condition.nextProbe.map {
                    Blocker.NextStep(at: $0, sentence: "one call is let through as a probe")
                }, actions: [wait])
        }
        return Blocker(
            kind: .adapterLimit, state: state(activation),
            sentence: "Position \(position + 1) in the queue of `\(adapter)` "
                + "(limit \(condition.concurrency) at once).",
            since: since, overdueAt: overdue(activation), evidence: evidence,
            next: Blocker.NextStep(at: nil, sentence: "it is sent when its turn comes"),
            actions: [wait])
    }

    private func retrying(_ activation: Activation, _ until: Timestamp) -> Blocker {
        let reason = activation.lastError.map { " (\($0.name): \($0.message))" } ?? ""
        return Blocker(
            kind: .callRetrying, state: state(activation),
            sentence:
                "`\(activation.target.label)` failed \(count(activation.attempts, "time", "times"))"
                + "\(reason); next try in \((until - now).shortText).",
            since: activation.startedAt, overdueAt: overdue(activation),
            evidence: evidence(activation),
            next: Blocker.NextStep(
                at: until, sentence: "attempt \(activation.attempts + 1) under the same key"),
            actions: [wait])
    }

    private func unknown(_ activation: Activation, askingAt moment: Timestamp?) -> Blocker {
        let when = moment.map { "asking again in \(($0 - now).shortText)" } ?? "asking now"
        return Blocker(
            kind: .callUnknown, state: state(activation),
            sentence: "`\(activation.target.label)` was sent but the answer is not known; \(when).",
            since: activation.lastSentAt ?? activation.startedAt, overdueAt: overdue(activation),
            evidence: evidence(activation),
            next: Blocker.NextStep(
                at: moment, sentence: "the remote is asked by the key \(activation.key)"),
            actions: [wait])
    }

    private func waiting(_ activation: Activation) -> Blocker {
        if case .child(let child) = activation.target {
            return Blocker(
                kind: .waitingChild, state: state(activation),
                sentence:
                    "Waiting for `\(child)` to end (since \((now - activation.startedAt).shortText)).",
                since: activation.startedAt, overdueAt: overdue(activation),
                evidence: evidence(activation),
                actions: [
                    Blocker.LegalAction(
                        name: "open", sentence: "See what the child waits for.",
                        command: "pawl why \(child)")
                ])
        }
        let open = run.effects.filter { $0.status != .compensated }
        return Blocker(
            kind: .compensationRunning, state: state(activation),
            sentence: "Undoing \(count(open.count, "effect", "effects")): "
                + open.reversed().map { "`\($0.task)`" }.joined(separator: ", then ") + ".",
            since: activation.startedAt, overdueAt: overdue(activation),
            evidence: ["effects": .list(open.map(\.encoded))], actions: [wait])
    }

    private var wait: Blocker.LegalAction {
        Blocker.LegalAction(
            name: "wait", sentence: "Nothing to do: it goes on by itself.",
            command: "pawl wait \(name)")
    }

    // MARK: States

    private var stateBlockers: [Blocker] {
        var result: [Blocker] = []
        for leaf in machine.leaves(of: run.snapshot.configuration) {
            if let blocker = stateBlocker(leaf) { result.append(blocker) }
        }
        return result
    }

    /// A leaf waits for what it and its ancestors name; a leaf that calls is explained by its call.
    private func stateBlocker(_ leaf: StateIndex) -> Blocker? {
        guard machine.states[leaf].kind != .final else { return nil }
        let scope = [leaf] + machine.ancestors(of: leaf)
        let isCalling = run.activations.contains { activation in
            if case .invocation(let index) = activation.purpose {
                !activation.isAbandoned && scope.contains(machine.invocations[index])
            } else {
                activation.purpose == .cancellation
            }
        }
        guard !isCalling else { return nil }
        let events = machine.movingEvents(in: scope).filter { definition.event(named: $0) != nil }
        let timer = run.timers.filter { scope.contains(machine.timers[$0.index].state) }
            .min { $0.due < $1.due }
        if let ignored = run.lastIgnored, events.contains(ignored.name) {
            return guardFalse(leaf, ignored, timer)
        }
        if !events.isEmpty { return waitingEvent(leaf, events, timer) }
        return timer.map { waitingTimer(leaf, $0) }
    }

    private func waitingEvent(
        _ leaf: StateIndex, _ events: [String], _ timer: RunTimer?
    ) -> Blocker {
        let since = visit(leaf)?.since ?? run.updatedAt
        var sentence =
            "Waiting \((now - since).shortText) for "
            + list(events.map { "`\($0)`" }, "or")
        if let overdue = overdue(leaf), overdue <= now {
            sentence += " (expected by \(overdue.rfc3339))"
        }
        var next: Blocker.NextStep?
        if let timer {
            let step = timerStep(timer)
            next = step
            sentence += "; at \(timer.due.rfc3339) \(step.sentence)"
        }
        return Blocker(
            kind: .waitingEvent, state: machine.states[leaf].id, sentence: sentence + ".",
            since: since, overdueAt: overdue(leaf), evidence: eventEvidence(events), next: next,
            actions: events.map(sendAction))
    }

    private func eventEvidence(_ events: [String]) -> ValueMap {
        var evidence: ValueMap = [
            "key": .string(run.name.key),
            "events": .list(
                events.map { event in
                    var entry: ValueMap = ["event": .string(event)]
                    if let rule = definition.event(named: event)?.sender {
                        entry["from"] = .string(sender(rule))
                    }
                    return .map(entry)
                }),
        ]
        if !run.kept.isEmpty {
            evidence["kept"] = .list(
                run.kept.map {
                    [
                        "event": .string($0.event.name), "id": .string($0.event.id),
                        "expiresAt": .string($0.expiresAt.rfc3339),
                    ]
                })
        }
        return evidence
    }

    /// `worker/w-17`: the role, and the subject where it is known.
    private func sender(_ rule: SenderRule) -> String {
        var bindings = definition.environment(of: run, now: now)
        bindings["context"] = .map(run.snapshot.data)
        let subject = rule.subject.flatMap { try? $0.evaluate(bindings) }?.stringValue
        return subject.map { "\(rule.role)/\($0)" } ?? rule.role
    }

    private func sendAction(_ event: String) -> Blocker.LegalAction {
        let by = definition.event(named: event)?.sender.map { " as \(sender($0))" } ?? ""
        let actor = definition.event(named: event)?.sender.map { " --as \(sender($0))" } ?? ""
        return Blocker.LegalAction(
            name: "send", sentence: "Send `\(event)`\(by).",
            command: "pawl send \(name) \(event)\(actor)")
    }

    private func waitingTimer(_ leaf: StateIndex, _ timer: RunTimer) -> Blocker {
        let step = timerStep(timer)
        return Blocker(
            kind: .waitingTimer, state: machine.states[leaf].id,
            sentence: "Sleeping until \(timer.due.rfc3339) (in \((timer.due - now).shortText)); "
                + "then \(step.sentence).",
            since: visit(leaf)?.since ?? run.updatedAt, overdueAt: overdue(leaf),
            evidence: ["due": .string(timer.due.rfc3339)], next: step, actions: [wait])
    }

    private func timerStep(_ timer: RunTimer) -> Blocker.NextStep {
        let ways = machine.transitions.filter { $0.trigger == .timer(timer.index) }
        var targets: [String] = []
        for target in ways.flatMap(\.targets) where !targets.contains(machine.states[target].id) {
            targets.append(machine.states[target].id)
        }
        let condition = ways.allSatisfy { $0.guardExpression != nil } ? ", if its guard holds" : ""
        let goes =
            targets.isEmpty
            ? "its timer acts" : "it goes to \(list(targets.map { "`\($0)`" }, "or"))"
        return Blocker.NextStep(at: timer.due, sentence: goes + condition)
    }

    private func guardFalse(
        _ leaf: StateIndex, _ ignored: IgnoredEvent, _ timer: RunTimer?
    ) -> Blocker {
        let reasons = ignored.guards.map { guardValue in
            let parts = guardValue.parts.map { "\($0.text) = \(JSON.string($0.value))" }
            let values = parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
            return guardValue.error.map { "`\(guardValue.source)` failed: \($0)" }
                ?? "`\(guardValue.source)` is false\(values)"
        }
        let failed = ignored.guards.contains { $0.error != nil }
        return Blocker(
            kind: failed ? .expressionError : .guardFalse, state: machine.states[leaf].id,
            sentence: "`\(ignored.name)` came but no transition applied: \(list(reasons, "and")).",
            since: ignored.at, overdueAt: overdue(leaf),
            evidence: ["guards": .list(ignored.guards.map(\.encoded))],
            next: timer.map(timerStep), actions: [sendAction(ignored.name)])
    }

    // MARK: Parts

    private func state(_ activation: Activation) -> String {
        guard case .invocation(let index) = activation.purpose else { return "" }
        return machine.states[machine.invocations[index]].id
    }

    private func visit(_ state: StateIndex) -> StateVisit? {
        run.visits.first { $0.state == state }
    }

    /// The earliest of the state's own and its ancestors'.
    private func overdue(_ state: StateIndex) -> Timestamp? {
        ([state] + machine.ancestors(of: state)).compactMap { visit($0)?.overdueAt }.min()
    }

    private func overdue(_ activation: Activation) -> Timestamp? {
        guard case .invocation(let index) = activation.purpose else { return nil }
        return overdue(machine.invocations[index])
    }

    private func list(_ items: [String], _ word: String) -> String {
        guard items.count > 1, let last = items.last else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(word) \(last)"
    }

    private func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
