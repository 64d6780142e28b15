import CEL

/// Everything that is published: the definitions that decisions run on. A value; a new one replaces it whole.
package struct Catalog: Sendable {
    /// Part of every idempotency key, so that two installations that share a bank never share a key.
    package let namespace: String
    package let local: any LocalOperations
    /// The operator's overrides of params, by workflow.
    package let params: [ExactText: ValueMap]
    /// IANA name; schedules that name no zone follow it.
    package let zone: String
    private let versions: [ExactText: [WorkflowDefinition]]
    /// Of the latest versions, by workflow.
    private let schedules: [ExactText: WorkflowSchedule]
    private let adapters: [ExactText: AdapterManifest]
    /// In order of name.
    package let workflowNames: [String]

    /// - Parameter workflows: any order; the highest version of a name is the one that starts.
    package init(
        namespace: String = "pawl", workflows: [WorkflowDefinition], adapters: [AdapterManifest],
        local: any LocalOperations, params: [ExactText: ValueMap] = [:], zone: String = "UTC"
    ) {
        self.namespace = namespace
        self.local = local
        self.params = params
        var versions: [ExactText: [WorkflowDefinition]] = [:]
        for workflow in workflows { versions[workflow.name, default: []].append(workflow) }
        self.versions = versions.mapValues { $0.sorted { $0.version < $1.version } }
        self.zone = zone
        // A rule was parsed once already: only the zone can be wrong now, and the configuration checks that.
        self.schedules = self.versions.compactMapValues { versions in
            versions.last.flatMap { latest in
                latest.start.schedule.flatMap { try? WorkflowSchedule(latest.name, $0, zone: zone) }
            }
        }
        self.workflowNames = versions.sortedTexts
        self.adapters = Dictionary(
            adapters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func latest(_ workflow: String) -> WorkflowDefinition? { versions[workflow]?.last }

    package func definition(_ workflow: String, version: Int) -> WorkflowDefinition? {
        versions[workflow]?.first { $0.version == version }
    }

    package func schedule(of workflow: String) -> WorkflowSchedule? { schedules[workflow] }

    /// Workflows that start by the clock, in order of name.
    package var scheduled: [String] { schedules.sortedTexts }

    /// In order.
    package func versions(of workflow: String) -> [Int] {
        versions[workflow]?.map(\.version) ?? []
    }

    package func adapter(_ name: String) -> AdapterManifest? { adapters[name] }

    package func operation(_ adapter: String, _ operation: String) -> OperationManifest? {
        adapters[adapter]?.operation(named: operation)
    }

    package var adapterNames: [String] { adapters.sortedTexts }

    /// A workflow that a published event concerns: one that it starts, or one that declares it.
    package struct Receiver: Sendable, Hashable {
        package let name: InstanceName
        package let isStart: Bool

        package init(name: InstanceName, isStart: Bool) {
            self.name = name
            self.isStart = isStart
        }
    }

    /// Who gets an event, in order of workflow names. Keys that cannot be computed make no receiver.
    /// - Parameters:
    ///   - key: the envelope's; a declaration's own `key` expression wins over it.
    ///   - workflow: only this one.
    package func receivers(
        of event: InboundEvent, key: String?, workflow: String? = nil
    ) -> [Receiver] {
        let bindings: Bindings = ["event": event.expressionValue]
        return workflowNames.compactMap { name -> Receiver? in
            guard workflow == nil || sameUTF8(workflow, name), let latest = latest(name) else {
                return nil
            }
            if let start = latest.start.event, start.utf8.elementsEqual(event.name.utf8) {
                return receiver(name, latest.start.key, key, bindings, isStart: true)
            }
            guard let declaration = latest.event(named: event.name) else { return nil }
            return receiver(name, declaration.key, key, bindings, isStart: false)
        }
    }

    private func receiver(
        _ workflow: String, _ expression: Expression?, _ key: String?, _ bindings: Bindings,
        isStart: Bool
    ) -> Receiver? {
        let computed = expression.flatMap { try? $0.evaluate(bindings) }?.keyText ?? key
        return computed.map {
            Receiver(name: InstanceName(workflow: workflow, key: $0), isStart: isStart)
        }
    }
}

extension Value {
    /// A business key: a non-empty string, or an integer's digits.
    var keyText: String? {
        switch self {
        case .string(let text): text.isEmpty ? nil : text
        case .int(let number): String(number)
        case .uint(let number): String(number)
        case .null, .bool, .double, .bytes, .list, .map, .timestamp, .duration, .type, .optional:
            nil
        }
    }
}

extension InboundEvent {
    /// What `event` is in expressions.
    var expressionValue: Value {
        ["name": .string(name), "data": data, "id": .string(id), "sender": sender.expressionValue]
    }
}

extension Actor {
    var expressionValue: Value { ["role": .string(role), "subject": .string(subject)] }
}
