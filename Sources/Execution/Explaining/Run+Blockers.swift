import Definition
import Statechart
import Values

extension Run {
    /// Everything that the instance waits for: one blocker for each active leaf state and each call, the most
    /// urgent first. Empty when it has ended and nothing is left to do.
    /// - Parameters:
    ///   - catalog: knows what operations give and which errors they have; for suggestions.
    ///   - voidClaims: tasks that were claimed by somebody who does not stand in any more.
    ///   - workflowPause: who holds its workflow.
    ///   - usual: how long instances stay in a state.
    package func blockers(
        _ definition: WorkflowDefinition, adapters: [AdapterCondition] = [],
        catalog: Catalog? = nil, voidClaims: [Int64] = [], workflowPause: StandingPause? = nil,
        usual: @escaping (String) -> UsualTime? = { _ in nil }, now: Timestamp
    ) -> [Blocker] {
        let explanation = Explanation(
            run: self, definition: definition, adapters: adapters, catalog: catalog,
            voidClaims: voidClaims, workflowPause: workflowPause, usual: usual, now: now)
        return explanation.blockers.map { blocker in
            var blocker = blocker
            blocker.usual = usual(blocker.state)
            return blocker
        }
    }

    /// What an admin wants to know first.
    package func health(_ definition: WorkflowDefinition, now: Timestamp) -> Health {
        if needsPerson(definition) { return .blocked }
        if status.isTerminal { return .ok }
        if let overdue = overdueAt, overdue <= now { return .overdue }
        return activations.contains { $0.isRetrying } ? .failing : .waiting
    }
}

extension Run {
    /// Nothing but a person moves it on.
    func needsPerson(_ definition: WorkflowDefinition) -> Bool {
        !incidents.isEmpty || pause != nil || (workflowHold == nil && nothingMoves(definition))
    }

    /// It waits for no event, timer, call or person: a state without a way out.
    func nothingMoves(_ definition: WorkflowDefinition) -> Bool {
        guard !status.isTerminal, timers.isEmpty, pendingEnd == nil,
            !activations.contains(where: { !$0.isNotification })
        else { return false }
        return !definition.machine.movingEvents(in: snapshot.configuration)
            .contains { definition.event(named: $0) != nil }
    }

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
    let catalog: Catalog?
    let voidClaims: [Int64]
    let workflowPause: StandingPause?
    let usual: (String) -> UsualTime?
    let now: Timestamp

    var machine: Machine { definition.machine }

    var blockers: [Blocker] {
        let incidents = run.incidents.map(blocker)
        // Nothing else is true of a paused instance: no timer ends its waiting, and what would move it is refused.
        let pauses = [heldWithWorkflow, paused].compactMap(\.self)
        if !pauses.isEmpty { return pauses + heldWithAdapters + incidents.map(\.withoutActions) }
        if run.isStopped { return incidents }
        let calls = run.activations.filter { !$0.isNotification && isTold($0) }
            .compactMap(blocker).heldFirst
        let states = run.status.isTerminal ? [] : stateBlockers
        // A mail that is on its way holds nothing up.
        let mails = run.activations.filter(\.isNotification).compactMap(blocker)
        let all = incidents + calls + states + mails
        if run.nothingMoves(definition), incidents.isEmpty { return [nothingMoves] + all }
        // Beside what needs a person, nobody should read that it goes on by itself.
        return incidents.isEmpty ? all : incidents + (calls + states + mails).map(\.withoutWait)
    }

    /// Also of one to which nothing has come yet since: whatever comes finds its workflow held.
    private var heldWithWorkflow: Blocker? {
        guard !run.status.isTerminal else { return nil }
        let workflow = run.name.workflow
        if let pause = workflowPause {
            return Blocker(
                kind: .workflowPaused, state: leafNames.joined(separator: ", "),
                sentence: "Workflow `\(workflow)` is paused by \(pause.by) "
                    + "\((now - pause.at).shortText) ago: \"\(pause.reason)\"\(inputsHeld).",
                since: pause.at,
                evidence: [
                    "by": .string(pause.by.description), "reason": .string(pause.reason),
                    "held": .list(run.held.map(\.encoded)),
                ],
                actions: [
                    Blocker.LegalAction(
                        .resumeWorkflow, of: run.name,
                        [
                            "workflow": .string(workflow),
                            "reason": Blank.text(Blank.why),
                        ], sentence: "Let all of the workflow go on with what came meanwhile.")
                ])
        }
        guard run.workflowHold != nil else { return nil }
        return Blocker(
            kind: .workflowPaused, state: leafNames.joined(separator: ", "),
            sentence:
                "Workflow `\(workflow)` was resumed; this instance is still in the row of those "
                + "that go on\(inputsHeld).",
            since: run.updatedAt,
            evidence: ["held": .list(run.held.map(\.encoded))],
            next: Blocker.NextStep(at: nil, sentence: "it goes on in its turn"), actions: [wait])
    }

    private var inputsHeld: String {
        run.held.isEmpty ? "" : "; \(count(run.held.count, "input waits", "inputs wait"))"
    }

    private var paused: Blocker? {
        guard let pause = run.pause else { return nil }
        return Blocker(
            kind: .paused, state: leafNames.joined(separator: ", "),
            sentence: "Paused by \(pause.by) \((now - pause.since).shortText) ago: "
                + "\"\(pause.reason)\"\(inputsHeld).",
            since: pause.since,
            evidence: [
                "by": .string(pause.by.description), "reason": .string(pause.reason),
                "held": .list(run.held.map(\.encoded)),
            ],
            actions: [
                Blocker.LegalAction(
                    .resume, of: run.name, ["reason": Blank.text(Blank.why)],
                    sentence: "Let it go on with what came meanwhile.")
            ])
    }

    private var nothingMoves: Blocker {
        Blocker(
            kind: .nothing, state: leafNames.joined(separator: ", "),
            sentence: "Nothing moves it: \(leafNames.joined(separator: ", ")) waits for no event, "
                + "timer or call.",
            since: run.updatedAt, actions: move)
    }

    /// The last resort of who knows the business: what is to be pasted shows only what would come of it.
    var move: [Blocker.LegalAction] {
        guard let target = moveTarget else { return [terminate] }
        return [
            Blocker.LegalAction(
                .move, of: run.name,
                ["state": .string(target), "reason": Blank.text(Blank.why)], isDry: true,
                sentence:
                    "Move it to another state from which it goes on; first see what would come of it."
            )
        ]
    }

    private var terminate: Blocker.LegalAction {
        Blocker.LegalAction(
            .terminate, of: run.name, ["reason": Blank.text(Blank.why)], isDry: true,
            sentence:
                "End it without its logic: nothing is undone; first see what would come of it.")
    }

    /// Where a transition of the active states leads, else where the workflow begins, else any state: the first that
    /// can be entered without a step that fails.
    private var moveTarget: String? {
        let active = run.snapshot.configuration
        let ways = active.reversed().flatMap { machine.states[$0].transitions }
            .flatMap { machine.transitions[$0].targets }
        let begin = machine.states.first.map(\.initial) ?? []
        let environment = definition.environment(of: run, now: now)
        let candidates = (ways + begin + Array(machine.states.indices)).prefix(Self.moveCandidates)
        return candidates.first { state in
            machine.canMove(to: state) && !active.contains(state)
                && machine.move(run.snapshot, to: state, environment: environment).failure == nil
        }.map { machine.states[$0].id }
    }

    private static let moveCandidates = 24

    var leafNames: [String] {
        machine.leaves(of: run.snapshot.configuration).map { machine.states[$0].id }
    }

    // MARK: Parts

    func state(_ activation: Activation) -> String {
        guard let index = activation.invocation else { return "" }
        return machine.states[machine.invocations[index]].id
    }

    func visit(_ state: StateIndex) -> StateVisit? {
        run.visits.first { $0.state == state }
    }

    /// The earliest of the state's own and its ancestors'.
    func overdue(_ state: StateIndex) -> Timestamp? { expected(state)?.instant }

    /// The same, with what it is by the calendar.
    func expected(_ state: StateIndex) -> DueTime? {
        ([state] + machine.ancestors(of: state)).compactMap { state in
            guard let visit = visit(state) else { return nil }
            return visit.overdueAt.map { DueTime($0, reckoning: visit.reckoning) }
        }.min { $0.instant < $1.instant }
    }

    func overdue(_ activation: Activation) -> Timestamp? {
        guard let index = activation.invocation else { return nil }
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

extension [Blocker] {
    /// What a person holds is the most urgent of an instance's calls; an undoing that waits for it does not go on by itself.
    fileprivate var heldFirst: [Blocker] {
        let byPeople: [Blocker.Kind] = [.adapterPaused, .moneyHeld]
        let held = filter { byPeople.contains($0.kind) }
        guard !held.isEmpty else { return self }
        return held
            + filter { !byPeople.contains($0.kind) }.map {
                $0.kind == .compensationRunning ? $0.withoutWait : $0
            }
    }
}
