import CEL
import Sabotage
import Statechart
import Values

/// Which members of the context that may be null are surely not, state by state.
///
/// Theory of operation. A forward analysis over the chart. What is known where a transition leaves, what its guard and the
/// false guards before it say, and what its actions and the entries on its way set, is known where it leads. Of a state to
/// which several ways lead, only what all of them say is known. What a state inside or a region beside may set to null
/// meanwhile is not known. It begins with everything known everywhere and takes away until nothing changes, so it ends.
struct NullFlow {
    /// By their places in `names`.
    typealias Facts = Set<Int>

    private let machine: Machine
    private let names: [String]
    /// That `context.name` is not null, of each name.
    private let asked: [Condition]
    /// Where an `assign` stands that may give null.
    private let nullable: Set<SourceLocation>
    /// Of each transition, what its guard and the false ones before it say.
    private var said: [Facts] = []
    /// Before the state's own entry.
    private var before: [Facts]
    /// What is lost while the state is active.
    private var lost: [Facts] = []

    /// - Parameters:
    ///   - names: members that may be null.
    ///   - start: those of them that are not null when an instance starts.
    ///   - nullable: where an `assign` stands that may give null.
    init(
        _ machine: Machine, names: [String], start: [String], nullable: Set<SourceLocation>
    ) {
        let probed = names.compactMap { name in
            (try? Expression(parsing: "context.\(name) != null")).map {
                (name, Condition($0, being: true))
            }
        }
        self.machine = machine
        self.names = probed.map(\.0)
        self.nullable = nullable
        asked = probed.map(\.1)
        before = machine.states.map { _ in Facts(probed.indices) }
        lost = before.map { _ in [] }
        guard !probed.isEmpty else { return }
        lost = losses()
        said = machine.transitions.indices.map { guarded($0) }
        settle(start: Facts(probed.indices.filter { start.contains(exactly: probed[$0].0) }))
    }

    // MARK: What is known

    /// In a state's own expressions, its entry's apart.
    func conditions(in state: StateIndex) -> [Condition] { conditions(active(state)) }

    /// In the entry's, which may use what they set.
    func conditions(atEntryOf state: StateIndex) -> [Condition] {
        conditions(before[state].union(given(by: machine.states[state].onEntry.flatMap(\.self))))
    }

    /// In the actions of a transition: what they set themselves.
    func conditions(setBy actions: ActionBlock) -> [Condition] { conditions(given(by: actions)) }

    private func conditions(_ facts: Facts) -> [Condition] {
        facts.sorted().map { asked[$0] }
    }

    /// After the entries of the state and of those around it.
    private func active(_ state: StateIndex) -> Facts {
        var facts = Facts()
        for index in [state] + machine.outward(from: state) {
            let entries = machine.states[index].onEntry.flatMap(\.self)
            facts.formUnion(after(entries, before[index]).subtracting(lost[index]))
        }
        return facts
    }

    // MARK: The analysis

    /// Of a chart that is not settled after so many rounds nothing is said.
    private static let maximumRounds = 100

    private mutating func settle(start: Facts) {
        let everything = before
        for _ in 0..<Self.maximumRounds {
            var next = before.map { _ in Facts?.none }
            lead(start, into: machine.closure(of: 0), &next)
            for (index, transition) in machine.transitions.enumerated()
            where !transition.targets.isEmpty {
                lead(leaving(transition, index), into: machine.entered(by: transition), &next)
            }
            let settled = zip(next, before).map { $0 ?? $1 }
            guard settled != before else { return }
            before = settled
        }
        before = everything
    }

    private func lead(_ facts: Facts, into entered: [StateIndex], _ next: inout [Facts?]) {
        var facts = facts
        for state in entered {
            let known = next[state] ?? facts
            next[state] =
                isMutant(.oneWayTakenForAll) ? known.union(facts) : known.intersection(facts)
            facts = after(machine.states[state].onEntry.flatMap(\.self), facts)
        }
    }

    /// What is known when its actions have run.
    private func leaving(_ transition: Transition, _ index: TransitionIndex) -> Facts {
        let exits = ([transition.source] + machine.outward(from: transition.source))
            .flatMap { machine.states[$0].onExit.flatMap(\.self) }
        let facts = active(transition.source).union(said[index])
        return after(
            transition.actions, exits.isEmpty ? facts : facts.subtracting(unset(by: exits)))
    }

    private func guarded(_ index: TransitionIndex) -> Facts {
        let transition = machine.transitions[index]
        let earlier = machine.states[transition.source].transitions.filter {
            $0 < index && machine.transitions[$0].trigger == transition.trigger
        }.compactMap { machine.transitions[$0].guardExpression }
        var conditions = earlier.map { Condition($0.expression, being: false) }
        if let own = transition.guardExpression {
            conditions.append(Condition(own.expression, being: true))
        }
        guard !conditions.isEmpty else { return [] }
        return Facts(names.indices.filter { conditions.assure(["context", names[$0]]) })
    }

    private func after(_ actions: ActionBlock, _ facts: Facts) -> Facts {
        var facts = facts
        for case .assign(let name, _, _, let location) in actions {
            guard let index = names.firstIndex(where: { sameUTF8($0, name) }) else { continue }
            if nullable.contains(location) { facts.remove(index) } else { facts.insert(index) }
        }
        return facts
    }

    private func given(by actions: ActionBlock) -> Facts { after(actions, Facts()) }

    private func unset(by actions: ActionBlock) -> Facts {
        let all = Facts(names.indices)
        return all.subtracting(after(actions, all))
    }

    /// Of each state, what is set to null inside of it, beside it, or by a transition that does not leave it.
    private func losses() -> [Facts] {
        let transitions = machine.transitions.map { ($0, unset(by: $0.actions)) }
            .filter { !$0.1.isEmpty }
        let blocks = machine.states.enumerated().map { index, state in
            (index, unset(by: (state.onEntry + state.onExit).flatMap(\.self)))
        }.filter { !$0.1.isEmpty }
        return machine.states.indices.map { state -> Facts in
            var facts = Facts()
            for (transition, unset) in transitions
            where machine.isBeside(transition.source, state)
                || (transition.targets.isEmpty && machine.isInside(state, of: transition.source))
            {
                facts.formUnion(unset)
            }
            for (index, unset) in blocks where machine.isBeside(index, state) {
                facts.formUnion(unset)
            }
            return facts
        }
    }
}

extension Machine {
    /// From the parent to the root.
    fileprivate func outward(from state: StateIndex) -> [StateIndex] {
        Array(sequence(first: state) { states[$0].parent }.dropFirst())
    }

    /// Itself or below.
    fileprivate func isInside(_ state: StateIndex, of other: StateIndex) -> Bool {
        state >= other && state <= states[other].lastDescendant
    }

    /// Active while the other one is, and not around it: below it, or in a region beside.
    fileprivate func isBeside(_ state: StateIndex, _ other: StateIndex) -> Bool {
        if state != other, isInside(state, of: other) { return true }
        guard !isInside(other, of: state) else { return false }
        var common = other
        while !isInside(state, of: common) {
            guard let parent = states[common].parent else { return false }
            common = parent
        }
        return states[common].kind == .parallel
    }

    /// A state and what is entered with it by default, from outside in. What a history state brings back may be anything
    /// around it.
    fileprivate func closure(of state: StateIndex) -> [StateIndex] {
        let entry = states[state]
        switch entry.kind {
        case .atomic, .final: return [state]
        case .parallel:
            return [state] + entry.children.filter { !states[$0].isHistory }.flatMap(closure)
        case .compound:
            return [state]
                + entry.initial.flatMap { target in
                    Array(outward(from: target).prefix { $0 != state }.reversed())
                        + closure(of: target)
                }
        case .history:
            guard let parent = entry.parent else { return [state] }
            return Array((parent + 1)...max(parent + 1, states[parent].lastDescendant))
        }
    }

    /// In the order of their entries.
    fileprivate func entered(by transition: Transition) -> [StateIndex] {
        transition.targets.flatMap { target -> [StateIndex] in
            let around = outward(from: target)
            let staying = around.first { ancestor in
                if ancestor == transition.source { return transition.isInternal }
                let isAround = isInside(transition.source, of: ancestor)
                return isAround && (transition.isInternal || states[ancestor].kind != .parallel)
            }
            let chain = around.prefix { $0 != staying }
            let regions = chain.filter { states[$0].kind == .parallel }
                .flatMap { states[$0].children }
                .filter { !isInside(target, of: $0) && !states[$0].isHistory }
            return Array(chain.reversed()) + closure(of: target) + regions.flatMap(closure)
        }
    }
}
