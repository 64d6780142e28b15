import Sabotage

/// What a transition leaves: of these states, those that are active. Worked out when the chart is built.
///
/// The letter (appendix D's `getTransitionDomain`) leaves everything below the innermost compound state around source
/// and targets, and with it all regions of a parallel state on the way. Ours keeps regions independent: what is around
/// source and targets may be a parallel state as well, and of that only the regions with a target are left. A transition
/// that re-enters goes by the letter.
enum Exits: Sendable {
    /// It has no targets.
    case nothing
    case states(StateSet)
    /// A target is a history state, so that it is known at run time only.
    case remembered(atMost: StateSet)

    init(of transition: Transition, in states: [State], by semantics: Semantics) {
        let targets = transition.targets
        guard !targets.isEmpty else {
            self = .nothing
            return
        }
        // A history state may stand for anything in its parent.
        let widest = targets.flatMap { target in
            guard states[target].isHistory, let parent = states[target].parent else {
                return [target]
            }
            return states[parent].children.filter { !states[$0].isHistory }
        }
        let left = Self.states(of: transition, entering: widest, in: states, by: semantics)
        self = targets.contains { states[$0].isHistory } ? .remembered(atMost: left) : .states(left)
    }

    var atMost: StateSet {
        switch self {
        case .nothing: StateSet()
        case .states(let states), .remembered(let states): states
        }
    }

    /// - Parameter targets: with no history states among them.
    static func states(
        of transition: Transition, entering targets: [StateIndex], in states: [State],
        by semantics: Semantics
    ) -> StateSet {
        guard !targets.isEmpty else { return StateSet() }
        let source = transition.source
        let areRegionsIndependent =
            semantics == .pawl && transition.isInternal && !isMutant(.regionReentered)
        func stays(_ state: StateIndex) -> Bool {
            switch states[state].kind {
            case .compound: break
            case .parallel where areRegionsIndependent: break
            case .parallel, .atomic, .final, .history: return false
            }
            return targets.allSatisfy { $0 > state && $0 <= states[state].lastDescendant }
        }
        let domain =
            transition.isInternal && stays(source)
            ? source : Ancestors(of: source, in: states).first(where: stays) ?? 0
        return trees(below: domain, holding: targets, in: states)
    }

    /// What is below the state; of a parallel state only the regions that hold a target, and where such a region is a
    /// parallel state itself, only its own.
    static func trees(
        below state: StateIndex, holding targets: [StateIndex], in states: [State]
    ) -> StateSet {
        var result = StateSet()
        for child in states[state].children {
            guard states[state].kind == .parallel else {
                result.insertTree(child, in: states)
                continue
            }
            let held = targets.filter { $0 >= child && $0 <= states[child].lastDescendant }
            if held.isEmpty { continue }
            if states[child].kind == .parallel, !held.contains(child) {
                result.formUnion(trees(below: child, holding: held, in: states))
            } else {
                result.insertTree(child, in: states)
            }
        }
        return result
    }
}
