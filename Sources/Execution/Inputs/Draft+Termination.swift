import Values

extension Draft {
    /// A terminated instance runs no logic of its own and undoes nothing. What it leaves open may be somebody's to
    /// close: whoever starts on, or waits for, `<workflow>.terminated` is told what it was and which effects stand.
    mutating func tellOfTermination(reason: Value, effects: [EffectRecord]) {
        let event = InboundEvent(
            id: "\(run.name)#terminated", name: Self.termination(of: run.name.workflow),
            data: [
                "workflow": .string(run.name.workflow), "key": .string(run.name.key),
                "input": run.input, "reason": reason, "effects": .list(effects.map(\.standing)),
            ], sender: .system)
        let receivers = catalog.receivers(of: event, key: run.name.key)
        guard !receivers.isEmpty else { return }
        record(
            .eventSent,
            [
                "event": .string(event.name), "data": event.data,
                "to": .list(receivers.map { .string($0.name.description) }),
            ])
        for receiver in receivers {
            send(.event(receiver.name, event, isStart: receiver.isStart))
        }
    }

    private static func termination(of workflow: String) -> String { "\(workflow).terminated" }
}

extension EffectRecord {
    fileprivate var standing: Value {
        [
            "task": .string(task), "key": .string(key), "input": input,
            "output": output ?? .null, "status": .string(status.rawValue),
        ]
    }
}

extension Catalog {
    /// Whether only the engine may say so: nobody outside tells that an instance was terminated.
    package func isOfEngine(event: String) -> Bool {
        event.hasSuffix(".terminated") && knows(String(event.dropLast(".terminated".count)))
    }
}
