import Definition
import Engine
import Execution
import Statechart
import Values

extension API {
    /// With what runs on each version; a workflow that was removed is listed while instances of it run.
    func workflows() throws -> APIResponse {
        let catalog = engine.catalog
        let list = try inspector.workflows().map { name, versions in
            var map = catalog.current(name)?.summary ?? ["name": .string(name), "version": .null]
            map["removed"] = .bool(catalog.current(name) == nil)
            map["versions"] = .list(versions.map(\.document))
            return Value.map(map)
        }
        return APIResponse(["workflows": .list(list)])
    }

    func workflow(_ request: APIRequest) throws -> APIResponse {
        let name = request.parameter("workflow")
        guard let definition = engine.catalog.current(name) else {
            throw Problem.unknownWorkflow(name, catalog: engine.catalog)
        }
        let versions = try inspector.versions(of: name).map(\.document)
        return APIResponse(.map(definition.document.merging(["versions": .list(versions)])))
    }

    func adapters() -> APIResponse {
        let catalog = engine.catalog
        let conditions = engine.conditions()
        let list = catalog.adapterNames.compactMap { name -> Value? in
            guard let adapter = catalog.adapter(name) else { return nil }
            return .map(adapter.document(conditions.first { $0.adapter == name }))
        }
        return APIResponse(["adapters": .list(list)])
    }
}

extension VersionView {
    fileprivate var document: Value {
        [
            "version": .int(Int64(version)), "starts": .bool(starts),
            "running": .int(Int64(running)),
        ]
    }
}

extension WorkflowDefinition {
    var summary: ValueMap {
        var map: ValueMap = [
            "name": .string(name), "version": .int(Int64(version)),
            "description": .string(description),
        ]
        if let event = start.event { map["startedBy"] = .string(event) }
        return map
    }

    var document: ValueMap {
        summary.merging([
            "contentHash": .string(contentHash),
            "input": input.source, "params": params.source, "context": context.source,
            "search": .list(search.map { .string($0.name) }),
            "events": .list(events.map(\.document)),
            "states": .list(
                machine.states.enumerated().dropFirst().map { index, state in
                    state.document(stateFacts.indices.contains(index) ? stateFacts[index] : nil)
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
    fileprivate func document(_ facts: StateFacts?) -> Value {
        var map: ValueMap = ["id": .string(id), "kind": .string(kind.name)]
        if let facts, !facts.tags.isEmpty { map["tags"] = .list(facts.tags.map { .string($0) }) }
        if let facts, kind == .final, parent == 0 {
            map["outcome"] = .string(facts.outcome.rawValue)
        }
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

extension AdapterManifest {
    fileprivate func document(_ condition: AdapterCondition?) -> ValueMap {
        var map: ValueMap = [
            "name": .string(name), "description": .string(description),
            "transport": .string(transport.rawValue),
            "operations": .list(operations.map { .string($0.name) }),
        ]
        guard let condition else { return map }
        map["breaker"] = .string(condition.openSince == nil ? "closed" : "open")
        if let since = condition.openSince { map["openSince"] = .string(since.rfc3339) }
        if let probe = condition.nextProbe { map["nextProbe"] = .string(probe.rfc3339) }
        return map.merging([
            "failures": .int(Int64(condition.failures)), "calls": .int(Int64(condition.calls)),
            "running": .int(Int64(condition.running)),
            "concurrency": .int(Int64(condition.concurrency)),
            "queued": .int(Int64(condition.queued)),
        ])
    }
}
