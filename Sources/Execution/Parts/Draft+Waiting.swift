import Sabotage
import Values

/// What comes to an instance that is paused or stopped waits, and is taken up in the order of its moments.
extension Draft {
    var isPaused: Bool { run.isPaused }
    /// Neither inputs nor timers move it.
    var isHeld: Bool { run.isHeld }

    /// - Returns: false when the input is to be taken now.
    mutating func hold(_ input: Input) -> Bool {
        if isMutant(.incidentClosedByItself) { closeIncidents(where: \.stops) }
        guard isHeld else { return false }
        switch input {
        case .answer(_, .withdrawn), .answer(_, .held): return false
        case .answer(let id, _):
            guard let activation = activation(id.activation), !activation.isNotification,
                activation.call?.awaits(id) == true
            else { return false }
            if !run.held.contains(where: { $0.isAnswer(to: id) }) { setAside(input) }
            return true
        case .childEnded, .childRefused:
            setAside(input)
            return true
        // Found again in the run.
        case .proceed, .timer, .local, .localConflict: return true
        // An event is looked at first; the rest concerns no step, or says itself what it does.
        case .event, .eventRefused, .operate, .task, .holdWithWorkflow, .releaseWithWorkflow,
            .releaseMoney, .park:
            return false
        // Whoever cancels one that somebody has paused knows that it moves then; with its workflow it does not.
        case .cancel(_, let actor): return run.workflowHold != nil && holdCancel(input, by: actor)
        }
    }

    /// What belongs to the instance came and waits with it; its history says so.
    mutating func setAside(_ input: Input) {
        guard let held = HeldInput(input, arrivedAt: now) else { return }
        run.held.append(held)
        markChanged()
        switch held.kind {
        case .event(let event): record(.eventHeld, describe(event))
        case .answer(let id, _): record(.callHeld, ["activation": .int(id.activation)])
        case .childEnded(let activation, _, _), .childRefused(let activation, _):
            record(.childHeld, ["activation": .int(activation)])
        case .decision(let request):
            record(
                .taskHeld,
                [
                    "activation": .int(request.number ?? 0),
                    "by": .string(request.actor.description),
                ])
        case .cancel(let reason, let actor):
            record(
                .cancelHeld, ["reason": .string(reason), "by": .string(actor.description)])
        }
    }

    /// The same room as for early events: both are part of the snapshot.
    mutating func holdOrRefuse(_ event: InboundEvent) {
        let held = run.held.events
        guard held.count < KeptEvents.maximum, run.kept.hasRoom(for: event, besides: held) else {
            reply = .receipt(
                Receipt(
                    .rejected, code: "too-many",
                    message: "\(run.name) holds \(held.count) events already"))
            return
        }
        setAside(.event(event))
        reply = .receipt(
            isPaused
                ? Receipt(.kept)
                : Receipt(
                    .held, code: "behind-incident",
                    message: "it waits behind incident \(stopping?.number ?? 0) of \(run.name)"))
    }

    var stopping: Incident? { run.incidents.stopping }

    // MARK: Going on

    /// Enters the first states, or looks at conditions anew because data may have been set meanwhile.
    mutating func proceed() {
        settle(
            run.snapshot.configuration.isEmpty && !run.snapshot.hasEnded
                ? machine.start(data: run.snapshot.data, environment: environment)
                : machine.reconsider(run.snapshot, environment: environment))
    }

    /// After a pause or an incident: what could not start starts, and what came and fell due meanwhile is taken in the
    /// order of its moments, as if the server had been down for that long; up to a step that fails.
    mutating func catchUp() {
        let answer = reply
        defer { if !isStopped { reply = answer } }
        var failure = run.status.isTerminal || isUndoingAll ? nil : attempt(.proceed, at: now)
        // Each fires once; one that is set again for the same moment fires by the clock.
        var firings = run.timers.count + run.kept.count + run.activations.count
        while failure == nil, !isHeld, let next = nextWaiting(firing: firings > 0) {
            if next.isHeld {
                let held = run.held.takeFirst()
                if isMutant(.heldEventsForgotten), held?.inboundEvent != nil { continue }
            } else {
                firings -= 1
            }
            failure = attempt(next.input, at: next.moment, isAcknowledged: next.isHeld)
        }
        // What an undoing waited for may have been settled while it was held.
        if failure == nil, !isHeld, !run.status.isTerminal, isUndoingAll { settlePending() }
        if let failure { self.answer(.proceed, failure) }
        if let again = retried {
            retried = nil
            record(.incidentClosed, ["incident": .int(again.number)])
        }
    }

    /// Its workflow goes on, and it does not, for a step of it has failed or somebody has paused it by itself: neither
    /// keeps it from being cancelled.
    mutating func takeHeldCancel() {
        guard let held = run.held.takeCancel() else { return }
        _ = attempt(held.input, at: held.arrivedAt, isAcknowledged: true)
    }

    private struct Waiting {
        let input: Input
        let moment: Timestamp
        var isHeld = false
    }

    private func nextWaiting(firing: Bool) -> Waiting? {
        var first: Waiting?
        func consider(_ other: Waiting) {
            guard other.moment <= now, other.moment < first?.moment ?? .distantFuture else {
                return
            }
            first = other
        }
        if firing {
            for kept in run.kept {
                consider(Waiting(input: .timer(.kept(kept.number)), moment: kept.expiresAt))
            }
            for timer in run.timers {
                consider(Waiting(input: .timer(.chart(timer.index)), moment: timer.due))
            }
            for activation in run.activations where !activation.isLocal {
                guard let moment = run.nextMoment(of: activation) else { continue }
                consider(
                    Waiting(input: .timer(.activation(activation.number)), moment: moment))
            }
        }
        if let held = run.held.first {
            consider(Waiting(input: held.input, moment: held.arrivedAt, isHeld: true))
        }
        return first
    }

    private var isUndoingAll: Bool { run.activations.contains(where: \.isCompensationBlock) }

    /// An operator leads the instance on by another way than trying the step again. What a call or a child gave is
    /// taken all the same: it may be what has to be undone.
    mutating func withdrawFailed() {
        closeIncidents(where: \.stops)
        guard let first = run.held.first, first.hasFailed, !first.isResult else { return }
        discard(first)
        _ = run.held.takeFirst()
    }

    /// The instance is cancelled: nothing of what waits moves it any more.
    /// - Returns: results, which are taken all the same.
    mutating func withdrawAll() -> [HeldInput] {
        closeIncidents(where: \.stops)
        let waiting = run.held.takeAll()
        for held in waiting where !held.isResult { discard(held) }
        return waiting.filter(\.isResult)
    }

    private mutating func discard(_ held: HeldInput) {
        switch held.kind {
        case .event(let event):
            record(.eventDiscarded, describe(event, Receipt(.rejected, code: "withdrawn")))
        case .decision(let request):
            guard case .decide(let decision) = request.action else { return }
            record(
                .taskDiscarded,
                [
                    "activation": .int(request.number ?? 0),
                    "outcome": .string(decision.outcome), "form": decision.form.plain,
                    "by": .string(request.actor.description),
                ])
        case .answer, .childEnded, .childRefused, .cancel: break
        }
    }
}

extension Work.Call {
    fileprivate func awaits(_ id: CallID) -> Bool {
        dispatches == id.dispatch && (phase == .calling || phase == .asking)
    }
}

extension Run {
    /// Its answer is here, so that the call need not be sent again.
    func holdsAnswer(to number: Int64, _ call: Work.Call) -> Bool {
        held.contains {
            if case .answer(let id, _) = $0.kind {
                id.activation == number && id.dispatch == call.dispatches
            } else {
                false
            }
        }
    }
}
