import Definition
import Statechart
import Values

/// Inbound events: who may send them, what becomes of those that no state waits for, and what the sender
/// learns.
extension Draft {
    mutating func take(_ inbound: InboundEvent) {
        guard let declaration = definition.event(named: inbound.name) else {
            reply = .problem(definition.unknownEvent(inbound.name))
            return
        }
        let event: InboundEvent
        switch definition.decode(inbound, declaration) {
        case .success(let decoded): event = decoded
        case .failure(let problem):
            reply = .problem(problem)
            return
        }
        let offered = chartEvent(event)
        // An instance that is held takes nothing, and the chart of one that is stopped may be endless.
        let step =
            isHeld ? nil : machine.step(run.snapshot, offered, environment: environment)
        let selection =
            step?.selection
            ?? machine.selection(run.snapshot, offered, environment: environment)
        if let problem = senderProblem(event, declaration, isAwaited: selection != .none) {
            reply = .problem(problem)
            return
        }
        guard !run.status.isTerminal, run.pendingEnd == nil else {
            reply = .receipt(
                Receipt(
                    .rejected, code: "ended",
                    message: declaration.afterEnd
                        ?? "\(run.name) has ended: \((run.pendingEnd ?? run.status).rawValue)"))
            return
        }
        guard let step else {
            holdOrRefuse(event)
            return
        }
        switch selection {
        case .taken, .guardsFalse: reply = .receipt(apply(event, step))
        case .none: takeEarly(event, declaration)
        }
        settlePending()
    }

    /// - Parameter isAwaited: an early event's subject may not be known yet (nobody is assigned); it is
    ///   checked again when the event is offered.
    private func senderProblem(
        _ event: InboundEvent, _ declaration: EventDeclaration, isAwaited: Bool
    ) -> Problem? {
        guard let rule = declaration.sender, event.sender.role != Actor.system.role else {
            return nil
        }
        if let problem = declaration.roleProblem(event) { return problem }
        guard let expression = rule.subject else { return nil }
        let subject = (try? expression.evaluate(bindings))?.keyText
        if subject == nil, !isAwaited, declaration.early == .keep { return nil }
        guard let subject, sameUTF8(subject, event.sender.subject) else {
            return Problem(
                .forbidden, "\(event.sender) may not send \(event.name) to \(run.name)",
                fix: "only the \(rule.role) that \(expression.source) names may")
        }
        return nil
    }

    func chartEvent(_ event: InboundEvent) -> Event {
        Event(
            name: event.name, data: event.data,
            attributes: ValueMap([
                ("id", .string(event.id)), ("sender", event.sender.expressionValue),
                ("at", .string(now.rfc3339)),
            ]))
    }

    /// Gives the event to the chart and says what became of it; the caller settles what follows from it.
    private mutating func apply(_ event: InboundEvent, _ step: Step) -> Receipt {
        let receipt = receipt(of: step)
        if step.selection == .guardsFalse {
            run.lastIgnored = IgnoredEvent(name: event.name, at: now, guards: step.falseGuards)
        }
        if step.selection == .taken, !step.effects.contains(where: \.isReject) {
            // What comes of it comes of the event, not of what failed before.
            run.lastFailure = nil
            record(.eventApplied, describe(event))
        }
        apply(step)
        guard let rejected = self.step.takeRejection() else {
            if receipt.outcome != .applied {
                record(receipt.outcome.historyKind, describe(event, receipt))
            }
            return receipt
        }
        record(.eventRejected, describe(event, rejected))
        return rejected
    }

    func receipt(of step: Step) -> Receipt {
        guard step.selection != .taken else { return Receipt(.applied) }
        let reasons = step.falseGuards.map { guardValue in
            let parts = guardValue.parts.map { part in
                let isHidden = definition.sensitive.isSaid(by: part.text)
                return "\(part.text) = \(isHidden ? Sensitive.mask : JSON.string(part.value))"
            }
            return "`\(guardValue.source)` "
                + (guardValue.error.map { "failed: \($0)" }
                    ?? "is false (\(parts.joined(separator: ", ")))")
        }
        return Receipt(.ignored, code: "guard-false", message: reasons.joined(separator: "; "))
    }

    private mutating func takeEarly(_ event: InboundEvent, _ declaration: EventDeclaration) {
        switch declaration.early {
        case .keep where machine.canStillTake(event.name, from: run.snapshot.configuration):
            guard run.kept.hasRoom(for: event) else {
                return refuse(
                    event,
                    Receipt(
                        .rejected, code: "too-many",
                        message: "\(run.name) keeps \(run.kept.count) early events already"))
            }
            // Of one that was held meanwhile, its time went on.
            guard let expiry = step.arrival.adding(declaration.timeToLive)?.ceilingToMilliseconds
            else {
                return
            }
            guard expiry > now else {
                return record(
                    .eventDiscarded, describe(event, Receipt(.rejected, code: "expired")))
            }
            keep(event, arrivedAt: step.arrival, until: expiry)
            reply = .receipt(Receipt(.kept))
        case .keep:
            refuse(event, Receipt(.rejected, code: "too-late", message: notAwaited(event)))
        case .reject:
            refuse(event, Receipt(.rejected, code: "not-expected", message: notAwaited(event)))
        case .drop:
            let receipt = Receipt(.ignored, code: "not-expected", message: notAwaited(event))
            record(.eventIgnored, describe(event, receipt))
            reply = .receipt(receipt)
        }
    }

    private func notAwaited(_ event: InboundEvent) -> String {
        let awaited = definition.awaitedEvents(in: run.snapshot.configuration)
        let states = activeNames.joined(separator: ", ")
        return "\(run.name) is in \(states) and "
            + (awaited.isEmpty
                ? "waits for no event" : "waits for \(awaited.joined(separator: ", "))")
    }

    private mutating func refuse(_ event: InboundEvent, _ receipt: Receipt) {
        record(.eventRejected, describe(event, receipt))
        reply = .receipt(receipt)
    }

    mutating func note(_ event: InboundEvent, _ problem: Problem) {
        guard !run.status.isTerminal else { return }
        let details = problem.errors.map { "\($0.pointer) \($0.detail)" }
        let message = ([problem.message] + details).joined(separator: "; ")
        record(
            .eventRejected,
            describe(event, Receipt(.rejected, code: problem.code.rawValue, message: message)))
    }

    func describe(_ event: InboundEvent, _ receipt: Receipt? = nil) -> Value {
        var value = ValueMap([
            ("event", .string(event.name)), ("id", .string(event.id)), ("data", event.data),
            ("by", .string(event.sender.description)),
        ])
        if let code = receipt?.code { value["code"] = .string(code) }
        if let message = receipt?.message { value["message"] = .string(message) }
        return .map(value)
    }

    // MARK: Kept events

    mutating func keep(_ event: InboundEvent, arrivedAt: Timestamp, until expiry: Timestamp) {
        run.kept.keep(event, arrivedAt: arrivedAt, until: expiry)
        record(.eventKept, describe(event))
    }

    /// Offers kept events in the order of their arrival; true when one was taken.
    mutating func offerKept() -> Bool {
        guard !run.snapshot.hasEnded, !isHeld else { return false }
        for kept in run.kept {
            let event = chartEvent(kept.event)
            switch machine.selection(run.snapshot, event, environment: environment) {
            case .none where machine.canStillTake(kept.event.name, from: run.snapshot.configuration):
                continue
            case .none:
                discard(kept, code: "too-late")
                return true
            case .taken, .guardsFalse:
                takeKept(kept)
                return true
            }
        }
        return false
    }

    private mutating func takeKept(_ kept: KeptEvent) {
        if let declaration = definition.event(named: kept.event.name),
            let problem = senderProblem(kept.event, declaration, isAwaited: true)
        {
            discard(kept, code: problem.code.rawValue)
            return
        }
        run.kept.remove(kept)
        // What was decided before it holds, whatever becomes of it.
        let failure = whole { draft in
            let step = draft.machine.step(
                draft.run.snapshot, draft.chartEvent(kept.event), environment: draft.environment)
            _ = draft.apply(kept.event, step)
        }
        if let failure { stop(at: .event(kept.event), arrivedAt: kept.arrivedAt, failure) }
    }

    mutating func discard(_ kept: KeptEvent, code: String) {
        run.kept.remove(kept)
        record(.eventDiscarded, describe(kept.event, Receipt(.rejected, code: code)))
    }
}

extension WorkflowDefinition {
    /// What can be said of an event before there is an instance: its name, its data and its sender's role.
    /// - Returns: the event with its data decoded by the declaration's schema.
    package func admit(_ event: InboundEvent) -> Result<InboundEvent, Problem> {
        guard let declaration = self.event(named: event.name) else {
            return .failure(unknownEvent(event.name))
        }
        if let problem = declaration.roleProblem(event) { return .failure(problem) }
        return decode(event, declaration)
    }

    fileprivate func decode(
        _ event: InboundEvent, _ declaration: EventDeclaration
    ) -> Result<InboundEvent, Problem> {
        switch declaration.data.decode(event.data) {
        case .valid(let data):
            .success(
                InboundEvent(
                    id: event.id, name: event.name, data: data.plain, sender: event.sender))
        case .invalid(let violations):
            .failure(
                Problem(
                    .invalid, "the data of \(event.name) does not fit its schema",
                    fix: "mend the members named in `errors`", violations: violations))
        }
    }

    fileprivate func unknownEvent(_ name: String) -> Problem {
        let names = events.map(\.name)
        return Problem(
            .unknownEvent, "workflow \(self.name) declares no event \(name)",
            fix: nearestName(to: name, among: names).map { "did you mean \($0)?" }
                ?? "declared: \(names.joined(separator: ", "))")
    }

    /// Declared events that the states name; not those that the chart raises or the engine offers.
    func awaitedEvents(in configuration: [StateIndex]) -> [String] {
        machine.awaitedEvents(in: configuration).filter { event(named: $0) != nil }
    }
}

extension EventDeclaration {
    fileprivate func roleProblem(_ event: InboundEvent) -> Problem? {
        guard let rule = sender, event.sender.role != Actor.system.role,
            !sameUTF8(rule.role, event.sender.role)
        else { return nil }
        return Problem(
            .forbidden, "\(event.name) may be sent by a \(rule.role), not by \(event.sender)",
            fix: "send it as \(rule.role)/<subject> in the Pawl-Actor header")
    }
}

extension Effect {
    fileprivate var isReject: Bool {
        if case .emit(let emission) = self { emission.kind == .reject } else { false }
    }
}
