import Definition
import Engine
import Execution
import Resources
import Values

/// What is kept how long, and what the archive has of what is gone.
extension API {
    func retention() throws -> APIResponse {
        APIResponse(try inspector.retention(engine.retention).document)
    }

    func archived(_ request: APIRequest) async throws -> APIResponse {
        let document = try await find(request)
        let definition = engine.catalog.definition(
            document.name.workflow, version: document.version)
        return APIResponse(document.document(masking: definition?.sensitive ?? .nothing))
    }

    private func find(_ request: APIRequest) async throws -> InstanceDocument {
        let name = InstanceName(
            workflow: request.parameter("workflow"), key: request.parameter("key"))
        let found: InstanceDocument?
        do throws(StoreError) {
            found = try await engine.retention?.find(name)
        } catch {
            throw Problem.store(error)
        }
        guard let found else {
            throw Problem(
                .unknownInstance, "the archive has no \(name)",
                fix: "`pawl why \(name.pasted)` shows one that is not gone; "
                    + "`pawl retention` says what goes when")
        }
        return found
    }

    func restoreArchived(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["until", "reason"])
        let now = inspector.now
        let until = body.moment("until")?.ceilingToMilliseconds
        if let until, until <= now { body.note("/until", "it must be later than now") }
        let reason = body.reason(isRequired: true)
        try body.check()
        guard let desk = engine.retention, let until else { return APIResponse([:]) }
        let document = try await find(request)
        try await desk.putBack(document, until: until, by: request.actor)
        logger.notice(
            "put back from the archive",
            metadata: [
                "instance": "\(document.name)", "until": "\(until.rfc3339)",
                "actor": "\(request.actor)", "reason": "\(reason)", "request": "\(request.id)",
            ])
        return APIResponse([
            "name": .string(document.name.description), "until": .string(until.rfc3339),
        ])
    }
}
