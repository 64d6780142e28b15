import Statechart
import Values

/// What differs between two versions of a workflow, state by state.
///
/// States are the same by their ids. What each declares is written out as lines, where another place in the file is no
/// difference, and compared as sets: what is gone stands beside what has come.
package struct VersionDifference: Sendable, Hashable {
    package enum Change: String, Sendable, Hashable, CaseIterable {
        case added
        case removed
        case changed
    }

    package struct StateChange: Sendable, Hashable {
        /// Empty: what belongs to no state.
        package let state: String
        package let change: Change
        /// Lines that only the older one has.
        package let removed: [String]
        package let added: [String]
    }

    /// Those of the newer version in its order, then those that are gone.
    package let states: [StateChange]
    /// States in which an instance can wait and that the newer version has not.
    package let stranding: [String]

    package init(from old: WorkflowDefinition, to new: WorkflowDefinition) {
        let before = old.declarations
        let after = new.declarations
        var states: [StateChange] = []
        for (id, lines) in after {
            guard let known = before.first(where: { sameUTF8($0.id, id) })?.lines else {
                states.append(StateChange(state: id, change: .added, removed: [], added: lines))
                continue
            }
            let gone = Self.without(lines, known)
            let come = Self.without(known, lines)
            guard !gone.isEmpty || !come.isEmpty else { continue }
            states.append(StateChange(state: id, change: .changed, removed: gone, added: come))
        }
        for (id, lines) in before where !after.contains(where: { sameUTF8($0.id, id) }) {
            states.append(StateChange(state: id, change: .removed, removed: lines, added: []))
        }
        self.states = states
        stranding = old.machine.states.filter { state in
            state.children.isEmpty && !state.isHistory && state.parent != nil
                && new.machine.state(named: state.id) == nil
        }.map(\.id)
    }

    /// Each line as often as it is there beyond what the others have.
    private static func without(_ others: [String], _ lines: [String]) -> [String] {
        var left = others.map { ExactText($0) }
        return lines.filter { line in
            guard let found = left.firstIndex(of: ExactText(line)) else { return true }
            left.remove(at: found)
            return false
        }
    }
}

extension WorkflowDefinition {
    /// What each state declares, the workflow itself first, under the empty id.
    fileprivate var declarations: [(id: String, lines: [String])] {
        machine.states.indices.map { index in
            (machine.states[index].id, (index == 0 ? own : []) + lines(of: index))
        }
    }

    private var own: [String] {
        var lines = [
            "input \(JSON.string(input.source))", "params \(JSON.string(params.source))",
            "context \(JSON.string(context.source))",
        ]
        if let output { lines.append("output \(output.whole)") }
        if let event = start.event { lines.append("start on \(event)") }
        if let key = start.key { lines.append("start key \(key.source)") }
        if let schedule = start.schedule { lines.append("schedule \(JSON.string(schedule.rule))") }
        if let retention { lines.append("retention: \(retention.shortText)") }
        lines += migrations.map { migration in
            let places = migration.places.map { "\($0.old) to \(machine.states[$0.new].id)" }
            let members = migration.assignments.map { "set \($0.name) = \($0.value.whole)" }
            return (["migrate from \(migration.from)"] + places + members).joined(separator: ", ")
        }
        lines += search.map { "search \($0.name): \($0.expression.source)" }
        lines += events.map { event in
            var text = "event \(event.name): early \(event.early.rawValue)"
            if let key = event.key { text += ", key \(key.source)" }
            if let sender = event.sender {
                text += ", from \(sender.role)"
                if let subject = sender.subject { text += " \(subject.source)" }
            }
            return text + ", data \(JSON.string(event.data.source))"
        }
        return lines
    }

    private func lines(of index: StateIndex) -> [String] {
        let state = machine.states[index]
        var lines = ["\(state.kind)"]
        if !state.initial.isEmpty { lines.append("initial \(ids(state.initial))") }
        if stateFacts.indices.contains(index) {
            let facts = stateFacts[index]
            if let expect = facts.expect { lines.append("expect \(expect.template.whole)") }
            if !facts.tags.isEmpty { lines.append("tags \(facts.tags.joined(separator: ", "))") }
            if facts.outcome != .completed { lines.append("ends \(facts.outcome.rawValue)") }
            if let output = facts.output { lines.append("output \(output.whole)") }
        }
        if let data = state.doneData { lines.append("done \(data.whole)") }
        lines += state.onEntry.map { "entry: \(text($0))" }
        lines += state.onExit.map { "exit: \(text($0))" }
        lines += state.invocations.map { text(invocations[$0]) }
        lines += state.transitions.map { text(machine.transitions[$0]) }
        return lines
    }

    private func ids(_ states: [StateIndex]) -> String {
        states.map { machine.states[$0].id }.joined(separator: ", ")
    }

    private func text(_ transition: Transition) -> String {
        var text = trigger(transition.trigger)
        if let condition = transition.guardExpression {
            text += " [\(condition.expression.source)]"
        }
        text += transition.targets.isEmpty ? " stays" : " → \(ids(transition.targets))"
        if !transition.isInternal { text += ", anew" }
        if !transition.actions.isEmpty { text += " / \(self.text(transition.actions))" }
        return text
    }

    private func trigger(_ trigger: Trigger) -> String {
        switch trigger {
        case .always: "always"
        case .named(let name): "on \(name)"
        case .prefix(let tokens): "on \((tokens + ["*"]).joined(separator: "."))"
        case .timer(let index): "after \(machine.timers[index].due.whole)"
        case .stateDone: "when done"
        case .invocationDone(let index): "when \(target(invocations[index].target)) is done"
        case .taskDecided(let index, let outcome):
            "when \(target(invocations[index].target)) says \(outcome)"
        case .invocationFailed(let index, let errors):
            "when \(target(invocations[index].target)) fails"
                + (errors.isEmpty ? "" : " with \(errors.joined(separator: ", "))")
        }
    }

    private func target(_ target: Invocation.Target) -> String {
        switch target {
        case .task(let adapter, let operation): "\(adapter).\(operation)"
        case .workflow(let name, let key): name + (key.map { "/\($0.whole)" } ?? "")
        case .person(let task): "\(task.role ?? task.assignee?.whole ?? "somebody")"
        case .compensate(.all): "compensation"
        case .compensate(.named(let names)): "compensation of \(names.joined(separator: ", "))"
        }
    }

    private func text(_ invocation: Invocation) -> String {
        var text = "invoke \(target(invocation.target))"
        if case .person(let task) = invocation.target { text += " \(self.text(task))" }
        text += ", input \(invocation.input.whole)"
        if let timeout = invocation.timeout { text += ", timeout \(timeout.shortText)" }
        if let deadline = invocation.deadline { text += ", deadline \(deadline.shortText)" }
        if invocation.retry != .standard { text += ", retry \(self.text(invocation.retry))" }
        if let undo = invocation.compensate { text += ", undone by \(target(undo))" }
        if invocation.onExit != .cancel { text += ", on exit \(invocation.onExit.rawValue)" }
        if let each = invocation.forEach { text += ", for each \(self.text(each))" }
        return text
    }

    private func text(_ each: ForEach) -> String {
        let source =
            switch each.source {
            case .list(let list): list.whole
            case .pages(let adapter, let operation, let input):
                "\(adapter).\(operation) \(input.whole)"
            }
        return "\(source), \(each.concurrency) at a time, quorum "
            + "\(each.quorum.map { "\($0)" } ?? "all"), tolerating \(each.tolerate)"
    }

    private func text(_ retry: RetryPolicy) -> String {
        "\(retry.maximumAttempts) attempts from \(retry.initialInterval.shortText) × "
            + "\(retry.backoffCoefficient) to \(retry.maximumInterval.shortText)"
            + (retry.jitter ? "" : ", no jitter")
            + (retry.maximumElapsed.map { ", within \($0.shortText)" } ?? "")
            + (retry.nonRetryableErrors.isEmpty
                ? "" : ", never \(retry.nonRetryableErrors.joined(separator: ", "))")
    }

    private func text(_ task: UserTask) -> String {
        var parts = [task.title.whole, "claim \(task.claim.rawValue)"]
        parts += task.except.map { "except \($0.source)" }
        if let priority = task.priority { parts.append("priority \(priority.whole)") }
        if let due = task.due { parts.append("due \(due.template.whole)") }
        if let remind = task.remind {
            parts.append(
                "reminded after \(remind.after.template.whole), every \(remind.every.template.whole), "
                    + "\(remind.times) times: \(remind.mail.whole)")
        }
        if let withdrawn = task.withdrawn { parts.append("withdrawn: \(withdrawn.whole)") }
        parts += task.outcomes.map {
            "\($0.name) \"\($0.label)\" comment \($0.comment.rawValue) \($0.confirm ?? "") "
                + JSON.string($0.form.source)
        }
        return "(" + parts.joined(separator: "; ") + ")"
    }

    private func text(_ actions: [Action]) -> String {
        actions.map { action in
            switch action {
            case .assign(let name, let value, _, _): "set \(name) = \(value.whole)"
            case .raise(let event, let data, _):
                "raise \(event)" + (data.map { " \($0.whole)" } ?? "")
            case .emit(let kind, let payload, _): "\(kind.rawValue) \(payload.whole)"
            case .choose(let branches):
                branches.map { branch in
                    (branch.condition.map { "if \($0.expression.source)" } ?? "else")
                        + " (\(text(branch.actions)))"
                }.joined(separator: " ")
            }
        }.joined(separator: ", ")
    }
}
