import Values

/// Calls, children and compensations that are under way.
extension Explanation {
    func blocker(_ activation: Activation) -> Blocker? {
        guard activation.incident == nil else { return nil }
        guard case .call(let call) = activation.work else { return waiting(activation) }
        switch call.phase {
        case .incident, .unsent: return nil
        case .local: return running(activation, call, "is next")
        case .calling:
            return waitingForAdapter(activation, call) ?? running(activation, call, "is running")
        case .backingOff(let until): return retrying(activation, call, until)
        case .held(let since):
            return moneyHeld(activation, call, since: since, evidence(activation))
        case .asking:
            return waitingForAdapter(activation, call) ?? unknown(activation, call, askingAt: nil)
        case .askingLater(let until): return unknown(activation, call, askingAt: until)
        }
    }

    private func evidence(_ activation: Activation) -> ValueMap {
        var evidence: ValueMap = [
            "task": .string(activation.label), "key": .string(activation.key),
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

    private func running(
        _ activation: Activation, _ call: Work.Call, _ verb: String
    ) -> Blocker {
        let since = call.lastSentAt ?? activation.startedAt
        if activation.isAbandoned, condition(of: call)?.running == 0 {
            return Blocker(
                kind: .callRunning, state: state(activation),
                sentence:
                    "`\(activation.label)` attempt \(call.attempts) has not left, and is taken back: its "
                    + "state was left.",
                since: since, overdueAt: overdue(activation), evidence: evidence(activation),
                next: Blocker.NextStep(at: nil, sentence: "it is taken back"), actions: [wait])
        }
        let purpose =
            activation.isAbandoned ? " (its state was left; the answer settles what to undo)" : ""
        return Blocker(
            kind: .callRunning, state: state(activation),
            sentence: "`\(activation.label)` attempt \(call.attempts) \(verb) for "
                + "\((now - since).shortText)\(purpose).",
            since: since, overdueAt: overdue(activation), evidence: evidence(activation),
            next: Blocker.NextStep(at: nil, sentence: "its answer, or its timeout"), actions: [wait]
        )
    }

    private func condition(of call: Work.Call) -> AdapterCondition? {
        adapters.first { sameUTF8($0.adapter, call.adapter) }
    }

    /// Of an instance that a person holds: its calls would not leave either, were it let go.
    var heldWithAdapters: [Blocker] {
        var told: [String] = []
        return run.activations.compactMap { activation in
            guard case .call(let call) = activation.work, !activation.isAbandoned,
                activation.incident == nil, let condition = condition(of: call),
                condition.isPaused, !told.contains(exactly: call.adapter)
            else { return nil }
            told.append(call.adapter)
            return paused(
                condition, evidence(activation), "`\(activation.label)` waits for that, too",
                of: activation, since: call.lastSentAt ?? activation.startedAt)
        }
    }

    private func waitingForAdapter(_ activation: Activation, _ call: Work.Call) -> Blocker? {
        let adapter = call.adapter
        guard let condition = condition(of: call),
            let position = condition.ahead[
                CallID(
                    instance: run.id, activation: activation.number, dispatch: call.dispatches)]
        else { return nil }
        var evidence = evidence(activation)
        evidence["position"] = .int(Int64(position + 1))
        evidence["running"] = .int(Int64(condition.running))
        let since = call.lastSentAt ?? activation.startedAt
        if condition.isPaused {
            return paused(
                condition, evidence,
                "this call is at position \(position + 1) of \(condition.queued)",
                of: activation, since: since)
        }
        if let lack = condition.lack {
            return Blocker(
                kind: .adapterUnready, state: state(activation),
                sentence: "`\(adapter)` cannot be called: \(lack.reason); this call is at position "
                    + "\(position + 1) of \(condition.queued), and that it waits costs no attempt.",
                since: since, overdueAt: overdue(activation), evidence: evidence,
                next: Blocker.NextStep(
                    at: nil,
                    sentence: "a file is looked at again every 30 s, and a variable "
                        + "when the server is started"),
                actions: [probeNow(adapter), wait])
        }
        if condition.isHalfOpen {
            return Blocker(
                kind: .adapterOpen, state: state(activation),
                sentence:
                    "The breaker of `\(adapter)` is half open: one call is its probe, and this one waits "
                    + "for what comes of it.",
                since: since, overdueAt: overdue(activation), evidence: evidence,
                next: Blocker.NextStep(
                    at: nil,
                    sentence: "what comes of the probe closes the breaker or opens it again"),
                actions: [wait])
        }
        if let open = condition.openSince {
            evidence["failures"] = .int(Int64(condition.failures))
            evidence["calls"] = .int(Int64(condition.calls))
            let probe = condition.nextProbe.map { "; next probe in \(($0 - now).shortText)" } ?? ""
            let open =
                open.ceilingToMilliseconds.rfc3339
                + (call.phase == .asking ? ", so it cannot be asked," : "")
            return Blocker(
                kind: .adapterOpen, state: state(activation),
                sentence: "The breaker of `\(adapter)` is open since \(open) "
                    + "(\(condition.failures) of \(condition.calls) calls failed)\(probe).",
                since: since, overdueAt: overdue(activation), evidence: evidence,
                next: condition.nextProbe.map {
                    Blocker.NextStep(at: $0, sentence: "one call is let through as a probe")
                }, actions: [probeNow(adapter), wait])
        }
        return Blocker(
            kind: .adapterLimit, state: state(activation),
            sentence: "Position \(position + 1) in the queue of `\(adapter)` "
                + "(limit \(condition.concurrency) at once).",
            since: since, overdueAt: overdue(activation), evidence: evidence,
            next: Blocker.NextStep(at: nil, sentence: "it is sent when its turn comes"),
            actions: [wait])
    }

    /// What a call that gave up would wait for, were it sent again now. Its sentence says nothing that changes as time goes
    /// by: alerts keep it.
    struct Hindrance {
        let kind: Blocker.Kind
        let sentence: String
        var action: Blocker.LegalAction?
    }

    /// nil: it would leave, as far as anybody knows; or nothing sends it again.
    func hindrance(_ activation: Activation) -> Hindrance? {
        guard case .call(let call) = activation.work, !activation.isLeftBehind,
            let condition = condition(of: call)
        else { return nil }
        let adapter = call.adapter
        if condition.isPaused {
            let who = condition.pause.map { " by \($0.by) (\"\($0.reason)\")" } ?? ""
            return Hindrance(
                kind: .adapterPaused,
                sentence: "`\(adapter)` is paused\(who): trying again waits for that.",
                action: resume(adapter))
        }
        if let lack = condition.lack {
            return Hindrance(
                kind: .adapterUnready,
                sentence:
                    "`\(adapter)` cannot be called: \(lack.reason). Trying again waits for that.")
        }
        if condition.isHalfOpen {
            return Hindrance(
                kind: .adapterOpen,
                sentence: "The breaker of `\(adapter)` is half open: trying again is its probe, or "
                    + "waits for it.")
        }
        return condition.openSince.map { open in
            Hindrance(
                kind: .adapterOpen,
                sentence: "The breaker of `\(adapter)` is open since "
                    + "\(open.ceilingToMilliseconds.rfc3339): trying again waits for its probe.")
        }
    }

    /// ` by operator/olga 3 min ago: "why"`
    private func holder(_ condition: AdapterCondition) -> String {
        condition.pause.map { " by \($0.by) \((now - $0.at).shortText) ago: \"\($0.reason)\"" }
            ?? ""
    }

    private func resume(_ adapter: String) -> Blocker.LegalAction {
        Blocker.LegalAction(
            .resumeAdapter, of: run.name,
            ["adapter": .string(adapter), "reason": Blank.text(Blank.why)],
            sentence: "Let the adapter's calls leave, in their order.")
    }

    private func paused(
        _ condition: AdapterCondition, _ evidence: ValueMap, _ place: String,
        of activation: Activation, since: Timestamp
    ) -> Blocker {
        let adapter = condition.adapter
        var evidence = evidence
        if let pause = condition.pause {
            evidence["by"] = .string(pause.by.description)
            evidence["reason"] = .string(pause.reason)
        }
        let breaker =
            condition.openSince != nil
            ? ". Its breaker is open, too"
            : condition.isHalfOpen ? ". Its breaker waits for a probe, too" : ""
        return Blocker(
            kind: .adapterPaused, state: state(activation),
            sentence: "`\(adapter)` is paused\(holder(condition)); \(place)\(breaker).",
            since: condition.pause?.at ?? since, overdueAt: overdue(activation),
            evidence: evidence,
            actions: [resume(adapter)])
    }

    private func probeNow(_ adapter: String) -> Blocker.LegalAction {
        Blocker.LegalAction(
            .probeAdapter, of: run.name, ["adapter": .string(adapter)],
            sentence: "Let one call through now as the probe.")
    }

    private func retrying(
        _ activation: Activation, _ call: Work.Call, _ until: Timestamp
    ) -> Blocker {
        let reason = call.lastError.map { " (\($0.name): \($0.message))" } ?? ""
        return Blocker(
            kind: .callRetrying, state: state(activation),
            sentence:
                "`\(activation.label)` failed \(count(call.attempts, "time", "times"))"
                + "\(reason); next try in \((until - now).shortText).",
            since: activation.startedAt, overdueAt: overdue(activation),
            evidence: evidence(activation),
            next: Blocker.NextStep(
                at: until, sentence: "attempt \(call.attempts + 1) under the same key"),
            actions: call.lastError?.name == "configuration"
                ? [configure] : [wait] + tryNow("Try it now."))
    }

    /// Beside an incident, `retry` would be about that.
    private func tryNow(_ sentence: String) -> [Blocker.LegalAction] {
        guard run.incidents.isEmpty else { return [] }
        return [Blocker.LegalAction(.retry, of: run.name, sentence: sentence)]
    }

    private var configure: Blocker.LegalAction {
        Blocker.LegalAction(
            .configure, of: run.name,
            sentence: "Set what is missing and start the server again; then it goes on by itself.")
    }

    private func unknown(
        _ activation: Activation, _ call: Work.Call, askingAt moment: Timestamp?
    ) -> Blocker {
        let when = moment.map { "asking again in \(($0 - now).shortText)" } ?? "asking now"
        var evidence = evidence(activation)
        evidence["asked"] = .int(Int64(call.asks))
        evidence.set("answered", call.lastAnswer.map { .string($0) })
        return Blocker(
            kind: .callUnknown, state: state(activation),
            sentence: "`\(activation.label)` was sent but the answer is not known; \(when).",
            since: call.firstSentAt ?? activation.startedAt, overdueAt: overdue(activation),
            evidence: evidence,
            next: Blocker.NextStep(
                at: moment, sentence: "the remote is asked by the key \(activation.key)"),
            actions: [wait] + (moment == nil ? [] : tryNow("Ask now.")))
    }

    private func waiting(_ activation: Activation) -> Blocker? {
        if let child = activation.child {
            return Blocker(
                kind: .waitingChild, state: state(activation),
                sentence:
                    "Waiting for `\(child)` to end (since \((now - activation.startedAt).shortText)).",
                since: activation.startedAt, overdueAt: overdue(activation),
                evidence: evidence(activation),
                actions: [
                    Blocker.LegalAction(
                        .why, of: child, sentence: "See what the child waits for.")
                ])
        }
        if let fanOut = activation.fanOut { return members(activation, fanOut) }
        if let task = activation.task { return person(activation, task) }
        let open = run.effects.standing
        // Nothing is left to undo: children that were asked to cancel are waited for, and say so themselves.
        if open.isEmpty, run.activations.contains(where: \.isCancelledChild) { return nil }
        return Blocker(
            kind: .compensationRunning, state: state(activation),
            sentence: "Undoing \(count(open.count, "effect", "effects")): "
                + open.reversed().map { "`\($0.task)`" }.joined(separator: ", then ") + ".",
            since: activation.startedAt, overdueAt: overdue(activation),
            evidence: ["effects": .list(open.map(\.encoded))], actions: [wait])
    }

    /// Members that are told one by one beside their fan-out.
    static let membersTold = 3

    /// All but the members that have not been under way longest: a page at night names the few that hold it up.
    func isTold(_ activation: Activation) -> Bool {
        guard let membership = activation.membership, !activation.isAbandoned else { return true }
        let older = run.activations.lazy.filter {
            $0.membership?.fanOut == membership.fanOut && !$0.isAbandoned
                && $0.number < activation.number
        }
        return older.prefix(Self.membersTold).count < Self.membersTold
    }

    private func members(_ activation: Activation, _ fanOut: FanOut) -> Blocker {
        let running = run.activations.filter {
            $0.membership?.fanOut == activation.number && !$0.isAbandoned
        }
        let total = fanOut.started + Int64(fanOut.items.count)
        let of = fanOut.isAtEnd ? "\(total)" : "at least \(total)"
        let failed = fanOut.failed == 0 ? "" : ", \(fanOut.failed) failed"
        var evidence = fanOut.counts
        evidence["underWay"] = .int(Int64(running.count))
        evidence["longest"] = .list(
            running.prefix(Self.membersTold).map {
                ["member": .int($0.membership?.number ?? 0), "key": .string($0.memberKey)]
            })
        evidence.set(
            "firstError", fanOut.firstError.map { .string("\($0.name): \($0.message)") })
        return Blocker(
            kind: .waitingMembers, state: state(activation),
            sentence: "Waiting for its members: \(fanOut.done) of \(of) done\(failed), "
                + "\(running.count) under way.",
            since: activation.startedAt, overdueAt: overdue(activation), evidence: evidence,
            next: Blocker.NextStep(at: nil, sentence: "each that ends starts the next"),
            actions: [
                Blocker.LegalAction(
                    .members, of: run.name, sentence: "See what became of each.")
            ])
    }

    var wait: Blocker.LegalAction {
        Blocker.LegalAction(
            .wait, of: run.name, sentence: "Nothing to do: it goes on by itself.")
    }
}
