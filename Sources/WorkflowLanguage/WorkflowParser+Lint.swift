import Statechart

/// What a finished chart makes doubtful or surprising. Lints warn, they never refuse.
extension WorkflowParser {
    mutating func lint(_ machine: Machine) {
        lintReachability(machine)
        lintStuckStates(machine)
        lintAlways(machine)
        lintReentry(machine)
        lintRegions(machine)
        lintOptionalMembers()
        lintNulls(machine)
    }

    private mutating func warn(_ code: Diagnostic.Code, _ message: String, _ place: SourceLocation)
    {
        reader.report(.warning, code, message, place)
    }

    private mutating func lintReachability(_ machine: Machine) {
        let reachable = machine.reachableStates
        for (index, state) in machine.states.enumerated() where !reachable[index] {
            // Of an unreachable tree, only its top is worth a word.
            guard let parent = state.parent, reachable[parent] else { continue }
            reader.warning(
                .unreachableState,
                "no transition leads to '\(state.id)'; lead one there, or remove it",
                at: outline.states[index].key)
        }
    }

    private mutating func lintStuckStates(_ machine: Machine) {
        for (index, state) in machine.states.enumerated()
        where state.kind == .atomic && !machine.canLeave(index) {
            reader.warning(
                .stuckState,
                "nothing moves an instance out of '\(state.id)'; give it a transition or "
                    + "'type: final'", at: outline.states[index].key)
        }
    }

    /// An unguarded `always` that leads back to where it is enabled never ends [trap 2].
    private mutating func lintAlways(_ machine: Machine) {
        for (index, transition) in machine.transitions.enumerated()
        where transition.trigger == .always && transition.guardExpression == nil {
            guard machine.returns(index) else { continue }
            warn(
                .endlessAlways,
                "this 'always' has no guard and leads back to itself: it would never end; give it "
                    + "a guard", transition.location)
        }
    }

    private mutating func lintRegions(_ machine: Machine) {
        for (index, state) in machine.states.enumerated() where state.kind == .parallel {
            lintAssignments(machine, of: index)
        }
    }

    /// Two regions that set one name in one microstep: the last in document order wins.
    private mutating func lintAssignments(_ machine: Machine, of parallel: StateIndex) {
        var seen: [(region: StateIndex, event: String, name: String)] = []
        for region in machine.states[parallel].children {
            for assignment in machine.assignments(in: region) {
                let clash = seen.contains {
                    $0.region != region && $0.event == assignment.event
                        && $0.name == assignment.name
                }
                seen.append((region, assignment.event, assignment.name))
                guard clash else { continue }
                warn(
                    .parallelAssign,
                    "another region sets '\(assignment.name)' on '\(assignment.event)' too; the "
                        + "last region wins", assignment.location)
            }
        }
    }
}
