import Definition
import Engine
import Execution
import Resources
import Values

/// Erasing a person's data.
extension API {
    /// So many of those that are waited for are named.
    private static let named = 200

    func erase(_ request: APIRequest) async throws -> APIResponse {
        var body = BodyMembers(
            try request.members(), known: ["person", "id", "reason", "dryRun"])
        let person = body.requiredString("person")
        let id = body.requiredString("id")
        let isDry = body.flag("dryRun")
        let reason = body.reason(isRequired: !isDry)
        try body.check()
        guard !isDry else {
            return APIResponse(try inspector.erasure(of: person, id).document(person, id))
        }
        let erasure = try await engine.erase(person, id, reason: reason, by: request.actor)
        logger.notice(
            "erasure begun",
            metadata: [
                "erasure": "\(erasure.order.number)", "person": "\(person)", "id": "\(id)",
                "reason": "\(reason)", "actor": "\(request.actor)", "request": "\(request.id)",
            ])
        return APIResponse(
            status: 201, headers: [("Location", "/v1/erasures/\(erasure.order.number)")],
            erasure.document)
    }

    func erasures(_ request: APIRequest) throws -> APIResponse {
        let count = Int(try request.number("count", in: 1...500, default: 50))
        let found = try inspector.erasures(before: try request.cursor(), count: count + 1)
        var body: ValueMap = ["erasures": .list(found.prefix(count).map(\.document))]
        if found.count > count {
            body["cursor"] = .string(Cursor.text(found[count - 1].order.number))
        }
        return APIResponse(.map(body))
    }

    func erasure(_ request: APIRequest) throws -> APIResponse {
        let text = request.parameter("erasure")
        guard let number = Int64(text), number > 0 else {
            throw Problem(
                .notFound, "there is no erasure \(text.quotable)",
                fix: "GET /v1/erasures lists them")
        }
        let erasure = try inspector.erasure(number)
        let awaited = try inspector.awaited(by: number, count: Self.named)
        var document = erasure.document.mapValue ?? ValueMap()
        document["awaits"] = .list(awaited.map(\.document))
        return APIResponse(.map(document))
    }
}
