import CEL
import Sabotage
import Statechart

/// Pausing: what comes is kept as it came, what is due waits, and all of it is taken up when the instance is resumed.
extension Draft {
    var isPaused: Bool { run.pause != nil }

    /// Neither timers nor kept events move it.
    var isHeld: Bool { isPaused || isSuspended }

    mutating func pause(reason: String, by actor: Actor, _ note: ValueMap) {
        if let pause = run.pause {
            return refuse(
                .notApplicable, "\(run.name) is paused by \(pause.by) already",
                fix: "`pawl resume \(run.name)` lets it go on")
        }
        run.pause = Pause(by: actor, reason: reason, since: now)
        record("paused", .map(note))
        applied()
    }

    mutating func resume(_ note: ValueMap) {
        guard isPaused else {
            return refuse(
                .notApplicable, "\(run.name) is not paused",
                fix: "`pawl why \(run.name)` says what it waits for")
        }
        endPause(note)
        applied()
    }

    /// Takes what was held, in the order in which it came.
    mutating func endPause(_ note: ValueMap) {
        guard let pause = run.pause else { return }
        run.pause = nil
        record("resumed", .map(note))
        // Members of the context may have been set meanwhile.
        if !isSuspended { settle(machine.reconsider(run.snapshot, environment: environment)) }
        for input in pause.held where !isMutant(.heldEventsForgotten) || input.inboundEvent == nil {
            take(input)
        }
        reply = .none
    }

    private mutating func take(_ input: HeldInput) {
        switch input {
        case .event(let event) where isSuspended:
            guard let declaration = definition.event(named: event.name),
                let expiry = now.adding(declaration.timeToLive)?.ceilingToMilliseconds
            else { return }
            keep(event, arrivedAt: now, until: expiry)
        case .event(let event): take(event)
        case .answer(let id, let outcome): take(outcome, of: id)
        case .childEnded(let activation, let status, let output):
            childEnded(activation, status, output)
        case .childRefused(let activation, let error): childRefused(activation, error)
        }
    }

    /// - Returns: false when the input is to be taken now.
    mutating func hold(_ input: Input) -> Bool {
        guard let pause = run.pause else { return false }
        switch input {
        case .answer(let id, let outcome):
            guard let activation = activation(id.activation), activation.isAwaited(id),
                activation.purpose != .notification
            else { return false }
            if !pause.held.contains(where: { $0.isAnswer(to: id) }) {
                setAside(.answer(id, outcome))
            }
        case .childEnded(let activation, let status, let output):
            setAside(.childEnded(activation: activation, status: status, output: output))
        case .childRefused(let activation, let error):
            setAside(.childRefused(activation: activation, error: error))
        case .timer: break
        case .start, .event, .eventRefused, .local, .localConflict, .cancel, .operate, .task,
            .park:
            return false
        }
        return true
    }

    /// What belongs to the instance came and waits with it; its history says so.
    mutating func setAside(_ input: HeldInput) {
        run.pause?.held.append(input)
        switch input {
        case .event(let event): record("event.held", describe(event))
        case .answer(let id, _): record("call.held", ["activation": .int(id.activation)])
        case .childEnded(let activation, _, _), .childRefused(let activation, _):
            record("child.held", ["activation": .int(activation)])
        }
    }

    /// The same room as for early events: both are part of the snapshot.
    mutating func holdOrRefuse(_ event: InboundEvent) {
        let held = run.pause?.held.compactMap(\.inboundEvent) ?? []
        guard held.count < Self.maximumKept, hasRoom(toKeep: event, besides: held) else {
            reply = .receipt(
                Receipt(
                    .rejected, code: "too-many",
                    message: "\(run.name) is paused and holds \(held.count) events already"))
            return
        }
        setAside(.event(event))
        reply = .receipt(Receipt(.kept))
    }
}

extension HeldInput {
    fileprivate func isAnswer(to id: CallID) -> Bool {
        if case .answer(id, _) = self { true } else { false }
    }

    var inboundEvent: InboundEvent? {
        if case .event(let event) = self { event } else { nil }
    }
}

extension Activation {
    fileprivate func isAwaited(_ id: CallID) -> Bool {
        guard dispatches == id.dispatch else { return false }
        return phase == .calling || phase == .asking
    }
}

extension Run {
    /// Its answer is here, so that the call need not be sent again.
    func holdsAnswer(to activation: Activation) -> Bool {
        pause?.held.contains {
            if case .answer(let id, _) = $0 {
                id.activation == activation.number && id.dispatch == activation.dispatches
            } else {
                false
            }
        } ?? false
    }
}
