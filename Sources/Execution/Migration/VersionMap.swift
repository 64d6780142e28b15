import Definition
import Statechart
import Values

/// Which part of one version of a workflow is which of another: what an instance that moves finds again.
///
/// Theory of operation. A state keeps its place where the other version has a state of the same id and kind, or where its
/// `migrate` names one. What hangs on a state has a counterpart only below the state that takes its place: an invocation
/// by what it calls, a timer by when it is due, else by where it leads. Nothing here knows an instance; `Carriage` is what
/// becomes of one.
package struct VersionMap: Sendable {
    let old: WorkflowDefinition
    let new: WorkflowDefinition
    let rule: Migration?
    /// By state of the older version; nil: the newer one has no place for it.
    private(set) var places: [StateIndex?] = []
    /// `migrate` speaks of the state, or of one around it.
    private(set) var isNamed: [Bool] = []
    /// By invocation of the older version.
    private(set) var invocations: [InvocationIndex?]
    /// By timer of the older version.
    private(set) var timers: [TimerIndex?]

    package init(from old: WorkflowDefinition, to new: WorkflowDefinition) {
        self.old = old
        self.new = new
        rule = new.migration(from: old.version)
        invocations = Array(repeating: nil, count: old.invocations.count)
        timers = Array(repeating: nil, count: old.machine.timers.count)
        for state in old.machine.states.indices {
            let named = Self.named(state, old.machine, rule)
            isNamed.append(named != nil)
            places.append(place(of: state, named))
        }
        for state in old.machine.states.indices {
            guard let place = places[state] else { continue }
            pairInvocations(of: state, with: place)
            pairTimers(of: state, with: place)
        }
    }

    // MARK: States

    /// The state itself or the innermost one around it of which `migrate` speaks.
    private static func named(
        _ state: StateIndex, _ machine: Machine, _ rule: Migration?
    ) -> (state: StateIndex, place: StateIndex)? {
        guard let rule, !rule.places.isEmpty else { return nil }
        for candidate in [state] + Array(machine.ancestors(of: state)) {
            let id = machine.states[candidate].id
            if let found = rule.places.first(where: { sameUTF8($0.old, id) }) {
                return (candidate, found.new)
            }
        }
        return nil
    }

    private func place(
        of state: StateIndex, _ named: (state: StateIndex, place: StateIndex)?
    ) -> StateIndex? {
        let id = old.machine.states[state].id
        guard let named else {
            return new.machine.state(named: id).flatMap { fits(state, $0) ? $0 : nil }
        }
        if named.state == state { return fits(state, named.place) ? named.place : nil }
        // What is below keeps its name there; where there is no such state, who names the outer one means all of it.
        let below = id.dropFirst(old.machine.states[named.state].id.count)
        let same = new.machine.state(named: new.machine.states[named.place].id + below)
        if let same, fits(state, same) { return same }
        return fits(state, named.place) ? named.place : nil
    }

    /// Nothing ends, and nothing that has ended begins again, because its version is another one.
    private func fits(_ state: StateIndex, _ place: StateIndex) -> Bool {
        let kinds = (old.machine.states[state].kind, new.machine.states[place].kind)
        return switch kinds {
        case (.history, .history), (.final, .final): kinds.0 == kinds.1
        case (.history, _), (_, .history), (.final, _), (_, .final): false
        case (.atomic, _), (.compound, _), (.parallel, _): true
        }
    }

    // MARK: What hangs on them

    private mutating func pairInvocations(of state: StateIndex, with place: StateIndex) {
        var free = new.machine.states[place].invocations
        for invocation in old.machine.states[state].invocations {
            guard
                let match = free.firstIndex(where: {
                    new.invocations[$0].continues(old.invocations[invocation])
                })
            else { continue }
            invocations[invocation] = free.remove(at: match)
        }
    }

    private mutating func pairTimers(of state: StateIndex, with place: StateIndex) {
        var free = new.machine.states[place].timers
        let known = old.machine.states[state].timers
        for timer in known {
            let due = old.machine.timers[timer].due.whole
            guard
                let match = free.firstIndex(where: {
                    sameUTF8(new.machine.timers[$0].due.whole, due)
                })
            else { continue }
            timers[timer] = free.remove(at: match)
        }
        for timer in known where timers[timer] == nil {
            let ways = old.machine.ways(of: timer).map { places[$0] }
            guard
                let match = free.firstIndex(where: {
                    new.machine.ways(of: $0).map(Optional.some) == ways
                })
            else { continue }
            timers[timer] = free.remove(at: match)
        }
    }
}

extension VersionMap {
    package func isBetween(_ old: WorkflowDefinition, _ new: WorkflowDefinition) -> Bool {
        self.old == old && self.new == new
    }

    /// What instances of the older version may have that the newer one cannot take over.
    package struct Gap: Sendable, Hashable {
        /// Of the older version.
        package let state: String
        package let reason: String
    }

    /// In document order: states in which an instance can wait and that have no place, and work that has none where
    /// `migrate` does not speak of its state.
    package var gaps: [Gap] {
        old.machine.states.indices.flatMap { index -> [Gap] in
            let state = old.machine.states[index]
            guard !state.isHistory, !isEnd(state) else { return [] }
            guard places[index] != nil else {
                return state.children.isEmpty
                    ? [Gap(state: state.id, reason: "version \(new.version) has no place for it")]
                    : []
            }
            guard !isNamed[index] else { return [] }
            return state.invocations.filter { invocations[$0] == nil }.map {
                Gap(
                    state: state.id,
                    reason:
                        "version \(new.version) does not have \(old.invocations[$0].target.label) there"
                )
            }
        }
    }

    /// An instance that gets there is at its end.
    private func isEnd(_ state: State) -> Bool { state.kind == .final && state.parent == 0 }
}

extension Machine {
    /// Where a timer leads.
    fileprivate func ways(of timer: TimerIndex) -> [StateIndex] {
        states[timers[timer].state].transitions.filter {
            transitions[$0].trigger == .timer(timer)
        }.flatMap { transitions[$0].targets }
    }
}

extension Invocation {
    /// It calls the same: what is under way for the other may go on as this.
    fileprivate func continues(_ other: Invocation) -> Bool {
        guard forEach?.isPaged == other.forEach?.isPaged else { return false }
        switch (target, other.target) {
        case (.task(let adapter, let operation), .task(let otherAdapter, let otherOperation)):
            return sameUTF8(adapter, otherAdapter) && sameUTF8(operation, otherOperation)
        case (.workflow(let name, _), .workflow(let otherName, _)):
            return sameUTF8(name, otherName)
        case (.compensate(let scope), .compensate(let otherScope)):
            return scope == otherScope
        case (.person(let task), .person(let otherTask)):
            // Whoever has it open must find every way to decide it again.
            return task.role == otherTask.role
                && otherTask.outcomes.allSatisfy { task.outcome(named: $0.name) != nil }
        case (.task, _), (.workflow, _), (.compensate, _), (.person, _): return false
        }
    }
}

extension ForEach {
    /// Read page by page, which goes on where the last page ended.
    fileprivate var isPaged: Bool {
        if case .pages = source { true } else { false }
    }
}
