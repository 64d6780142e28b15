import CEL
import Definition
import Execution
import Statechart
import Values

/// What a scenario says of its project, once the project is known: names that nothing has, and data that nobody takes.
/// A misspelt `calls: {notices.sned: 0}` would hold for ever.
extension ScenarioParser {
    /// Takes the workflow under test for known, unless the scenario begins on an older version of it.
    mutating func know(_ fields: Fields) {
        guard neighbours != nil else { return }
        for node in [fields["workflow"]].compactMap(\.self) + (fields["also"]?.oneOrMany ?? []) {
            _ = known(workflow: node.text, node)
        }
        guard !fields.has("version"), let name = fields["workflow"]?.text,
            let workflow = neighbours?.workflow(name)
        else { return }
        subject = workflow
        stepScope = Self.stepScope.with("input", .schema(workflow.input))
            .with("context", .schema(workflow.context)).with("params", .settings(workflow.params))
            .with("instance", Scope.instanceShape)
    }

    /// Reports a workflow that there is not.
    private mutating func known(workflow name: String, _ node: YAMLNode) -> WorkflowDefinition? {
        guard let neighbours, NameRule.identifier.admits(name) else { return nil }
        if let workflow = neighbours.workflow(name) { return workflow }
        let hint = Reader.hint(name, neighbours.workflows.map(\.name))
        reader.error(.unknownWorkflow, "there is no workflow '\(name)'\(hint)", at: node)
        return nil
    }

    /// The workflow of the instance that is named, else the one under test; nil: not known, or of an older version.
    mutating func workflow(of instance: InstanceName?, _ node: YAMLNode?) -> WorkflowDefinition? {
        guard let instance, let node else { return subject }
        let found = known(workflow: instance.workflow, node)
        return sameUTF8(instance.workflow, subjectName) ? subject : found
    }

    // MARK: Data

    mutating func holdStart(_ fields: Fields) {
        guard let subject, fields.has("key"), let key = fields.key("key") else { return }
        // Files are put in by the runner.
        reader.hold(
            fields["input"], against: subject.input,
            Holding("'\(subject.name)'", "its input", in: Scope([])),
            missing: fields.key("input") ?? key)
    }

    mutating func holdParams(_ node: YAMLNode?) {
        guard let subject, let node, node.isMap else { return }
        reader.hold(
            node, against: subject.params,
            Holding("'\(subject.name)'", "its params", in: Scope([]), isPartial: true),
            missing: node)
    }

    /// - Parameters:
    ///   - node: the event's name.
    ///   - data: the word and what stands there; nil: nothing is sent along.
    ///   - owner: who is to take it; nil: nobody knows.
    mutating func holdSent(
        _ node: YAMLNode, _ data: YAMLNode.Entry?, to instance: InstanceName?,
        of owner: WorkflowDefinition?
    ) {
        let event = node.text
        guard let neighbours, let owner, event != "cancel" else { return }
        var receivers = neighbours.receivers(of: event, in: owner.name)
        // Without an instance, the event's key says for whom it is.
        if receivers.isEmpty, instance == nil {
            receivers = neighbours.receivers(of: event, in: nil)
        }
        guard let first = receivers.first else {
            let known = owner.events.map(\.name) + [owner.start.event].compactMap(\.self)
            return reader.error(
                .unknownEvent,
                "'\(owner.name)' takes no '\(event)'\(Reader.hint(event, known))", at: node)
        }
        guard receivers.allSatisfy({ $0.data == first.data }) else { return }
        reader.hold(
            data?.value, against: first.data,
            Holding("'\(event)' of '\(first.workflow)'", "its data", in: stepScope),
            missing: data?.key ?? node)
    }

    /// - Parameters:
    ///   - form: nil: nothing is filled in.
    ///   - node: where the outcome stands.
    mutating func holdDecision(
        _ outcome: String, _ form: YAMLNode?, of owner: WorkflowDefinition?, _ node: YAMLNode
    ) {
        guard let owner else { return }
        let outcomes = owner.invocations.flatMap { invocation -> [UserTask.Outcome] in
            if case .person(let task) = invocation.target { task.outcomes } else { [] }
        }
        let possible = outcomes.filter { sameUTF8($0.name, outcome) }
        guard let first = possible.first else {
            var names: [String] = []
            for other in outcomes where !names.contains(exactly: other.name) {
                names.append(other.name)
            }
            return reader.error(
                .invalidValue,
                "no task of '\(owner.name)' can be decided as '\(outcome)'"
                    + Reader.hint(outcome, names), at: node)
        }
        guard possible.allSatisfy({ $0.form == first.form }) else { return }
        reader.hold(
            form, against: first.form, Holding("'\(outcome)'", "its form", in: stepScope),
            missing: node)
    }

    // MARK: Fakes

    /// What the expressions of a fake see.
    func fakeScope(of task: String) -> Scope {
        let input = neighbours?.operation(task).map { Scope.Shape.schema($0.input) } ?? .any
        return Scope([
            ("input", input),
            ("call", .members([("key", .value(.string)), ("attempt", .value(.int))])),
        ])
    }

    mutating func checkTask(_ task: String?, _ node: YAMLNode) {
        guard let task, let neighbours, neighbours.operation(task) == nil else { return }
        let names = neighbours.adapters.flatMap { adapter in
            adapter.operations.map { "\(adapter.name).\($0.name)" }
        }
        reader.error(
            .unknownTask,
            "there is no task '\(task)'\(Reader.hint(task, names))", at: node)
    }

    mutating func holdAnswer(_ node: YAMLNode, of task: String) {
        guard let operation = neighbours?.operation(task), !node.isNull else { return }
        reader.hold(
            node, against: operation.outputSchema,
            Holding("'\(task)'", "its answer", in: fakeScope(of: task)), missing: node)
    }

    // MARK: Expectations

    mutating func checkStates(_ node: YAMLNode?, of owner: WorkflowDefinition?) {
        guard let owner else { return }
        let ids = owner.machine.states.map(\.id).filter { !$0.isEmpty }
        for state in node?.oneOrMany ?? [] where !ids.contains(exactly: state.text) {
            guard NameRule.event.admits(state.text) else { continue }
            let inner = ids.first { $0.hasSuffix("." + state.text) }
            let hint = inner.map { "; did you mean '\($0)'?" } ?? Reader.hint(state.text, ids)
            reader.error(
                .unknownTarget, "'\(owner.name)' has no state '\(state.text)'\(hint)", at: state)
        }
    }

    /// Of the context a part, which must be such as can be there.
    mutating func holdContext(_ node: YAMLNode?, of owner: WorkflowDefinition?) {
        guard let owner, let node, let names = owner.context.propertyNames else { return }
        for entry in node.entries {
            guard let schema = owner.context.property(entry.name) else {
                reader.error(
                    .unknownContext,
                    "the context of '\(owner.name)' has no '\(entry.name)'"
                        + Reader.hint(entry.name, names), at: entry.key)
                continue
            }
            guard !entry.value.isNull else { continue }
            reader.hold(
                entry.value, against: schema,
                Holding("context.\(entry.name)", nil, in: Scope([]), isPartial: true),
                missing: entry.value)
        }
    }
}
