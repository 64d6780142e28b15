import Definition
import Engine
import Execution
import Statechart
import Values

extension VersionView {
    package var document: Value {
        [
            "version": .int(Int64(version)), "starts": .bool(starts),
            "running": .int(Int64(running)), "runningIsLeast": .bool(isLeast),
        ]
    }
}

extension WorkflowDefinition {
    package var summary: ValueMap {
        var map: ValueMap = [
            "name": .string(name), "version": .int(Int64(version)),
            "description": .string(description),
        ]
        if let event = start.event { map["startedBy"] = .string(event) }
        return map
    }

    /// - Parameter usual: how long instances stay in a state.
    package func document(usual: (String) -> UsualTime?) -> ValueMap {
        summary.merging([
            "contentHash": .string(contentHash),
            "input": input.source, "params": params.source, "context": context.source,
            "search": .list(search.map { .string($0.name) }),
            "events": .list(events.map(\.document)),
            "states": .list(
                machine.states.enumerated().dropFirst().map { index, state in
                    state.document(
                        stateFacts.indices.contains(index) ? stateFacts[index] : nil,
                        usual(state.id))
                }),
        ])
    }
}

extension EventDeclaration {
    fileprivate var document: Value {
        var map: ValueMap = [
            "name": .string(name), "early": .string(early.rawValue), "data": data.source,
        ]
        if let sender { map["from"] = .string(sender.role) }
        return .map(map)
    }
}

extension State {
    fileprivate func document(_ facts: StateFacts?, _ usual: UsualTime?) -> Value {
        var map: ValueMap = ["id": .string(id), "kind": .string(kind.name)]
        if let facts, !facts.tags.isEmpty { map["tags"] = .list(facts.tags.map { .string($0) }) }
        if let facts, kind == .final, parent == 0 {
            map["outcome"] = .string(facts.outcome.rawValue)
        }
        map.set("usual", usual?.value)
        return .map(map)
    }
}

extension State.Kind {
    fileprivate var name: String {
        switch self {
        case .atomic: "atomic"
        case .compound: "compound"
        case .parallel: "parallel"
        case .final: "final"
        case .history: "history"
        }
    }
}

extension PauseRecord.Change {
    /// Who held it, or let it go on.
    package var document: Value {
        var map = standing.document.mapValue ?? ValueMap()
        map["paused"] = .bool(isPaused)
        return .map(map)
    }
}

extension AdapterManifest {
    package func document(_ condition: AdapterCondition?) -> ValueMap {
        var map: ValueMap = [
            "name": .string(name), "description": .string(description),
            "transport": .string(transport.rawValue),
            "operations": .list(operations.map { .string($0.name) }),
        ]
        guard let condition else { return map }
        map["breaker"] =
            condition.isHalfOpen ? "half-open" : condition.openSince == nil ? "closed" : "open"
        if let since = condition.openSince { map["openSince"] = .string(since.rfc3339) }
        if let probe = condition.nextProbe { map["nextProbe"] = .string(probe.rfc3339) }
        map["paused"] = .bool(condition.isPaused)
        map.set("pause", condition.pause?.document)
        map.set(
            "unready",
            condition.lack.map {
                [
                    "reason": .string($0.reason),
                    "since": .string($0.since.ceilingToMilliseconds.rfc3339),
                ]
            })
        return map.merging([
            "failures": .int(Int64(condition.failures)), "calls": .int(Int64(condition.calls)),
            "running": .int(Int64(condition.running)),
            "concurrency": .int(Int64(condition.concurrency)),
            "queued": .int(Int64(condition.queued)),
        ])
    }
}
