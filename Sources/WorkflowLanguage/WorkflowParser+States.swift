import Definition
import Statechart
import Values

/// What stands in one state, in the order in which it is written.
extension WorkflowParser {
    mutating func compileState(_ state: StateIndex) {
        let fields = outline.states[state].fields
        compileInitial(state, fields)
        let beginning = reader.checked.count
        var entries = beginning..<beginning
        for entry in fields.entries {
            let start = reader.checked.count
            compileWord(entry, of: state)
            if entry.name == "entry" { entries = start..<reader.checked.count }
        }
        stateReads.append(
            StateReads(state: state, all: beginning..<reader.checked.count, entry: entries))
        if outline.states[state].kind == .final { compileFinal(state, fields) }
        if case .history = outline.states[state].kind { compileHistory(state, fields) }
    }

    private mutating func compileWord(_ entry: YAMLNode.Entry, of state: StateIndex) {
        switch entry.name {
        case "on": compileOn(entry.value, of: state)
        case "after": compileAfter(entry.value, of: state)
        case "always":
            transitions(entry.value, on: .always, from: state, in: scope)
        case "onDone":
            transitions(entry.value, on: .stateDone(state), from: state, in: scope)
        case "invoke":
            for node in entry.value.oneOrMany { compileInvoke(node, of: state) }
        case "entry": chart.parts[state].entry = actions(entry.value, in: scope)
        case "exit": chart.parts[state].exit = actions(entry.value, in: scope)
        case "expect":
            chart.parts[state].expect = reader.delay(
                entry.value, "'expect'", in: scope.only(["input", "context", "params"]))
        case "tags":
            chart.parts[state].tags = entry.value.oneOrMany.compactMap {
                reader.name($0, "a tag", .word)
            }
        case "description":
            if state != 0 { _ = reader.string(entry.value, "'description'") }
        default: break
        }
    }

    private mutating func compileInitial(_ state: StateIndex, _ fields: Fields) {
        let entry = outline.states[state]
        guard entry.kind == .compound else { return }
        let children = entry.children.filter {
            if case .history = outline.states[$0].kind { false } else { true }
        }
        guard let node = fields["initial"] else {
            if children.count == 1 {
                chart.parts[state].initial = children
            } else if !children.isEmpty {
                reader.error(
                    .missingInitial,
                    "\(outline.title(of: state)) has several states; name the first with 'initial'",
                    at: state == 0 ? fields.node : entry.key)
            }
            return
        }
        let path = (node.text.hasPrefix(".") ? node.text.dropFirst() : node.text[...])
            .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        switch outline.descend(path, from: state) {
        case .found(let target): chart.parts[state].initial = [target]
        case .missing(let hint):
            reader.error(
                .unknownTarget, "\(outline.title(of: state)) has no state '\(node.text)'\(hint)",
                at: node)
        }
    }

    private mutating func compileFinal(_ state: StateIndex, _ fields: Fields) {
        let endsAll = outline.states[state].parent == 0
        chart.parts[state].output = reader.template(
            fields["output"], "'output'", in: endsAll ? scope.withoutEvent : scope)
        guard let status = fields["status"] else { return }
        guard endsAll else {
            return reader.error(
                .misplacedWord,
                "only a final state at the top has a 'status': this one does not end the workflow",
                at: fields.key("status") ?? status)
        }
        let known = [StateFacts.Outcome.completed, .failed, .cancelled]
        chart.parts[state].outcome =
            reader.choice(status, "'status'", of: known) ?? .completed
    }

    /// Without a target of its own, a history state's default is its parent's.
    private mutating func compileHistory(_ state: StateIndex, _ fields: Fields) {
        guard let parent = outline.states[state].parent else { return }
        let entry = outline.states[parent]
        let initial =
            entry.kind == .parallel
            ? entry.children.filter { $0 != state } : chart.parts[parent].initial
        if let node = fields["target"] {
            guard let target = target(node, from: state) else { return }
            guard outline.isDescendant(target, of: parent), !isHistory(target) else {
                return reader.error(
                    .unknownTarget,
                    "'\(node.text)' is no state inside of \(outline.title(of: parent)), which this "
                        + "history state brings back; name one in there", at: node)
            }
            chart.parts[state].initial = [target]
        } else if initial.contains(state) {
            reader.error(
                .missingWord,
                "\(outline.title(of: parent)) begins with this history state, which has nothing to "
                    + "bring back the first time; give it a 'target'",
                at: outline.states[state].key)
        } else {
            chart.parts[state].initial = initial
        }
    }

    private func isHistory(_ state: StateIndex) -> Bool {
        if case .history = outline.states[state].kind { true } else { false }
    }

    private mutating func compileOn(_ node: YAMLNode, of state: StateIndex) {
        reader.ignoreOrder(of: node)
        for (name, entry) in reader.named(node, "event", .event) {
            if Self.isReserved(name), !Self.engineEvents.contains(name) {
                reader.error(
                    .reservedEvent,
                    "'\(name)' is the engine's own event; use 'onDone', 'onError' or 'after'",
                    at: entry.key)
                continue
            }
            awaited.append((name, state, entry.key))
            let data = declared.event(name)?.data ?? .any
            transitions(
                entry.value, on: .named(name), from: state, in: scope.forEvent(data: data))
        }
    }

    private mutating func compileAfter(_ node: YAMLNode, of state: StateIndex) {
        for entry in reader.entries(node, of: "'after'") ?? [] {
            guard let due = reader.delay(entry.key, "'after'", in: scope) else {
                continue
            }
            let timer = chart.add(Timer(state: state, due: due.template, location: due.location))
            transitions(entry.value, on: .timer(timer), from: state, in: scope)
        }
    }
}
