import Definition
import Resources

extension API {
    func live() -> APIResponse { APIResponse(["status": "ok"]) }

    func ready() throws -> APIResponse {
        do {
            _ = try engine.store.lastInstanceID()
        } catch {
            throw Problem.store(error)
        }
        return APIResponse(["status": "ok", "now": .string(engine.clock.now().rfc3339)])
    }

    func version() -> APIResponse {
        APIResponse(["name": "pawl", "version": .string(configuration.version), "api": "v1"])
    }

    func description() -> APIResponse {
        APIResponse(OpenAPI.document(RouteDeclaration.all, version: configuration.version))
    }
}
