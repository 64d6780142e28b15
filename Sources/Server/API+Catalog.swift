import Definition
import Engine
import Execution
import Resources
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
