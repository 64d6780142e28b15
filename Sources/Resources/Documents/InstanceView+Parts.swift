import Definition
import Engine
import Execution
import Statechart
import Values

extension InstanceView {
    /// What is under way in it, and since when it is where it is: members of the resource `instance` of one instance.
    var parts: ValueMap {
        guard !isDamaged else { return ValueMap() }
        var map = ValueMap()
        map["visits"] = .list(run.visits.map(document))
        map["timers"] = .list(run.timers.list.map(document))
        let children = run.activations.compactMap(\.child)
        map["children"] = .list(children.map { .string($0.description) })
        return map
    }

    private func document(_ visit: StateVisit) -> Value {
        var map: ValueMap = [
            "state": .string(definition.machine.states[visit.state].id),
            "since": .string(visit.since.rfc3339),
        ]
        map.set("overdueAt", visit.overdueAt.map { .string($0.rfc3339) })
        map.set("usual", usual(definition.machine.states[visit.state].id)?.value)
        return .map(map)
    }

    private func document(_ timer: RunTimer) -> Value {
        let machine = definition.machine
        let state = machine.timers[timer.index].state
        let targets = machine.transitions.filter { $0.trigger == .timer(timer.index) }
            .flatMap(\.targets)
        return [
            "state": .string(machine.states[state].id), "due": .string(timer.due.rfc3339),
            "targets": .list(targets.map { .string(machine.states[$0].id) }),
        ]
    }
}
