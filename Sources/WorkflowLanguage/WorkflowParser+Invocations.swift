import Definition
import Statechart
import Values

/// `invoke`: the only place where a workflow touches anything outside.
extension WorkflowParser {
    static let invokeWords = [
        "task", "workflow", "person", "compensate", "input", "timeout", "deadline", "retry", "key",
        "onExit",
        "forEach", "onDone", "onError", "description",
    ]

    mutating func compileInvoke(_ node: YAMLNode, of state: StateIndex) {
        let fields = reader.fields(
            node, of: "an invoke", words: Self.invokeWords,
            unsupported: ["completion", "heartbeat"])
        guard fields.node.isMap else { return }
        let index = chart.addInvocation(of: state)
        let invocation = invocation(fields)
        if let invocation {
            chart.invocations.append(invocation)
            compileOutcomes(fields, of: invocation, index, state)
        }
        for entry in fields.entries {
            switch entry.name {
            case "onDone":
                transitions(
                    entry.value, on: .invocationDone(index), from: state,
                    in: scope.forEvent(giving: invocation.map(answer) ?? .any))
            case "onError":
                compileOnError(
                    entry.value, index, state,
                    in: scope.forEvent(giving: invocation.map(failure) ?? .any))
            default: break
            }
        }
    }

    private mutating func invocation(_ fields: Fields) -> Invocation? {
        let forEach = forEach(fields["forEach"])
        // Key and input are evaluated for each item.
        let outer = scope.withoutEvent
        let inner =
            forEach.map { outer.with("item", item(of: $0)).with("index", .value(.int)) } ?? outer
        guard let target = invokeTarget(fields, in: inner) else { return nil }
        checkInvokeWords(fields, target)
        let shown = fields["person"]?["show"].map { reader.template($0, "'show'", in: inner) }
        let input = fields["input"].map { reader.template($0, "'input'", in: inner) } ?? shown
        let invocation = Invocation(
            target: target, input: (input ?? nil) ?? .literal(.map(ValueMap())),
            timeout: reader.duration(fields["timeout"], "'timeout'"),
            deadline: reader.duration(fields["deadline"], "'deadline'"),
            retry: retry(fields["retry"]), compensate: undo(fields),
            onExit: reader.choice(
                fields["onExit"], "'onExit'", of: [Invocation.OnExit.cancel, .keep]) ?? .cancel,
            forEach: forEach, location: fields.node.location)
        holdInput(fields, of: invocation, in: inner)
        return invocation
    }

    private mutating func invokeTarget(_ fields: Fields, in scope: Scope) -> Invocation.Target? {
        let named = ["task", "workflow", "person"].filter(fields.has)
        if named.count > 1, let second = fields.key(named[1]) {
            reader.error(
                .invalidInvoke, "an invoke has a task, a workflow or a person, not several",
                at: second)
            return nil
        }
        if let person = fields["person"] {
            return userTask(person, in: scope).map { .person($0) }
        }
        if let task = fields["task"] { return self.task(task) }
        if let workflow = fields["workflow"] {
            return child(workflow, key: fields["key"], in: scope)
        }
        if let scope = fields["compensate"] { return compensation(scope).map { .compensate($0) } }
        reader.error(
            .invalidInvoke, "an invoke needs 'task', 'workflow', 'person' or 'compensate'",
            at: fields.node)
        return nil
    }

    private mutating func child(
        _ node: YAMLNode, key: YAMLNode?, in scope: Scope
    ) -> Invocation.Target? {
        let name = reader.name(node, "a workflow", .identifier)
        let key = reader.expression(key, "'key'", in: scope)
        return name.map { .workflow(name: $0, key: key.map { .expression($0) }) }
    }

    private mutating func task(_ node: YAMLNode) -> Invocation.Target? {
        guard let parts = taskName(node) else { return nil }
        return .task(adapter: parts.adapter, operation: parts.operation)
    }

    mutating func taskName(_ node: YAMLNode) -> (adapter: String, operation: String)? {
        let parts = node.text.split(separator: ".", omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 2, NameRule.identifier.admits(parts[0]), NameRule.word.admits(parts[1])
        else {
            reader.error(
                .invalidName,
                "a task is an adapter and its operation, like notices.send, not '\(node.text)'",
                at: node)
            return nil
        }
        return (parts[0], parts[1])
    }

    private mutating func compensation(_ node: YAMLNode) -> Invocation.CompensationScope? {
        if node.text == "all" { return .all }
        var names: [String] = []
        for element in node.oneOrMany {
            guard taskName(element) != nil else { return nil }
            names.append(element.text)
        }
        return .named(names)
    }

    /// What undoes a task or a child, when it is not what the adapter says.
    private mutating func undo(_ fields: Fields) -> Invocation.Target? {
        guard fields.has("task") || fields.has("workflow"), let node = fields["compensate"] else {
            return nil
        }
        guard node.isMap else { return task(node) }
        let inner = reader.fields(node, of: "'compensate'", words: ["task", "workflow"])
        if let name = inner["task"] { return task(name) }
        return reader.required("workflow", in: inner, of: "'compensate'")
            .flatMap { child($0, key: nil, in: scope) }
    }

    private mutating func checkInvokeWords(_ fields: Fields, _ target: Invocation.Target) {
        let (name, forbidden): (String, [String]) =
            switch target {
            case .task: ("a task", ["key", "onExit"])
            case .workflow: ("a child workflow", ["timeout", "retry"])
            case .person:
                ("a person's task", ["input", "key", "onExit", "timeout", "retry", "compensate"])
            case .compensate:
                ("a compensation", ["key", "onExit", "input", "timeout", "retry", "forEach"])
            }
        for entry in fields.entries where forbidden.contains(entry.name) {
            let advice =
                entry.name == "input" && fields.has("person")
                ? "; what the person is shown is 'show', inside 'person'" : ""
            reader.error(
                .misplacedWord, "\(name) takes no '\(entry.name)'\(advice)", at: entry.key)
        }
    }

    /// A target, or a list of `{error, guard, target, actions}`; the first that matches wins.
    private mutating func compileOnError(
        _ node: YAMLNode, _ index: InvocationIndex, _ state: StateIndex, in scope: Scope
    ) {
        for element in node.oneOrMany {
            guard element.isMap else {
                transitions(
                    element, on: .invocationFailed(index, errors: []), from: state, in: scope)
                continue
            }
            let fields = reader.fields(
                element, of: "an error's transition",
                words: ["error", "guard", "target", "actions", "reenter", "description"])
            let errors = (fields["error"]?.oneOrMany ?? []).compactMap {
                reader.name($0, "an error", .word)
            }
            add(fields, on: .invocationFailed(index, errors: errors), from: state, in: scope)
        }
    }
}
