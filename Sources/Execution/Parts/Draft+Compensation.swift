import Definition
import Sabotage
import Statechart
import Values

/// The compensation log and undoing.
///
/// A line is written when a call *starts*, struck out only when a classified answer says that nothing took
/// place, and undone in reverse order of starting (G7). Undoing waits until every call in flight has a known
/// or parked outcome: a late effect must not land after its compensation.
extension Draft {
    // MARK: The log

    mutating func register(_ activation: Activation, _ manifest: OperationManifest) {
        guard !run.effects.contains(where: { $0.activation == activation.number }),
            let target = compensationTarget(of: activation, manifest)
        else { return }
        run.effects.append(
            EffectRecord(
                activation: activation.number, task: activation.target.label, key: activation.key,
                input: activation.input, compensation: target))
        run.effects.sort { $0.activation < $1.activation }
    }

    private func compensationTarget(
        of activation: Activation, _ manifest: OperationManifest
    ) -> Invocation.Target? {
        guard case .invocation(let index) = activation.purpose,
            case .operation(let adapter, _) = activation.target
        else { return nil }
        return definition.invocations[index].compensate
            ?? manifest.compensate.map { .task(adapter: adapter, operation: $0) }
    }

    mutating func unregister(_ number: Int64) {
        run.effects.removeAll { $0.activation == number && $0.status == .possible }
    }

    mutating func confirm(_ number: Int64, output: Value) {
        guard let index = run.effects.firstIndex(where: { $0.activation == number }) else { return }
        run.effects[index].output = output
        run.effects[index].status = .applied
    }

    mutating func markCompensated(_ number: Int64) {
        guard let index = run.effects.firstIndex(where: { $0.activation == number }) else { return }
        run.effects[index].status = .compensated
    }

    // MARK: Leaving a call behind

    /// The state that invokes was left.
    mutating func leaveInvocation(_ index: InvocationIndex) {
        let left = run.activations.filter { $0.purpose == .invocation(index) && !$0.isAbandoned }
        for activation in left where activation.membership != nil { leaveMember(activation) }
        for activation in left where activation.membership == nil {
            recordEnd(of: activation.number)
            leave(activation)
        }
    }

    mutating func leave(_ activation: Activation) {
        let number = activation.number
        switch activation.phase {
        case .local:
            unregister(number)
            remove(number)
        case .calling, .asking, .askingLater:
            abandon(number)
        case .backingOff:
            abandon(number)
            settleAbandoned(number)
        case .incident(let incident):
            closeIncidents { $0.number == incident }
            abandon(number)
            settleAbandoned(number)
        case .waiting:
            leaveWaiting(activation)
        }
    }

    private mutating func leaveWaiting(_ activation: Activation) {
        guard case .child(let name) = activation.target else {
            dropPages(of: activation.number)
            if activation.task != nil {
                record("task.withdrawn", ["activation": .int(activation.number)])
            }
            return remove(activation.number)
        }
        guard case .invocation(let index) = activation.purpose,
            definition.invocations[index].onExit == .cancel
        else { return remove(activation.number) }
        abandon(activation.number)
        send(.cancelChild(name, reason: "\(run.name) left the state that waits for it"))
    }

    private mutating func abandon(_ number: Int64) { update(number) { $0.isAbandoned = true } }

    /// Nothing is on its way any more for a call whose state was left: ask if an effect is possible and the
    /// remote can be asked, else leave it to the compensation log.
    mutating func settleAbandoned(_ number: Int64) {
        guard let activation = activation(number) else { return }
        guard activation.mayHaveApplied else {
            unregister(number)
            return remove(number)
        }
        if case .ask = manifest(number)?.onUnknown, activation.asks < Self.maximumAsks {
            askNow(number)
        } else {
            leaveUnsettled(activation)
        }
    }

    /// Nobody can say whether the effect took place. The compensation log holds it as possible; what nothing
    /// undoes stays an incident, so that somebody is told (G7).
    mutating func leaveUnsettled(_ activation: Activation) {
        record(
            "call.unsettled",
            [
                "activation": .int(activation.number), "task": .string(activation.target.label),
            ])
        guard !run.effects.contains(where: { $0.activation == activation.number }) else {
            return remove(activation.number)
        }
        block(activation.number, .outcomeUnknown, activation.lastError ?? .missing("the answer"))
    }

    // MARK: Undoing

    /// Moves the instance's compensation by one step; true when something changed.
    mutating func progressCompensation() -> Bool {
        guard !isHeld, let block = run.activations.first(where: { $0.isCompensationBlock }),
            case .compensate(let scope) = block.target, block.phase == .waiting
        else { return false }
        let open = run.effects.filter { $0.isIn(scope) && $0.status != .compensated }
        guard !isUndoing, !hasUnsettled(open) else { return false }
        guard let last = isMutant(.compensatedInForwardOrder) ? open.first : open.last else {
            finish(block)
            return true
        }
        undo(last)
        return true
    }

    private var isUndoing: Bool { run.activations.contains(where: \.isUndoing) }

    private func hasUnsettled(_ effects: [EffectRecord]) -> Bool {
        if isMutant(.compensatedBeforeSettling) { return false }
        let numbers = effects.map(\.activation)
        return run.activations.contains { activation in
            guard numbers.contains(activation.number) else { return activation.isCancelledChild }
            if case .incident = activation.phase { return false }
            return true
        }
    }

    private mutating func undo(_ effect: EffectRecord) {
        var input = ValueMap([("key", .string(effect.key)), ("input", effect.input)])
        if let output = effect.output { input["output"] = output }
        let target: Activation.Target
        switch effect.compensation {
        case .task(let adapter, let operation):
            target = .operation(adapter: adapter, operation: operation)
        case .workflow(let name, _):
            target = .child(
                InstanceName(
                    workflow: name,
                    key: "\(keyOfChildren)/undo-\(effect.activation)-\(run.lastActivation + 1)"))
        case .compensate, .person:
            return markCompensated(effect.activation)
        }
        let number = begin(
            .compensation(of: effect.activation), target, .map(input), deadline: nil)
        launch(number)
    }

    private mutating func finish(_ block: Activation) {
        run.effects.removeAll { $0.status == .compensated }
        record("compensation.completed", ["activation": .int(block.number)])
        remove(block.number)
        switch block.purpose {
        case .invocation(let index):
            pending.append(
                Event(name: "done.invoke.\(index)", identity: .invocationDone(index)))
        case .cancellation:
            run.pendingEnd = .cancelled
        case .notification, .compensation, .page:
            return
        }
    }

    /// Undoing gave up: an explicit state catches it by `compensation-failed`, or an incident. Never
    /// reported as ended (G7).
    mutating func failCompensation(_ number: Int64, of effect: Int64, _ error: CallError) {
        if isMutant(.failedCompensationTakenAsDone) {
            markCompensated(effect)
            return remove(number)
        }
        if let block = run.activations.first(where: { $0.isCompensationBlock }),
            case .invocation(let index) = block.purpose
        {
            let event = failure(block, index, error, names: ["compensation-failed"])
            if machine.selection(run.snapshot, event, environment: environment) == .taken {
                record("compensation.failed", describe(number, error))
                remove(number)
                remove(block.number)
                pending.append(event)
                return
            }
        }
        self.block(number, .compensationFailed, error)
    }

    // MARK: Cancelling the instance

    /// By the root's own `on: {cancel}` if it has one; else settles, compensates all and ends as cancelled.
    mutating func cancel(reason: String, actor: Actor) {
        let data: Value = ["reason": .string(reason), "by": .string(actor.description)]
        // What came before it is taken before it.
        if isPaused {
            run.pause = nil
            record("resumed", data)
            if !isStopped { catchUp() }
        }
        let hasEnded = run.status.isTerminal && !isMutant(.terminalStateOverwritten)
        guard !hasEnded, run.pendingEnd == nil else {
            reply = .receipt(
                Receipt(.rejected, code: "ended", message: "\(run.name) has ended"))
            return
        }
        if run.activations.contains(where: \.isCompensationBlock) {
            record("cancel.ignored", data)
            reply = .receipt(
                Receipt(.ignored, code: "compensating", message: "its effects are being undone"))
            return
        }
        record("cancel.requested", data)
        reply = .receipt(Receipt(.applied))
        let event = Event(name: "cancel", data: data)
        let step = machine.step(run.snapshot, event, environment: environment)
        if step.selection == .guardsFalse {
            reply = .receipt(receipt(of: step))
            return settle(step)
        }
        let results = withdrawAll()
        if step.selection == .taken {
            settle(step)
        } else {
            let number = begin(.cancellation, .compensate(.all), .null, deadline: nil)
            for kept in run.kept { discard(kept, code: "cancelled") }
            settle(machine.stop(run.snapshot, environment: environment))
            launch(number)
            settlePending()
        }
        for held in results { take(held.input) }
    }
}

extension EffectRecord {
    fileprivate func isIn(_ scope: Invocation.CompensationScope) -> Bool {
        switch scope {
        case .all: true
        case .named(let tasks): tasks.contains(task)
        }
    }
}

extension Activation {
    var isCompensationBlock: Bool {
        if case .compensate = target { true } else { false }
    }

    /// Undoes one effect.
    var isUndoing: Bool {
        if case .compensation = purpose { true } else { false }
    }

    var isCancelledChild: Bool {
        if case .child = target { isAbandoned } else { false }
    }
}
