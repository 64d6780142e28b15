import Definition
import Engine
import Execution

/// Tasks for people: who has what to do, and what they say.
extension API {
    func tasks(_ request: APIRequest) throws -> APIResponse {
        let after = try request.option("cursor").map { (text) throws(Refusal) in
            guard let position = TaskPosition(cursor: text) else {
                throw .query("cursor", "`\(text.quotable)` did not come from this API")
            }
            return position
        }
        return APIResponse(
            try inspector.tasks(
                TaskQuery(
                    role: request.option("role"), assignee: try assignee(request), after: after,
                    count: Int(try request.number("count", in: 1...500, default: 50)))))
    }

    /// `assignee=ana`, or `assignee=` for those that nobody has.
    private func assignee(_ request: APIRequest) throws -> TaskQuery.Assignee? {
        request.option("assignee").map { $0.isEmpty ? .nobody : .subject($0) }
    }

    func instanceTasks(_ request: APIRequest) throws -> APIResponse {
        let view = try view(request)
        return APIResponse([
            "name": .string(view.row.name.description), "tasks": .list(view.tasks),
        ])
    }

    func claim(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["dryRun"], isOptional: true)
        return try await act("task claimed", .claim, &body, request)
    }

    func release(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["dryRun"], isOptional: true)
        return try await act("task released", .release, &body, request)
    }

    func assignTask(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["to", "dryRun"])
        let subject = body.requiredString("to")
        return try await act("task assigned", .assign(to: subject), &body, request)
    }

    func remind(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["dryRun"], isOptional: true)
        return try await act("reminder sent", .remind, &body, request)
    }

    func decide(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["outcome", "form", "comment", "dryRun"])
        let decision = TaskDecision(
            body.requiredString("outcome"), form: .map(body.object("form")),
            comment: body.string("comment", limit: 4000) ?? "")
        return try await act("task decided", .decide(decision), &body, request)
    }

    private func act(
        _ what: String, _ action: TaskAction, _ body: inout BodyMembers, _ request: APIRequest
    ) async throws -> APIResponse {
        let text = request.parameter("task")
        let number = Int64(text)
        guard text == Self.onlyTask || number != nil else {
            throw Problem(
                .notFound, "`\(text.quotable)` is no task", fix: "a number, or `only`")
        }
        let input = Input.task(number, action, actor: request.actor)
        return try await act(what, input, "", &body, request)
    }

    /// In place of a number: the one that is open.
    private static let onlyTask = "only"
}
