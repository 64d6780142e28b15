import CEL
import Definition
import Sabotage
import Values

/// Everything that is published: the definitions that decisions run on. A value; a new one replaces it whole.
package struct Catalog: Sendable {
    /// Part of every idempotency key, so that two installations that share a service never share a key.
    package let namespace: String
    /// What the engine performs between two decisions; no decision asks it.
    package let local: any LocalPerformer
    /// The operator's overrides of params, by workflow.
    package let params: [ExactText: ValueMap]
    /// IANA name; schedules that name no zone follow it.
    package let zone: String
    /// The holidays of business days, and the zone of calendar durations that name none.
    package let calendars: Calendars
    /// All that instances may run on, in order of their versions.
    private let versions: [ExactText: [WorkflowDefinition]]
    /// What new instances start on.
    private let starting: [ExactText: WorkflowDefinition]
    /// Of those that start, by workflow.
    private let schedules: [ExactText: WorkflowSchedule]
    private let adapters: [ExactText: AdapterManifest]
    /// Of those that start, in order.
    package let workflowNames: [String]
    /// Through which mails leave.
    package let notifier: Notifier
    /// Money that people hold: what is decided follows it, and the engine keeps it.
    package var holds = MoneyHolds()
    /// With those of which only instances are left, in order.
    package let knownNames: [String]

    /// - Parameters:
    ///   - workflows: what lies in the folder, in any order; the highest version of a name is the one that starts.
    ///   - kept: what else the database knows: it serves the instances that run on it, and starts none.
    package init(
        namespace: String = "pawl", workflows: [WorkflowDefinition],
        kept: [WorkflowDefinition] = [], adapters: [AdapterManifest],
        local: any LocalPerformer, params: [ExactText: ValueMap] = [:], zone: String = "UTC",
        calendars: Calendars = Calendars()
    ) {
        self.namespace = namespace
        self.local = local
        self.params = params
        let folder = Self.byName(workflows)
        let all = Self.byName(workflows + kept)
        let starting = folder.compactMapValues(\.last)
        self.versions = all
        self.starting = starting
        self.zone = zone
        self.calendars = calendars
        // A rule was parsed once already: only the zone can be wrong now, and the configuration checks that.
        self.schedules = starting.compactMapValues { definition in
            definition.start.schedule.flatMap {
                try? WorkflowSchedule(definition.name, $0, zone: zone)
            }
        }
        self.workflowNames = folder.sortedTexts
        self.knownNames = all.sortedTexts
        notifier = Notifier(among: adapters) ?? .missing
        self.adapters = Dictionary(
            adapters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func byName(
        _ workflows: [WorkflowDefinition]
    ) -> [ExactText: [WorkflowDefinition]] {
        var versions: [ExactText: [WorkflowDefinition]] = [:]
        for workflow in workflows { versions[workflow.name, default: []].append(workflow) }
        return versions.mapValues { $0.sorted { $0.version < $1.version } }
    }

    /// What new instances start on; nil: nothing new starts by that name.
    package func current(_ workflow: String) -> WorkflowDefinition? {
        guard let current = starting[workflow] else {
            return isMutant(.removedWorkflowStarted) ? versions[workflow]?.last : nil
        }
        return isMutant(.oldVersionStarted) ? versions[workflow]?.last : current
    }

    /// What a child starts on. Its parent runs already and goes on to its end: what it calls, and what undoes that,
    /// is there for it also when it was taken out of the folder.
    package func current(forChild workflow: String) -> WorkflowDefinition? {
        current(workflow) ?? versions[workflow]?.last
    }

    /// Whether instances of it may be there.
    package func knows(_ workflow: String) -> Bool { versions[workflow] != nil }

    /// How a workflow takes an event: as the version that starts says, else as the highest one does that says
    /// anything, whose instances may still wait for it.
    package func declaration(of event: String, in workflow: String) -> EventDeclaration? {
        current(workflow)?.event(named: event)
            ?? versions[workflow]?.reversed().lazy.compactMap { $0.event(named: event) }.first
    }

    /// What an instance that is pinned to that version runs on; nil: it is not loaded here.
    package func definition(_ workflow: String, version: Int) -> WorkflowDefinition? {
        versions[workflow]?.first { $0.version == version }
    }

    /// When the workflow starts by the clock; nil: it does not.
    package func schedule(of workflow: String) -> WorkflowSchedule? { schedules[workflow] }

    /// Workflows that start by the clock, in order of name.
    package var scheduled: [String] { schedules.sortedTexts }

    /// In order.
    package func versions(of workflow: String) -> [Int] {
        versions[workflow]?.map(\.version) ?? []
    }

    /// The manifest of that name; nil: there is no such adapter.
    package func adapter(_ name: String) -> AdapterManifest? { adapters[name] }

    /// The declaration of one operation; nil: the adapter is not there, or has no such operation.
    package func operation(_ adapter: String, _ operation: String) -> OperationManifest? {
        adapters[adapter]?.operation(named: operation)
    }

    /// Every event that starts or concerns an instance, in order.
    package var eventNames: [String] {
        var names: [String] = []
        for workflow in knownNames {
            for definition in versions[workflow] ?? [] { names += definition.events.map(\.name) }
            if let start = current(workflow)?.start.event { names.append(start) }
        }
        return Set<ExactText>(names).sorted().map(\.text)
    }

    /// The workflow that an event would start, were it still in the folder.
    package func removed(startedBy event: String) -> String? {
        knownNames.first { name in
            current(name) == nil && sameUTF8(versions[name]?.last?.start.event, event)
        }
    }

    /// What instances of a workflow are found by besides what all have, of all its versions that are known; nil workflow: of
    /// any. In order.
    package func searchNames(of workflow: String? = nil) -> [String] {
        let names = workflow.map { [$0] } ?? knownNames
        let definitions = names.flatMap { versions[$0] ?? [] }
        return Set<ExactText>(definitions.flatMap { $0.search.map(\.name) }).sorted().map(\.text)
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
        return knownNames.compactMap { name -> Receiver? in
            guard workflow == nil || sameUTF8(workflow, name) else { return nil }
            if let rule = current(name)?.start, let start = rule.event,
                start.utf8.elementsEqual(event.name.utf8)
            {
                return receiver(name, rule.key, key, bindings, isStart: true)
            }
            guard let declaration = declaration(of: event.name, in: name) else { return nil }
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
