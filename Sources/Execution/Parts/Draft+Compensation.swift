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
        guard let target = compensationTarget(of: activation, manifest) else { return }
        run.effects.register(
            EffectRecord(
                activation: activation.number, task: activation.label, key: activation.key,
                input: activation.input, compensation: target))
    }

    private func compensationTarget(
        of activation: Activation, _ manifest: OperationManifest
    ) -> Invocation.Target? {
        guard case .call(let call) = activation.work, case .invocation(let use) = call.purpose
        else { return nil }
        return definition.invocations[use.invocation].compensate
            ?? manifest.compensate.map { .task(adapter: call.adapter, operation: $0) }
    }

    // MARK: Leaving a call behind

    /// The state that invokes was left.
    mutating func leaveInvocation(_ index: InvocationIndex) {
        let left = run.activations.filter { $0.invocation == index && !$0.isAbandoned }
        for activation in left where activation.membership != nil { leaveMember(activation) }
        for activation in left where activation.membership == nil {
            recordEnd(of: activation.number)
            leave(activation)
        }
    }

    mutating func leave(_ activation: Activation) {
        let number = activation.number
        if let incident = activation.incident { closeIncidents { $0.number == incident } }
        switch activation.work {
        case .call(let call): leave(number, call)
        case .child(let child): leave(number, child)
        case .members, .task, .undoing:
            dropPages(of: number)
            remove(number)
        }
    }

    private mutating func leave(_ number: Int64, _ call: Work.Call) {
        switch call.phase {
        case .local, .unsent:
            run.effects.strike(number)
            remove(number)
        case .calling, .asking, .askingLater:
            abandon(number)
        case .backingOff, .held, .incident:
            abandon(number)
            settleAbandoned(number)
        }
    }

    private mutating func leave(_ number: Int64, _ child: Work.Child) {
        guard child.standstill == nil else {
            run.effects.strike(number)
            return remove(number)
        }
        guard case .invocation(let use) = child.purpose,
            definition.invocations[use.invocation].onExit == .cancel
        else { return remove(number) }
        abandon(number)
        send(.cancelChild(child.name, reason: "\(run.name) left the state that waits for it"))
    }

    private mutating func abandon(_ number: Int64) { update(number) { $0.abandon() } }

    /// Nothing is on its way any more for a call whose state was left: ask if an effect is possible and the
    /// remote can be asked, else leave it to the compensation log.
    mutating func settleAbandoned(_ number: Int64) {
        guard let activation = activation(number) else { return }
        guard let call = activation.call, call.mayHaveApplied else {
            run.effects.strike(number)
            return remove(number)
        }
        if case .ask = manifest(number)?.onUnknown, call.asks < Self.maximumAsks {
            ask(number)
        } else {
            leaveUnsettled(activation)
        }
    }

    /// Nobody can say whether the effect took place. The compensation log holds it as possible; what nothing
    /// undoes stays an incident, so that somebody is told (G7).
    mutating func leaveUnsettled(_ activation: Activation) {
        record(
            .callUnsettled,
            [
                "activation": .int(activation.number), "task": .string(activation.label),
            ])
        guard !run.effects.knows(activation.number) else {
            return remove(activation.number)
        }
        block(activation.number, .outcomeUnknown, activation.lastError ?? .missing("the answer"))
    }

    // MARK: Undoing

    /// Moves the instance's compensation by one step; true when something changed.
    mutating func progressCompensation() -> Bool {
        guard !isHeld, let block = run.activations.first(where: { $0.isCompensationBlock }),
            case .undoing(let undoing) = block.work, undoing.standstill == nil
        else { return false }
        let open = run.effects.standing.filter { $0.isIn(undoing.scope) }
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
            return activation.incident == nil
        }
    }

    private mutating func undo(_ effect: EffectRecord) {
        var input = ValueMap([("key", .string(effect.key)), ("input", effect.input)])
        if isMutant(.undoingNotToldInput) { input["input"] = [:] }
        if let output = effect.output { input["output"] = output }
        let work: Work
        switch effect.compensation {
        case .task(let adapter, let operation):
            work = .call(
                Work.Call(
                    adapter: adapter, operation: operation,
                    for: .compensation(of: effect.activation)))
        case .workflow(let name, _):
            let child = InstanceName(
                workflow: name,
                key: "\(keyOfChildren)/undo-\(effect.activation)-\(run.activations.nextNumber)")
            work = .child(Work.Child(child, for: .compensation(of: effect.activation)))
        case .compensate, .person:
            return run.effects.markCompensated(effect.activation)
        }
        launch(begin(work, .map(input)))
    }

    private mutating func finish(_ block: Activation) {
        run.effects.forgetCompensated()
        record(.compensationCompleted, ["activation": .int(block.number)])
        remove(block.number)
        if let index = block.invocation {
            raise(Event(name: "done.invoke.\(index)", identity: .invocationDone(index)))
        } else {
            run.pendingEnd = .cancelled
        }
    }

    /// Undoing gave up: an explicit state catches it by `compensation-failed`, or an incident. Never
    /// reported as ended (G7).
    mutating func failCompensation(_ number: Int64, of effect: Int64, _ error: CallError) {
        if isMutant(.failedCompensationTakenAsDone) {
            run.effects.markCompensated(effect)
            return remove(number)
        }
        if let block = run.activations.first(where: { $0.isCompensationBlock }),
            let index = block.invocation
        {
            let event = failure(block, index, error, names: ["compensation-failed"])
            if isTaken(event) {
                record(.compensationFailed, describe(number, error))
                remove(number)
                remove(block.number)
                raise(event)
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
            record(.resumed, data)
            if !isStopped { catchUp() }
        }
        let hasEnded = run.status.isTerminal && !isMutant(.terminalStateOverwritten)
        guard !hasEnded, run.pendingEnd == nil else {
            reply = .receipt(
                Receipt(.rejected, code: "ended", message: "\(run.name) has ended"))
            return
        }
        if run.activations.contains(where: \.isCompensationBlock) {
            record(.cancelIgnored, data)
            reply = .receipt(
                Receipt(.ignored, code: "compensating", message: "its effects are being undone"))
            return
        }
        record(.cancelRequested, data)
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
            let number = begin(.undoing(Work.Undoing(.all, for: .cancellation)), .null)
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
        if case .undoing = work { true } else { false }
    }

    /// Undoes one effect.
    var isUndoing: Bool {
        if case .compensation = purpose { true } else { false }
    }

    var isCancelledChild: Bool {
        if case .child(let child) = work { child.isAbandoned } else { false }
    }
}
