import Definition
import Sabotage
import Statechart
import Values

extension Commit {
    /// The rows that follow from what the run was and is. Derived, never written by hand: the timer, call
    /// and incident tables cannot say anything else than the run does.
    /// - Parameter earlier: what the run before went by, which is another version where it has migrated.
    init(
        before: Run?, by earlier: WorkflowDefinition, after: Run, by definition: WorkflowDefinition
    ) {
        self.init()
        instance = InstanceWrite(after, definition)
        let difference = Difference(
            before: before?.timerRows ?? [], after: after.timerRows, identity: \.id)
        timersSet = difference.set
        timersCleared = difference.cleared
        let calls = Difference(
            before: before?.callRows(earlier) ?? [], after: after.callRows(definition),
            identity: \.id)
        callsSet = calls.set
        callsCleared = calls.cleared.map(\.id)
        let tasks = Difference(
            before: before?.taskRows(earlier) ?? [], after: after.taskRows(definition),
            identity: \.activation)
        tasksSet = tasks.set
        tasksCleared = tasks.cleared
        let references = Difference(
            before: before?.referenceRows ?? [], after: after.referenceRows, identity: \.self)
        referencesSet = references.set
        referencesCleared = references.cleared
        let incidents = Difference(
            before: before?.incidentRows ?? [], after: after.incidentRows,
            identity: \.incident.number)
        incidentsOpened = incidents.set
        incidentsClosed = incidents.cleared
    }
}

/// Which rows to write and which to delete, in the order of the runs.
private struct Difference<Row: Hashable> {
    let set: [Row]
    let cleared: [Row]

    /// Up to this many pairs a look at each costs less than hashing all.
    private static var pairsCompared: Int { 64 }

    init<ID: Hashable>(before: [Row], after: [Row], identity: (Row) -> ID) {
        guard before.count * after.count > Self.pairsCompared else {
            set = after.filter { !before.contains($0) }
            cleared = before.filter { old in !after.contains { identity($0) == identity(old) } }
            return
        }
        let old = Set<Row>(before)
        let kept = Set<ID>(after.map(identity))
        set = after.filter { !old.contains($0) }
        cleared = before.filter { !kept.contains(identity($0)) }
    }
}

extension Run {
    var incidentRows: [IncidentRow] { incidents.map { IncidentRow(instance: id, incident: $0) } }

    /// The outbox of this run.
    package func callRows(_ definition: WorkflowDefinition) -> [CallRow] {
        activations.compactMap { activation in
            guard case .call(let call) = activation.work, let purpose = call.rowPurpose,
                !holdsAnswer(to: activation.number, call)
            else { return nil }
            var row = CallRow(
                id: CallID(
                    instance: id, activation: activation.number, dispatch: call.dispatches),
                purpose: purpose, adapter: call.adapter, operation: call.operation,
                input: activation.input,
                key: call.attemptKey(activation.key), attempt: call.attempts,
                timeout: call.timeout(definition),
                firstSentAt: call.firstSentAt ?? activation.startedAt, recall: recall(of: call),
                isHeld: activation.heldSince != nil)
            row.mayHaveLeft.value = purpose == .perform && call.mayHaveApplied
            return row
        }
    }

    /// Asking what became of a call is right for one whose state was left; sending it is not.
    package func recall(of call: Work.Call) -> Int64? {
        if let held = workflowHold ?? pause?.number { return held }
        // Beside the numbers of pauses, which are those of history entries.
        if let failed = incidents.first(where: \.isOfStep) { return -failed.number }
        return call.isRecalled ? 0 : nil
    }

    /// What lists show.
    package func summary(_ definition: WorkflowDefinition) -> InstanceSummary {
        InstanceSummary(
            states: stateNames(definition.machine), startedAt: startedAt, updatedAt: updatedAt,
            endedAt: endedAt, overdueAt: overdueAt,
            incidents: max(incidents.count, needsPerson(definition) ? 1 : 0)
                + (pause != nil && !incidents.isEmpty ? 1 : 0),
            isRetrying: activations.contains { $0.isRetrying }, pause: pause?.summary,
            search: searchValues(definition))
    }

    private func stateNames(_ machine: Machine) -> [String] {
        if let final = snapshot.finalState { return [machine.states[final].id] }
        return machine.leaves(of: snapshot.configuration).map { machine.states[$0].id }
    }

    private func searchValues(
        _ definition: WorkflowDefinition
    ) -> [(name: String, value: Value)] {
        guard !definition.search.isEmpty else { return [] }
        var bindings = definition.environment(of: self, now: updatedAt)
        bindings["context"] = .map(snapshot.data)
        return definition.search.map { attribute in
            (attribute.name, (try? attribute.expression.evaluate(bindings))?.plain ?? .null)
        }
    }
}

extension Activation {
    var isRetrying: Bool {
        if case .call(let call) = work { call.isRetrying } else { false }
    }
}

extension Work.Call {
    /// Its state was left: it must not be sent any more, only asked about.
    var isRecalled: Bool { phase == .calling && isAbandoned }

    /// Of its row in the outbox; nil: it has none.
    var rowPurpose: CallRow.Purpose? {
        switch phase {
        case .calling, .held: .perform
        case .asking: .ask
        case .unsent, .local, .backingOff, .askingLater, .incident: nil
        }
    }

    /// The same for every attempt (G4).
    fileprivate func attemptKey(_ key: String) -> String {
        isMutant(.newKeyPerAttempt) ? "\(key)/\(dispatches)" : key
    }

    fileprivate var isRetrying: Bool {
        switch phase {
        case .backingOff, .askingLater, .asking: true
        case .calling: attempts > 1
        case .unsent, .local, .held, .incident: false
        }
    }

    fileprivate func timeout(_ definition: WorkflowDefinition) -> Duration? {
        switch purpose {
        case .invocation(let use), .abandoned(let use):
            guard definition.invocations.indices.contains(use.invocation) else { return nil }
            return definition.invocations[use.invocation].timeout
        case .notification, .compensation, .page: return nil
        }
    }
}
