import Statechart

/// What a `reenter: true` starts again: it is the only way to make a payment or a deadline begin anew without going
/// elsewhere first, wanted or not.
extension WorkflowParser {
    mutating func lintReentry(_ machine: Machine) {
        for (index, transition) in machine.transitions.enumerated() where !transition.isInternal {
            let started = machine.entersAgain(by: index).flatMap { parts(of: $0, in: machine) }
            let again = "starts again: " + started.joined(separator: ", ")
            let beside = machine.regionsBeside(index).map { "'\(machine.states[$0].id)'" }
            if !beside.isEmpty {
                reader.report(
                    .warning, .reenteredRegion,
                    "'reenter: true' leaves and enters \(beside.joined(separator: ", ")) too"
                        + (started.isEmpty ? "" : " and \(again)")
                        + "; without it, only the region of the target is left",
                    transition.location)
            } else if !started.isEmpty {
                reader.report(
                    .note, .startsAgain, "'reenter: true' \(again)", transition.location)
            }
        }
    }

    /// Timers and invocations, in the words of the file.
    private func parts(of state: StateIndex, in machine: Machine) -> [String] {
        let timers = machine.states[state].timers.map { timer in
            let due = machine.timers[timer].due
            if let constant = due.constant { return "after \(constant.interpolated)" }
            return "after ${\(due.expressions.map(\.source).joined(separator: ", "))}"
        }
        let calls = machine.states[state].invocations.map { invocation in
            switch chart.invocations[invocation].target {
            case .task(let adapter, let operation): "task \(adapter).\(operation)"
            case .workflow(let name, _): "workflow \(name)"
            case .person(let task): "person \(task.role ?? "one person")"
            case .compensate: "compensate"
            }
        }
        let place = state == 0 ? "" : " of '\(machine.states[state].id)'"
        return (timers + calls).map { "\($0)\(place)" }
    }
}
