import Definition
import Engine
import Execution
import Resources
import Values

extension API {
    /// With what runs on each version; a workflow that was removed is listed while instances of it run.
    func workflows(_ request: APIRequest) throws -> APIResponse {
        let catalog = engine.catalog
        let held = try inspector.pausedWorkflows()
        let list = try inspector.workflows().filter { request.sees($0.name) }
            .map { name, versions in
                var map =
                    catalog.current(name)?.summary ?? ["name": .string(name), "version": .null]
                map["removed"] = .bool(catalog.current(name) == nil)
                map["versions"] = .list(versions.map(\.document))
                map.set("pause", held.first { sameUTF8($0.workflow, name) }?.pause.document)
                return Value.map(map)
            }
        return APIResponse(["workflows": .list(list)])
    }

    func workflow(_ request: APIRequest) throws -> APIResponse {
        let name = request.parameter("workflow")
        let catalog = engine.catalog
        // One that was taken out of the folder is shown, and held, as the last version says.
        guard
            let definition = catalog.current(name)
                ?? catalog.versions(of: name).last.flatMap({ catalog.definition(name, version: $0) }
                )
        else { throw Problem.unknownWorkflow(name, catalog: catalog) }
        let inspector = inspector
        let versions = try inspector.versions(of: name).map(\.document)
        let document = definition.document { inspector.usual($0, name) }
        let pause = try inspector.pause(ofWorkflow: name)
        let held = try inspector.held(with: name, upTo: Self.heldCounted + 1)
        var map = document.merging([
            "versions": .list(versions), "held": .int(Int64(min(held, Self.heldCounted))),
            "heldIsLeast": .bool(held > Self.heldCounted),
            "removed": .bool(catalog.current(name) == nil),
            "log": .list((pause?.log ?? []).map(\.document)),
        ])
        map.set("pause", try inspector.standingPause(ofWorkflow: name)?.document)
        return APIResponse(.map(map))
    }

    private static let heldCounted = 1_000

    func carryOutOnWorkflow(
        _ action: ActionRequest, _ request: APIRequest
    ) async throws -> APIResponse {
        let name = request.parameter("workflow")
        guard let change = action.workflowAction else { throw action.misplaced }
        try await engine.act(onWorkflow: name, change, actor: request.actor)
        logger.notice(
            "\(action.declaration.past)",
            metadata: [
                "workflow": "\(name)", "actor": "\(request.actor)",
                "reason": "\(action.reason)", "request": "\(request.id)",
            ])
        return try workflow(request)
    }

    func versionDifference(_ request: APIRequest) throws -> APIResponse {
        let name = request.parameter("workflow")
        guard request.option("from") != nil else {
            throw Refusal.query("from", "it is missing: the number of a version")
        }
        let versions = Int64(1)...Int64(Int32.max)
        let old = Int(try request.number("from", in: versions, default: 1))
        let current =
            engine.catalog.current(name)?.version
            ?? engine.catalog.versions(of: name).last ?? 1
        let new = Int(try request.number("to", in: versions, default: Int64(current)))
        let (difference, stranded) = try inspector.difference(of: name, from: old, to: new)
        return APIResponse(difference.document(name, from: old, to: new, stranded: stranded))
    }

    func adapters() throws -> APIResponse {
        let catalog = engine.catalog
        let conditions = try inspector.adapters()
        let list = catalog.adapterNames.compactMap { name -> Value? in
            guard let adapter = catalog.adapter(name) else { return nil }
            return .map(adapter.document(conditions.first { sameUTF8($0.adapter, name) }))
        }
        return APIResponse(["adapters": .list(list)])
    }

    /// With who held it lately.
    func adapter(_ request: APIRequest) throws -> APIResponse {
        let name = request.parameter("adapter")
        guard let adapter = engine.catalog.adapter(name) else {
            throw Problem.unknownAdapter(name, engine.catalog)
        }
        let condition = try inspector.adapters().first { sameUTF8($0.adapter, name) }
        var document = adapter.document(condition)
        let log = try inspector.pause(of: name)?.log ?? []
        document["log"] = .list(log.map(\.document))
        return APIResponse(.map(document))
    }

    func carryOutOnAdapter(
        _ action: ActionRequest, _ request: APIRequest
    ) async throws -> APIResponse {
        let name = request.parameter("adapter")
        switch action.adapterDemand {
        case .hold(let change):
            try await engine.act(onAdapter: name, change, actor: request.actor)
        case .probe: try await engine.probe(adapter: name, by: request.actor)
        case nil: throw action.misplaced
        }
        logger.notice(
            "\(action.declaration.past)",
            metadata: [
                "adapter": "\(name)", "actor": "\(request.actor)", "reason": "\(action.reason)",
                "request": "\(request.id)",
            ])
        return try adapter(request)
    }
}
