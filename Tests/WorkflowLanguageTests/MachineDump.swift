import Definition
import Statechart
import Values

/// A definition as an indented text that a reader can hold against its YAML.
struct MachineDump {
    let definition: WorkflowDefinition
    private var machine: Machine { definition.machine }

    init(_ definition: WorkflowDefinition) {
        self.definition = definition
    }

    var text: String {
        var lines = ["\(definition.name) \(definition.version)"]
        lines += definition.events.map {
            "event \($0.name) \($0.early) \($0.timeToLive.shortText)"
                + ($0.sender.map { " from \($0.role) \($0.subject?.source ?? "*")" } ?? "")
        }
        lines += definition.search.map { "search \($0.name) = \($0.expression.source)" }
        for index in machine.states.indices { lines += describe(index) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func describe(_ index: StateIndex) -> [String] {
        let state = machine.states[index]
        let facts = definition.stateFacts[index]
        let indent = String(repeating: "  ", count: state.id.split(separator: ".").count)
        var head = "\(indent)[\(index)] \(name(index)) \(state.kind)"
        if !state.initial.isEmpty {
            head += " -> \(state.initial.map(name).joined(separator: ","))"
        }
        if !facts.tags.isEmpty { head += " #\(facts.tags.joined(separator: " #"))" }
        if state.kind == .final, state.parent == 0 { head += " \(facts.outcome)" }
        if facts.expect != nil { head += " expect" }
        if facts.output != nil { head += " output" }
        var lines = [head + " @\(state.location)"]
        lines += state.onEntry.flatMap(\.self).map { "\(indent)    entry \(describe($0))" }
        lines += state.onExit.flatMap(\.self).map { "\(indent)    exit \(describe($0))" }
        lines += state.invocations.map { "\(indent)    invoke \($0) \(describe(invocation: $0))" }
        lines += state.transitions.map { "\(indent)    \(describe(transition: $0))" }
        return lines
    }

    private func name(_ index: StateIndex) -> String {
        machine.states[index].id.isEmpty ? "(root)" : machine.states[index].id
    }

    private func describe(invocation index: InvocationIndex) -> String {
        let invocation = definition.invocations[index]
        var text = "\(describe(invocation.target)) attempts \(invocation.retry.maximumAttempts)"
        if let timeout = invocation.timeout { text += " timeout \(timeout.shortText)" }
        if let undo = invocation.compensate { text += " undo \(describe(undo))" }
        return text + (invocation.onExit == .keep ? " keep" : "")
    }

    private func describe(_ target: Invocation.Target) -> String {
        switch target {
        case .task(let adapter, let operation): "task \(adapter).\(operation)"
        case .workflow(let name, let key):
            "workflow \(name)" + (key?.expressions.map { " key \($0.source)" }.joined() ?? "")
        case .compensate(.all): "compensate all"
        case .compensate(.named(let names)): "compensate \(names.joined(separator: ","))"
        case .person(let task):
            "person \(task.role ?? "-") \(task.outcomes.map(\.name).joined(separator: "|"))"
        }
    }

    private func describe(transition index: TransitionIndex) -> String {
        let transition = machine.transitions[index]
        var text = describe(transition.trigger)
        if let condition = transition.guardExpression {
            text += " [\(condition.expression.source)]"
        }
        if !transition.targets.isEmpty {
            text += " -> " + transition.targets.map(name).joined(separator: ",")
        }
        if !transition.isInternal { text += " reenter" }
        for action in transition.actions { text += " / \(describe(action))" }
        return text + " @\(transition.location)"
    }

    private func describe(_ trigger: Trigger) -> String {
        switch trigger {
        case .always: "always"
        case .named(let name): "on \(name)"
        case .prefix(let tokens): "on \(tokens.joined(separator: "."))*"
        case .timer(let index):
            "after \(machine.timers[index].due.constant?.stringValue ?? "expression")"
        case .stateDone(let state): "done \(name(state))"
        case .invocationDone(let index): "done invoke \(index)"
        case .taskDecided(let index, let outcome): "decided \(index) \(outcome)"
        case .invocationFailed(let index, let errors):
            "error invoke \(index) \(errors.joined(separator: ","))"
        }
    }

    private func describe(_ action: Action) -> String {
        switch action {
        case .assign(let name, _, _, let location): "assign \(name) @\(location)"
        case .raise(let event, _, let location): "raise \(event) @\(location)"
        case .emit(let kind, _, let location): "\(kind) @\(location)"
        case .choose(let branches):
            "choose [\(branches.map { $0.actions.map(describe).joined(separator: "; ") }.joined(separator: " | "))]"
        }
    }
}
