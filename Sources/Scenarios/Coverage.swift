import Definition
import Engine
import Execution
import Statechart
import Values
import WorkflowLanguage

/// Where scenarios have been: states entered and transitions taken, by workflow.
package struct Coverage: Sendable, Hashable {
    private var states: [ExactText: Set<ExactText>] = [:]
    private var transitions: [ExactText: Set<TransitionIndex>] = [:]

    /// Instances of one page, and history entries of one page.
    private static let page = 1_000

    package init() {}

    /// What the histories of all instances tell.
    package init(reading store: any Store, now: Timestamp) throws(StoreError) {
        var before: InstanceID?
        while true {
            let page = try store.list(
                InstanceQuery(terms: [], now: now, before: before, count: Self.page))
            for instance in page.instances { try read(instance, from: store) }
            guard page.hasMore, let last = page.instances.last else { return }
            before = last.id
        }
    }

    private mutating func read(
        _ instance: InstanceWrite, from store: any Store
    ) throws(StoreError) {
        var sequence: Int64 = 0
        while true {
            let entries = try store.history(instance.id, after: sequence, count: Self.page)
            for entry in entries { read(entry, of: instance.name.workflow) }
            guard entries.count == Self.page, let last = entries.last else { return }
            sequence = last.sequence
        }
    }

    private mutating func read(_ entry: HistoryEntry, of workflow: String) {
        if let mark = entry.data["message"]?[Machine.mark]?.intValue {
            transitions[workflow, default: []].insert(TransitionIndex(mark))
        }
        for state in entry.data["entered"]?.listValue ?? [] {
            if let id = state.stringValue { states[workflow, default: []].insert(id) }
        }
    }

    package mutating func merge(_ other: Coverage) {
        states.merge(other.states) { $0.union($1) }
        transitions.merge(other.transitions) { $0.union($1) }
    }

    package func report(of definition: WorkflowDefinition) -> CoverageReport {
        CoverageReport(
            definition, states: states[definition.name] ?? [],
            transitions: transitions[definition.name] ?? [])
    }
}

/// What of one workflow was visited, and what never was.
package struct CoverageReport: Sendable, Hashable {
    /// A place that no scenario visits.
    package struct Gap: Sendable, Hashable {
        /// A state's id, or `state --event--> target`.
        package let name: String
        package let location: SourceLocation
    }

    package let workflow: String
    package let stateCount: Int
    package let transitionCount: Int
    /// In document order.
    package let states: [Gap]
    package let transitions: [Gap]

    package init(
        _ definition: WorkflowDefinition, states entered: Set<ExactText>,
        transitions taken: Set<TransitionIndex>
    ) {
        let machine = definition.machine
        // The root is always entered; a history state never is, it points elsewhere.
        let enterable = machine.states.dropFirst().filter { !$0.isHistory }
        workflow = definition.name
        stateCount = enterable.count
        transitionCount = machine.transitions.count
        states = enterable.filter { !entered.contains($0.id) }.map {
            Gap(name: $0.id, location: $0.location)
        }
        transitions = machine.transitions.enumerated().filter { !taken.contains($0.offset) }.map {
            Gap(name: definition.label(of: $0.element), location: $0.element.location)
        }
    }
}

extension WorkflowDefinition {
    /// `visit --book.returned--> inProgress`; a transition without target stays.
    fileprivate func label(of transition: Transition) -> String {
        let source = machine.states[transition.source].id
        let targets = transition.targets.map { machine.states[$0].id }
        let arrow = "--\(label(of: transition.trigger))-->"
        return "\(source.isEmpty ? name : source) \(arrow) "
            + (targets.isEmpty ? "(stays)" : targets.listed)
    }

    private func label(of trigger: Trigger) -> String {
        switch trigger {
        case .always: "always"
        case .named(let name): name
        case .prefix(let tokens): (tokens + ["*"]).joined(separator: ".")
        case .timer(let index): "after \(label(of: machine.timers[index]))"
        case .stateDone: "onDone"
        case .taskDecided(_, let outcome): "decided \(outcome)"
        case .invocationDone(let index): "onDone of \(label(of: invocations[index].target))"
        case .invocationFailed(let index, let errors):
            "onError\(errors.isEmpty ? "" : " " + errors.listed) of "
                + label(of: invocations[index].target)
        }
    }

    private func label(of timer: Timer) -> String {
        if let constant = timer.due.constant { return constant.interpolated }
        return timer.due.expressions.map(\.source).listed
    }

    private func label(of target: Invocation.Target) -> String {
        switch target {
        case .task(let adapter, let operation): "\(adapter).\(operation)"
        case .workflow(let name, _): name
        case .compensate: "compensate"
        case .person(let task): task.role ?? "person"
        }
    }
}

// MARK: - Marks

extension WorkflowDefinition {
    /// The same workflow, whose transitions leave a mark in the history when they are taken.
    package var marked: WorkflowDefinition {
        WorkflowDefinition(
            name: name, version: version, description: description, contentHash: contentHash,
            start: start, input: input, context: context, params: params, output: output,
            search: search, events: events, machine: machine.marked, invocations: invocations,
            stateFacts: stateFacts, migrations: migrations)
    }
}

extension Machine {
    /// The member of a log entry's message that holds the transition's index.
    package static let mark = "pawl.transition"

    /// A mark is the first action of its transition, so that one that fails afterwards counts as taken.
    fileprivate var marked: Machine {
        Machine(
            states: states,
            transitions: transitions.enumerated().map { index, transition in
                Transition(
                    source: transition.source, trigger: transition.trigger,
                    guardExpression: transition.guardExpression, targets: transition.targets,
                    isInternal: transition.isInternal,
                    actions: [Self.marking(index, transition.location)] + transition.actions,
                    location: transition.location)
            }, timers: timers, invocations: invocations, semantics: semantics)
    }

    private static func marking(_ index: TransitionIndex, _ location: SourceLocation) -> Action {
        .emit(
            .log, payload: .literal([mark: .int(Int64(index))]), location: location)
    }
}
