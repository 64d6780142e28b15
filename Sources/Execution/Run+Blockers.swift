import CEL
import Statechart

extension Run {
    /// Everything that the instance waits for: one blocker for each active leaf state and each call, the most
    /// urgent first. Empty when it has ended and nothing is left to do.
    package func blockers(
        _ definition: WorkflowDefinition, adapters: [AdapterCondition] = [], now: Timestamp
    ) -> [Blocker] {
        let explanation = Explanation(
            run: self, definition: definition, adapters: adapters, now: now)
        return explanation.blockers
    }

    /// What an admin wants to know first.
    package func health(now: Timestamp) -> Health {
        if !incidents.isEmpty || pause != nil { return .blocked }
        if status.isTerminal { return .ok }
        if let overdue = overdueAt, overdue <= now { return .overdue }
        return activations.contains { $0.isRetrying } ? .failing : .waiting
    }
}

extension Run {
    /// The earliest moment at which some active state or open task is overdue.
    package var overdueAt: Timestamp? {
        let tasks = activations.lazy.compactMap { $0.task?.due }.min()
        guard let states = visits.lazy.compactMap(\.overdueAt).min() else { return tasks }
        return tasks.map { min($0, states) } ?? states
    }
}

/// The deduction, for one run at one moment.
struct Explanation {
    let run: Run
    let definition: WorkflowDefinition
    let adapters: [AdapterCondition]
    let now: Timestamp

    var machine: Machine { definition.machine }
    var name: String { run.name.description }

    var blockers: [Blocker] {
        let incidents = run.incidents.map(blocker)
        // Nothing else is true of a paused instance: no timer ends its waiting, and what would move it is refused.
        if let paused { return [paused] + incidents.map(\.withoutActions) }
        if run.isStopped { return incidents }
        let calls = run.activations.filter { $0.purpose != .notification && isTold($0) }
            .compactMap(blocker)
        let states = run.status.isTerminal ? [] : stateBlockers
        // A mail that is on its way holds nothing up.
        let mails = run.activations.filter { $0.purpose == .notification }.compactMap(blocker)
        let all = incidents + calls + states + mails
        guard all.isEmpty, !run.status.isTerminal else { return all }
        return [nothingMoves]
    }

    private var paused: Blocker? {
        guard let pause = run.pause else { return nil }
        let held =
            run.held.isEmpty ? "" : "; \(count(run.held.count, "input waits", "inputs wait"))"
        return Blocker(
            kind: .paused, state: leafNames.joined(separator: ", "),
            sentence: "Paused by \(pause.by) \((now - pause.since).shortText) ago: "
                + "\"\(pause.reason)\"\(held).",
            since: pause.since,
            evidence: [
                "by": .string(pause.by.description), "reason": .string(pause.reason),
                "held": .list(run.held.map(\.encoded)),
            ],
            actions: [
                Blocker.LegalAction(
                    name: "resume", sentence: "Let it go on with what came meanwhile.",
                    command: CommandLineText(["resume", name, "--reason", "why"]).text)
            ])
    }

    private var nothingMoves: Blocker {
        Blocker(
            kind: .nothing, state: leafNames.joined(separator: ", "),
            sentence: "Nothing moves it: \(leafNames.joined(separator: ", ")) waits for no event, "
                + "timer or call.",
            since: run.updatedAt, actions: [move])
    }

    /// The last resort of who knows the business.
    var move: Blocker.LegalAction {
        Blocker.LegalAction(
            name: "move", sentence: "Move it to a state from which it goes on.",
            command: CommandLineText(["move", name, "--to", "<state>", "--reason", "why"]).text)
    }

    var leafNames: [String] {
        machine.leaves(of: run.snapshot.configuration).map { machine.states[$0].id }
    }

    // MARK: Parts

    func state(_ activation: Activation) -> String {
        guard case .invocation(let index) = activation.purpose else { return "" }
        return machine.states[machine.invocations[index]].id
    }

    func visit(_ state: StateIndex) -> StateVisit? {
        run.visits.first { $0.state == state }
    }

    /// The earliest of the state's own and its ancestors'.
    func overdue(_ state: StateIndex) -> Timestamp? {
        ([state] + machine.ancestors(of: state)).compactMap { visit($0)?.overdueAt }.min()
    }

    func overdue(_ activation: Activation) -> Timestamp? {
        guard case .invocation(let index) = activation.purpose else { return nil }
        return overdue(machine.invocations[index])
    }

    func list(_ items: [String], _ word: String) -> String {
        guard items.count > 1, let last = items.last else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(word) \(last)"
    }

    func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
