import Definition
import Sabotage
import Statechart
import Values

/// Child workflows, and the end of the instance itself.
extension Draft {
    /// What a key that is made for a child begins with: the whole name, for instances of two workflows may have the
    /// same key and start the same workflow.
    var keyOfChildren: String {
        isMutant(.childKeyWithoutWorkflow) ? run.name.key : run.name.description
    }

    mutating func launchChild(_ number: Int64, _ name: InstanceName) {
        guard let activation = activation(number) else { return }
        registerChild(activation)
        record(.childStarted, describe(activation))
        send(
            .startChild(
                name, input: activation.input,
                parent: ParentLink(instance: run.id, activation: number)))
    }

    private mutating func registerChild(_ activation: Activation) {
        guard let index = activation.invocation,
            let target = definition.invocations[index].compensate
        else { return }
        run.effects.register(
            EffectRecord(
                activation: activation.number, task: activation.label, key: activation.key,
                input: activation.input, compensation: target))
    }

    mutating func childEnded(_ number: Int64, _ status: Run.Status, _ output: Value) {
        guard let activation = activation(number), activation.child != nil else { return }
        record(
            status == .running ? .childReported : .childEnded,
            [
                "activation": .int(number), "child": .string(activation.label),
                "status": .string(status.rawValue), "output": output,
            ])
        switch status {
        case .completed, .running: complete(number, output)
        case .failed: failChild(activation, "child-failed")
        case .cancelled: failChild(activation, "child-cancelled")
        case .terminated: failChild(activation, "child-terminated")
        }
        settlePending()
    }

    private mutating func failChild(_ activation: Activation, _ name: String) {
        let error = CallError(
            name: name, message: "\(activation.label) ended as \(name.dropFirst(6))",
            isRetryable: false)
        guard !activation.isAbandoned else {
            run.effects.strike(activation.number)
            return remove(activation.number)
        }
        fail(activation.number, error, names: [name])
    }

    mutating func childRefused(_ number: Int64, _ error: CallError) {
        guard let activation = activation(number) else { return }
        record(.childRefused, describe(number, error))
        if activation.isAbandoned {
            remove(number)
        } else {
            fail(number, error, names: [error.name])
        }
        settlePending()
    }

    /// The parent takes the result and goes on; the instance does, too, and its end concerns nobody else.
    mutating func report(_ result: Value) {
        guard let parent = run.parent, run.report == nil else { return }
        run.report = result.plain
        record(.reported, ["result": result.plain])
        send(.childEnded(parent, status: .running, output: result.plain))
    }

    // MARK: The end

    /// A root final ends everything: children were asked to cancel as their states were left, timers are
    /// gone, kept events are recorded as discarded. It waits only for the children it cancelled.
    mutating func endIfDone() {
        guard !run.status.isTerminal || isMutant(.terminalStateOverwritten) else { return }
        if run.pendingEnd == nil, let final = run.snapshot.finalState {
            run.pendingEnd = Run.Status(outcome: definition.stateFacts[final].outcome)
            run.output = output(of: final)
        }
        guard failure == nil, let status = run.pendingEnd,
            !run.activations.contains(where: \.isCancelledChild)
        else { return }
        end(status)
    }

    mutating func end(_ status: Run.Status) {
        for kept in run.kept { discard(kept, code: "ended") }
        for event in run.held.events {
            record(.eventDiscarded, describe(event, Receipt(.rejected, code: "ended")))
        }
        if !run.held.isEmpty { run.held.keepResults() }
        run.pause = nil
        run.workflowHold = nil
        let kept = run.activations.map(\.number)
        closeIncidents { $0.activation.map { !kept.contains($0) } ?? true }
        run.pendingEnd = nil
        run.status = status
        run.endedAt = now
        run.visits = []
        run.timers.clearAll()
        run.lastIgnored = nil
        record(
            .ended, ["status": .string(status.rawValue), "output": run.output ?? .null])
        if let parent = run.parent, run.report == nil {
            send(.childEnded(parent, status: status, output: run.output ?? .null))
        }
    }

    private mutating func output(of final: StateIndex) -> Value? {
        guard let template = definition.stateFacts[final].output ?? definition.output else {
            return nil
        }
        return evaluate(
            template, in: bindings, .output, "output", at: machine.states[final].location)?.plain
    }
}

extension Run.Status {
    init(outcome: StateFacts.Outcome) {
        switch outcome {
        case .completed: self = .completed
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        }
    }
}
