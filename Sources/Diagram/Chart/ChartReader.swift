import CEL
import Definition
import Statechart
import Values

extension Chart {
    /// What of a definition is drawn.
    package init(_ definition: WorkflowDefinition) {
        self = ChartReader(definition: definition).chart
    }
}

/// Reads a definition as a chart.
private struct ChartReader {
    let definition: WorkflowDefinition
    private var machine: Machine { definition.machine }

    var chart: Chart {
        Chart(
            title: definition.name, start: start, states: machine.states.indices.map(state),
            transitions: machine.transitions.enumerated().map { index, transition in
                Chart.Transition(
                    index: index, source: transition.source, target: transition.targets.first,
                    words: words(transition))
            })
    }

    /// A command can always start an instance; without an event or a schedule nothing else does.
    private var start: String {
        if let event = definition.start.event { return event }
        guard let rule = definition.start.schedule?.rule.mapValue else { return "" }
        return rule.entries.map { key, value in
            "\(key.stringValue ?? "") \(value.stringValue ?? JSON.string(value))"
        }.joined(separator: ", ")
    }

    private func state(_ index: StateIndex) -> Chart.State {
        let state = machine.states[index]
        return Chart.State(
            id: state.id, kind: kind(index), parent: state.parent, children: state.children,
            lines: state.invocations.map(call) + inner(index),
            initial: state.kind == .parallel ? nil : state.initial.first)
    }

    private func kind(_ index: StateIndex) -> Chart.Kind {
        let state = machine.states[index]
        switch state.kind {
        case .parallel: return .parallel
        case .history(let deep): return .history(deep: deep)
        case .final:
            guard state.parent == 0 else { return .final(nil) }
            switch definition.stateFacts[index].outcome {
            case .completed: return .final(.completed)
            case .failed: return .final(.failed)
            case .cancelled: return .final(.cancelled)
            }
        case .atomic, .compound:
            if let parent = state.parent, machine.states[parent].kind == .parallel {
                return state.children.isEmpty ? .atomic : .region
            }
            return state.children.isEmpty ? .atomic : .compound
        }
    }

    /// Transitions that leave nothing, as lines of the box.
    private func inner(_ index: StateIndex) -> [String] {
        let state = machine.states[index]
        return state.transitions.compactMap { number -> String? in
            let transition = machine.transitions[number]
            if transition.targets.isEmpty { return words(transition).line }
            guard transition.targets.first == index, !state.children.isEmpty else { return nil }
            return "↻ " + words(transition).line
        }
    }

    private func call(_ index: InvocationIndex) -> String {
        let invocation = definition.invocations[index]
        let each = invocation.forEach == nil ? "" : " × each"
        switch invocation.target {
        case .task(let adapter, let operation): return "call \(adapter).\(operation)\(each)"
        case .workflow(let name, _): return "run \(name)\(each)"
        case .person(let task):
            return "ask \(task.role ?? task.assignee?.shortened ?? "somebody")\(each)"
        case .compensate(.all): return "compensate all"
        case .compensate(.named(let names)): return "compensate \(names.joined(separator: ", "))"
        }
    }

    private func words(_ transition: Transition) -> Chart.Words {
        let condition = transition.guardExpression.map { ShortText.of($0.expression.source) }
        var trigger = trigger(transition)
        if trigger.isEmpty, condition == nil { trigger = "always" }
        return Chart.Words(
            trigger: trigger, condition: condition, actions: actions(transition.actions))
    }

    private func trigger(_ transition: Transition) -> String {
        switch transition.trigger {
        case .always: return ""
        case .named(let name): return name
        case .prefix(let tokens): return (tokens + ["*"]).joined(separator: ".")
        case .timer(let index): return due(machine.timers[index].due)
        case .stateDone: return "done"
        case .invocationDone(let index): return "done\(which(index))"
        case .taskDecided(let index, let outcome): return "\(outcome)\(which(index))"
        case .invocationFailed(let index, let errors):
            let named = errors.isEmpty ? "" : " " + errors.joined(separator: ", ")
            return "error\(named)\(which(index))"
        }
    }

    /// Of a state that calls several, which one.
    private func which(_ index: InvocationIndex) -> String {
        let siblings = machine.states[machine.invocations[index]].invocations
        return siblings.count < 2 ? "" : " of \(call(index))"
    }

    /// `after 30m`, `at visitAt + grace`, `after 5 business days at 18:00`.
    private func due(_ template: Template) -> String {
        guard let after = template.member("after") else {
            let text = template.shortened
            return template.written.hasPrefix("${timestamp(") ? "at \(text)" : "after \(text)"
        }
        return ["at", "calendar", "zone"].reduce("after \(after.shortened)") { text, name in
            guard let part = template.member(name)?.shortened else { return text }
            switch name {
            case "at": return "\(text) at \(part)"
            case "calendar": return "\(text) by \(part)"
            default: return "\(text) in \(part)"
            }
        }
    }

    /// What the actions do, assignments that follow each other as one.
    private func actions(_ blocks: [Action]) -> [String] {
        var result: [String] = []
        var assigned: [String] = []
        func close() {
            if !assigned.isEmpty { result.append("set " + assigned.joined(separator: ", ")) }
            assigned = []
        }
        for action in blocks {
            if case .assign(let name, _, _, _) = action {
                assigned.append(name)
            } else {
                close()
                result += other(action)
            }
        }
        close()
        return result
    }

    private func other(_ action: Action) -> [String] {
        switch action {
        case .assign: []
        case .raise(let event, _, _): ["raise \(event)"]
        case .emit(let kind, let payload, _): [emission(kind, payload)]
        case .choose(let branches):
            branches.map { branch in
                let inner = actions(branch.actions).joined(separator: ", ")
                let head = branch.condition.map { "if \(ShortText.of($0.expression.source))" }
                return "\(head ?? "else") \(inner)"
            }
        }
    }

    private func emission(_ kind: Emission.Kind, _ payload: Template) -> String {
        func named(_ member: String) -> String {
            payload.member(member).map { " " + $0.shortened } ?? ""
        }
        return switch kind {
        case .send: "send\(named("event"))"
        case .notify: "mail\(named("mail"))"
        case .reject: "reject\(named("code"))"
        case .log: "log"
        case .report: "report"
        }
    }
}

extension Template {
    /// As it was written, without what a reader knows.
    fileprivate var shortened: String { ShortText.of(written) }
}
