import CEL
import Definition
import Values

/// What a file may know of the others of its project: what is called, started and sent to.
package struct Neighbours: Sendable {
    package let workflows: [WorkflowDefinition]
    package let adapters: [AdapterManifest]

    package init(workflows: [WorkflowDefinition], adapters: [AdapterManifest]) {
        self.workflows = workflows
        self.adapters = adapters
    }

    func operation(_ adapter: String, _ name: String) -> OperationManifest? {
        adapters.first { sameUTF8($0.name, adapter) }?.operation(named: name)
    }

    /// `adapter.operation`.
    func operation(_ task: String) -> OperationManifest? {
        let parts = task.split(separator: ".", maxSplits: 1).map(String.init)
        return parts.count == 2 ? operation(parts[0], parts[1]) : nil
    }

    /// The version that is started.
    func workflow(_ name: String) -> WorkflowDefinition? {
        workflows.filter { sameUTF8($0.name, name) }.max { $0.version < $1.version }
    }

    /// What the workflows that take an event ask of its data.
    /// - Parameter workflow: nil: whoever takes it.
    func receivers(of event: String, in workflow: String?) -> [Receiver] {
        workflows.filter { workflow == nil || sameUTF8($0.name, workflow) }.flatMap { receiver in
            let declared = receiver.event(named: event).map { [$0.data] } ?? []
            let started = sameUTF8(receiver.start.event, event) ? [receiver.input] : []
            return (started + declared).map { Receiver(workflow: receiver.name, data: $0) }
        }
    }

    struct Receiver: Hashable {
        let workflow: String
        let data: Schema
    }
}

extension WorkflowDefinition {
    /// The members that one of its results may have; nil: nobody knows.
    var resultNames: [String]? {
        let finals = zip(machine.states, stateFacts).filter { state, facts in
            state.kind == .final && state.parent == 0 && facts.outcome == .completed
        }.map(\.1)
        let reports = machine.emissions.filter { $0.kind == .report }.map(\.payload)
        let results = finals.map(\.output) + [output] + reports
        let declared = results.compactMap(\.self)
        let names = declared.compactMap(\.memberNames)
        guard !declared.isEmpty, names.count == declared.count else { return nil }
        return names.flatMap(\.self)
    }
}
