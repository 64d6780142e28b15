import CEL
import Definition
import Sabotage
import Statechart
import Values

/// What becomes of one instance when another version takes it over: what is carried, what is left, what begins; or why it
/// cannot come. A function of values, which decides nothing: the same answers a move, a dry run and who asks beforehand.
package struct Carriage: Sendable {
    /// Why it cannot come; empty: it can.
    package private(set) var refusals: [Problem.Detail] = []
    /// The leaves that were active and the places that they have, by id.
    package private(set) var leaves: [(old: String, new: String)] = []

    private(set) var snapshot: Snapshot
    private(set) var visits: [StateVisit] = []
    private(set) var timers: [RunTimer] = []
    private(set) var kept: [KeptEvent] = []
    private(set) var held: [HeldInput] = []
    private(set) var input: Value
    private(set) var params: Value
    /// Of the older version: what is under way for them is left as if their state was.
    private(set) var leftInvocations: [InvocationIndex] = []
    /// Of the older version: they were running and run no more.
    private(set) var leftTimers: [TimerIndex] = []
    /// Of the newer version, of states that go on and did not have them.
    private(set) var begunInvocations: [InvocationIndex] = []
    private(set) var begunTimers: [TimerIndex] = []
    /// What goes on, by invocation of the older version. Of two that would go on as one the first does.
    private(set) var invocations: [InvocationIndex: InvocationIndex] = [:]
    /// Tasks that go on, with other outcomes or another form.
    private(set) var askedOtherwise: [Int64] = []
    /// Members of the context that the newer version does not declare.
    private(set) var droppedMembers: [String] = []
    private let map: VersionMap
    private let run: Run

    /// - Parameters:
    ///   - settings: the operator's params of the workflow, for those that the instance does not have yet.
    ///   - now: of expressions.
    package init(
        of run: Run, by map: VersionMap, settings: ValueMap = ValueMap(), now: Timestamp
    ) {
        self.map = map
        self.run = run
        snapshot = run.snapshot
        input = run.input
        params = run.params
        if let reason = run.reasonToStay {
            refuse("", reason)
            return
        }
        carryStates()
        carryTimers()
        carryWork()
        carryEvents()
        carryData(settings, now: now)
        if run.isHeld { checkHeld() }
    }

    private var target: String { "version \(map.new.version)" }

    private mutating func refuse(_ pointer: String, _ detail: String) {
        refusals.append(Problem.Detail(pointer: pointer, detail: detail))
    }

    // MARK: States

    private mutating func carryStates() {
        let (old, new) = (map.old.machine, map.new.machine)
        var active: [StateIndex] = []
        for leaf in old.leaves(of: run.snapshot.configuration) {
            guard let place = map.places[leaf] else {
                if isMutant(.migratedIntoNowhere) { continue }
                refuse("/states/\(old.states[leaf].id)", "\(target) has no place for this state")
                continue
            }
            if leaf != 0 { leaves.append((old.states[leaf].id, new.states[place].id)) }
            active += [place] + new.ancestors(of: place)
        }
        snapshot.configuration = new.states.indices.filter(active.contains)
        if let full = new.overfull(snapshot.configuration) {
            let both = new.states[full].children.filter(snapshot.configuration.contains)
            let names = both.map { new.states[$0].id }.joined(separator: " and ")
            refuse(
                "/states/\(new.states[full].id)",
                "it would be in \(names) at once, which \(target) keeps apart")
        }
        carryHistory()
        visits = snapshot.configuration.compactMap { state in
            let known = run.visits.first { map.places[$0.state] == state }
            return known.map { visit in
                StateVisit(
                    state: state, since: visit.since, overdueAt: visit.overdueAt,
                    reckoning: visit.reckoning)
            }
        }
    }

    /// What is remembered of a history state that is gone serves nobody.
    private mutating func carryHistory() {
        snapshot.history = run.snapshot.history.compactMap { value in
            guard let state = map.places[value.state] else { return nil }
            var remembered: [StateIndex] = []
            for old in value.configuration {
                guard let place = map.places[old] else {
                    let id = map.old.machine.states[old].id
                    refuse(
                        "/states/\(id)", "it would go back there, and \(target) has no place for it"
                    )
                    continue
                }
                remembered.append(place)
            }
            return HistoryValue(state: state, configuration: remembered)
        }
    }

    /// The state is active in both: it goes on.
    private func continuation(of state: StateIndex) -> StateIndex? {
        guard run.snapshot.configuration.contains(state), let place = map.places[state],
            snapshot.configuration.contains(place)
        else { return nil }
        return place
    }

    /// Of the newer version: timers or invocations of states that go on which have no counterpart.
    private func begun(_ own: (State) -> [Int], counterparts: [Int?]) -> [Int] {
        let (old, new) = (map.old.machine, map.new.machine)
        var known: [Int] = []
        var declared: [Int] = []
        for state in run.snapshot.configuration {
            guard let place = continuation(of: state) else { continue }
            known += own(old.states[state]).compactMap { counterparts[$0] }
            declared += own(new.states[place])
        }
        return declared.filter { !known.contains($0) }.inOrderOnce
    }

    // MARK: Timers and work

    private mutating func carryTimers() {
        for timer in run.timers {
            let state = map.old.machine.timers[timer.index].state
            guard let index = map.timers[timer.index], continuation(of: state) != nil,
                !timers.contains(where: { $0.index == index })
            else {
                leftTimers.append(timer.index)
                continue
            }
            timers.append(RunTimer(index: index, due: timer.due, reckoning: timer.reckoning))
        }
        begunTimers = begun(\.timers, counterparts: map.timers)
    }

    private mutating func carryWork() {
        for activation in run.activations where !activation.isAbandoned {
            guard let invocation = activation.invocation, invocations[invocation] == nil,
                !leftInvocations.contains(invocation)
            else { continue }
            let state = map.old.machine.invocations[invocation]
            if let next = map.invocations[invocation], continuation(of: state) != nil,
                !invocations.values.contains(next)
            {
                invocations[invocation] = next
            } else {
                leave(invocation, of: state, activation)
            }
            if activation.task != nil, isAskedOtherwise(invocation) {
                askedOtherwise.append(activation.number)
            }
        }
        begunInvocations = begun(\.invocations, counterparts: map.invocations)
    }

    /// Who has the task open fills in another form.
    private func isAskedOtherwise(_ invocation: InvocationIndex) -> Bool {
        guard let next = invocations[invocation],
            case .person(let old) = map.old.invocations[invocation].target,
            case .person(let new) = map.new.invocations[next].target
        else { return false }
        return old.outcomes != new.outcomes
    }

    /// Its result would concern nobody. Who names the state in `migrate` has said so.
    private mutating func leave(
        _ invocation: InvocationIndex, of state: StateIndex, _ activation: Activation
    ) {
        leftInvocations.append(invocation)
        let id = map.old.machine.states[state].id
        guard !map.isNamed[state] else { return }
        let holder = activation.task.flatMap { $0.claim?.by.actor.subject ?? $0.assignee }
        refuse(
            "/states/\(id)",
            "\(activation.label) is under way\(holder.map { " with \($0)" } ?? ""), and \(target) does not have it there; "
                + "a state that `migrate` names leaves it as if the state was left")
    }

    // MARK: Events

    private mutating func carryEvents() {
        for event in run.kept {
            guard let taken = admitted(event.event) else { continue }
            guard map.new.machine.canStillTake(taken.name, from: snapshot.configuration) else {
                refuse(
                    "/events/\(taken.name)",
                    "it is kept for the instance, and nothing in \(target) could still take it")
                continue
            }
            kept.append(
                KeptEvent(
                    number: event.number, event: taken, arrivedAt: event.arrivedAt,
                    expiresAt: event.expiresAt))
        }
        for input in run.held {
            switch input.kind {
            case .event(let event):
                guard let taken = admitted(event) else { continue }
                held.append(
                    HeldInput(
                        .event(taken), arrivedAt: input.arrivedAt, hasFailed: input.hasFailed))
            case .decision(let request):
                if let number = request.number, isLeft(number) {
                    refuse(
                        "/tasks/\(number)",
                        "\(request.actor) has decided it, and \(target) does not have it there")
                }
                held.append(input)
            case .answer, .childEnded, .childRefused, .cancel: held.append(input)
            }
        }
    }

    private func isLeft(_ number: Int64) -> Bool {
        run.activations.numbered(number)?.invocation.map(leftInvocations.contains) ?? false
    }

    /// As the newer version reads it.
    private mutating func admitted(_ event: InboundEvent) -> InboundEvent? {
        switch map.new.admit(event) {
        case .success(let taken): return taken
        case .failure(let problem):
            let details = problem.errors.map { "\($0.pointer) \($0.detail)" }
            refuse(
                "/events/\(event.name)",
                "it waits with the instance: "
                    + ([problem.message] + details).joined(separator: "; "))
            return nil
        }
    }

    // MARK: Data

    private mutating func carryData(_ settings: ValueMap, now: Timestamp) {
        if let decoded = decode(run.input, by: map.new.input, "/input") { input = decoded.plain }
        let known = run.params.mapValue ?? ValueMap()
        let names = map.new.params.propertyNames ?? []
        let pinned = ValueMap(
            names.compactMap { name in (known[name] ?? settings[name]).map { (name, $0) } })
        if let decoded = decode(.map(pinned), by: map.new.params, "/params") {
            params = decoded.plain
        }
        var data = run.snapshot.data
        assign(to: &data, now: now)
        let declared = map.new.context.propertyNames ?? []
        for name in data.keys.compactMap(\.stringValue) where !declared.contains(exactly: name) {
            droppedMembers.append(name)
            data[name] = .none
        }
        if let decoded = decode(.map(data), by: map.new.context, "/context") {
            snapshot.data = decoded.mapValue ?? data
        }
    }

    private mutating func assign(to data: inout ValueMap, now: Timestamp) {
        guard let assignments = map.rule?.assignments, !assignments.isEmpty else { return }
        var bindings = map.old.environment(of: run, now: now)
        bindings["context"] = .map(run.snapshot.data)
        for assignment in assignments {
            do throws(EvaluationError) {
                data[assignment.name] = try assignment.value.evaluate(bindings).plain
            } catch {
                refuse(
                    "/context/\(assignment.name)",
                    "`assign` of `migrate` (\(map.new.name) \(assignment.location)): \(error.message)"
                )
            }
        }
    }

    private mutating func decode(_ value: Value, by schema: Schema, _ pointer: String) -> Value? {
        switch schema.decode(value) {
        case .valid(let decoded): return decoded
        case .invalid(let violations):
            for violation in violations {
                refuse(pointer + violation.pointer, violation.detail)
            }
            return nil
        }
    }

    // MARK: One that is held

    /// Nothing of it may move, so that nothing may begin either.
    private mutating func checkHeld() {
        let (machine, missing) = (
            map.new.machine, map.new.machine.incomplete(snapshot.configuration)
        )
        for state in missing {
            refuse(
                "/states/\(machine.states[state].id)",
                "\(target) has states below it that would be entered, and \(whyHeld)")
        }
        for invocation in begunInvocations {
            let label = map.new.invocations[invocation].target.label
            refuse(
                "/states/\(machine.states[machine.invocations[invocation]].id)",
                "\(target) begins \(label) there, and \(whyHeld)")
        }
    }

    private var whyHeld: String {
        run.isStopped
            ? "the instance is stopped by an incident" : "the instance is paused: resume it first"
    }

    // MARK: The run

    /// As the newer version has it; what is left must be gone from it.
    /// - Parameter run: the run of which this is the carriage, once what it leaves is left.
    func carried(_ run: Run) -> Run {
        var run = run
        run.enter(version: map.new.version, input: input, params: params)
        run.snapshot = snapshot
        run.visits = visits
        run.timers = ChartTimers(timers)
        run.kept = KeptEvents(kept, lastNumber: run.kept.lastNumber)
        run.held = HeldInputs(held)
        run.lastIgnored = nil
        for activation in run.activations {
            guard let invocation = activation.invocation else { continue }
            let next =
                activation.isAbandoned ? map.invocations[invocation] : invocations[invocation]
            run.activations.update(activation.number) {
                $0.goOn(as: next ?? Use.noInvocation)
            }
        }
        return run
    }
}

extension [Int] {
    /// Each once, where it comes first.
    fileprivate var inOrderOnce: [Int] {
        var result: [Int] = []
        for element in self where !result.contains(element) { result.append(element) }
        return result
    }
}

extension Run {
    /// Neither inputs nor timers move it.
    var isHeld: Bool { isPaused || isStopped }

    /// Why no other version may take it over; nil: one may.
    fileprivate var reasonToStay: String? {
        if status.isTerminal { return "it has ended" }
        if snapshot.hasEnded || pendingEnd != nil {
            return "it has come to its end, and waits only for what it cancelled"
        }
        if activations.contains(where: \.isCancellation) { return "it is being cancelled" }
        return nil
    }
}
