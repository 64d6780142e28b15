import Definition
import Statechart
import Values

/// States that wait for an event or a timer.
extension Explanation {
    /// One for each active leaf, and one for what regions have in common: said once, last.
    var stateBlockers: [Blocker] {
        let leaves = machine.leaves(of: run.snapshot.configuration)
        guard !run.activations.contains(where: { $0.isCancellation }) else { return [] }
        var shared: Set<StateIndex> = []
        var result: [Blocker] = []
        for leaf in leaves {
            var scope = [leaf]
            for ancestor in machine.ancestors(of: leaf) {
                if leaves.filter({ machine.isDescendant($0, of: ancestor) }).count > 1 {
                    shared.insert(ancestor)
                } else {
                    scope.append(ancestor)
                }
            }
            if !isFinal(leaf), !calls(leaf) { result += blocker(leaf, scope).map { [$0] } ?? [] }
        }
        let common = shared.sorted()
        return result + (common.last.flatMap { blocker($0, common) }.map { [$0] } ?? [])
    }

    private func isFinal(_ state: StateIndex) -> Bool { machine.states[state].kind == .final }

    /// A leaf that calls is explained by its call. What an ancestor calls does not hold up the leaf's own events
    /// and timers.
    private func calls(_ leaf: StateIndex) -> Bool {
        run.activations.contains { activation in
            guard let index = activation.invocation else { return false }
            return !activation.isAbandoned && machine.invocations[index] == leaf
        }
    }

    /// - Parameter scope: the states whose events and timers count.
    private func blocker(_ state: StateIndex, _ scope: [StateIndex]) -> Blocker? {
        let events = machine.movingEvents(in: scope).filter { definition.event(named: $0) != nil }
        let timer = run.timers.filter { scope.contains(machine.timers[$0.index].state) }
            .min { $0.due < $1.due }
        if let ignored = run.lastIgnored, events.contains(ignored.name) {
            return guardFalse(state, ignored, timer)
        }
        if !events.isEmpty { return waitingEvent(state, events, timer) }
        return timer.map { waitingTimer(state, $0) }
    }

    private func waitingEvent(
        _ leaf: StateIndex, _ events: [String], _ timer: RunTimer?
    ) -> Blocker {
        let since = visit(leaf)?.since ?? run.updatedAt
        var sentence =
            "Waiting \((now - since).shortText) for "
            + list(events.map { "`\($0)`" }, "or")
        var remarks: [String] = []
        if let usual = usual(machine.states[leaf].id) {
            remarks.append("usually \(usual.median.shortText)")
        }
        if let expected = expected(leaf), expected.instant <= now {
            remarks.append("expected by \(expected.instant.rfc3339)\(named(expected.reckoning))")
        }
        if !remarks.isEmpty { sentence += " (\(remarks.joined(separator: ", ")))" }
        var next: Blocker.NextStep?
        if let timer {
            let step = timerStep(timer)
            next = step
            sentence += "; at \(timer.due.rfc3339)\(named(timer.reckoning)) \(step.sentence)"
        }
        return Blocker(
            kind: .waitingEvent, state: machine.states[leaf].id, sentence: sentence + ".",
            since: since, overdueAt: overdue(leaf), evidence: eventEvidence(events), next: next,
            actions: events.compactMap(sendAction))
    }

    private func eventEvidence(_ events: [String]) -> ValueMap {
        var evidence: ValueMap = [
            "key": .string(run.name.key),
            "events": .list(
                events.map { event in
                    var entry: ValueMap = ["event": .string(event)]
                    if let rule = definition.event(named: event)?.sender {
                        entry["from"] = .string(sender(rule).description)
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

    /// `member/m-17`: the role, and the subject where it is known.
    private func sender(_ rule: SenderRule) -> Blocker.Performer {
        var bindings = definition.environment(of: run, now: now)
        bindings["context"] = .map(run.snapshot.data)
        let subject = rule.subject.flatMap { try? $0.evaluate(bindings) }?.stringValue
        return Blocker.Performer(role: rule.role, subject: subject)
    }

    /// nil: the event comes from the system itself, and nobody should make it up.
    private func sendAction(_ event: String) -> Blocker.LegalAction? {
        let declaration = definition.event(named: event)
        guard declaration?.sender?.role != Actor.system.role else { return nil }
        let actor = declaration?.sender.map(sender)
        var arguments: ValueMap = ["event": .string(event)]
        if let data = declaration.map({ requiredMembers($0.data) }), !data.isEmpty {
            arguments["data"] = .map(data)
        }
        return Blocker.LegalAction(
            .send, of: run.name, arguments, as: actor,
            sentence: "Send `\(event)`\(actor.map { " as \($0)" } ?? "").")
    }

    private func requiredMembers(_ schema: Schema) -> ValueMap {
        var members = ValueMap()
        for name in (schema.source["required"]?.listValue ?? []).compactMap(\.stringValue) {
            members[name] = schema.property(name)?.blank(named: name) ?? Blank.text(name)
        }
        return members
    }

    private func waitingTimer(_ leaf: StateIndex, _ timer: RunTimer) -> Blocker {
        let step = timerStep(timer)
        return Blocker(
            kind: .waitingTimer, state: machine.states[leaf].id,
            sentence: "Sleeping until \(timer.due.rfc3339) (in \((timer.due - now).shortText)"
                + "\(named(timer.reckoning))); then \(step.sentence).",
            since: visit(leaf)?.since ?? run.updatedAt, overdueAt: overdue(leaf),
            evidence: evidence(timer), next: step, actions: [wait])
    }

    private func evidence(_ timer: RunTimer) -> ValueMap {
        var evidence: ValueMap = ["due": .string(timer.due.rfc3339)]
        evidence.set("dueName", timer.reckoning.map { .string($0.text) })
        evidence.set("calendar", timer.reckoning?.calendar.map { .string(calendar($0)) })
        return evidence
    }

    /// `, 5 business days: Mon 2026-04-13 18:00 Europe/Berlin`
    private func named(_ reckoning: Reckoning?) -> String {
        reckoning.map { ", \($0.text)" } ?? ""
    }

    /// Which content of which calendar; and that it says something else by now.
    func calendar(_ stamp: String) -> String {
        let name = String(stamp.prefix { $0 != "@" })
        guard let known = catalog?.calendars[name], !sameUTF8(known.stamp, stamp) else {
            return stamp
        }
        return "\(stamp) (it has changed since; what is due stays)"
    }

    func timerStep(_ timer: RunTimer) -> Blocker.NextStep {
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
            let sensitive = definition.sensitive
            let parts = guardValue.parts.map { part in
                let isHidden = sensitive.isSaid(by: part.text)
                return "\(part.text) = \(isHidden ? Sensitive.mask : JSON.string(part.value))"
            }
            let values = parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
            let isHidden = sensitive.isSaid(by: guardValue.source)
            return guardValue.error.map {
                "`\(guardValue.source)` failed: \(isHidden ? Sensitive.mask : $0)"
            }
                ?? "`\(guardValue.source)` is false\(values)"
        }
        let failed = ignored.guards.contains { $0.error != nil }
        return Blocker(
            kind: failed ? .expressionError : .guardFalse, state: machine.states[leaf].id,
            sentence: "`\(ignored.name)` came but no transition applied: \(list(reasons, "and")).",
            since: ignored.at, overdueAt: overdue(leaf),
            evidence: ["guards": .list(ignored.guards.map(\.encoded))],
            next: timer.map(timerStep),
            actions: [sendAction(ignored.name)].compactMap(\.self) + move)
    }
}
