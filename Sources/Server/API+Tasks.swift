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
        var filter = request.option("filter") ?? ""
        let authority = request.authority
        // Whoever may do tasks and look at none is shown those that they can do.
        if let authority, !authority.maySomewhere(.read) { filter += " can:me" }
        let page = try inspector.tasks(
            filter, as: request.actor, after: after,
            count: Int(try request.number("count", in: 1...500, default: 50)))
        guard let authority, !authority.mayEverywhere(.read) else { return APIResponse(page) }
        return APIResponse(try inspector.seen(page, by: authority))
    }

    func instanceTasks(_ request: APIRequest) throws -> APIResponse {
        let view = try view(request)
        return APIResponse([
            "name": .string(view.row.name.description),
            "tasks": .list(view.tasks.filter { request.seesTask($0, of: view) }),
        ])
    }

    /// One of them, by its number, with its revision as the entity tag.
    func instanceTask(_ request: APIRequest) throws -> APIResponse {
        let view = try view(request)
        let number = try taskNumber(request)
        let tasks = view.tasks.filter { request.seesTask($0, of: view) }
        let found = number.map { view.task($0) } ?? (tasks.count == 1 ? tasks.first : nil)
        guard let task = found, request.seesTask(task, of: view) else {
            throw Problem(
                .notFound,
                "\(view.row.name) has no open task `\(request.parameter("task").quotable)`",
                fix: "the list of its tasks is one level up")
        }
        let tag = [task["task"], task["revision"]].map { String($0?.intValue ?? 0) }
        return APIResponse(headers: [("ETag", "\"\(tag.joined(separator: "-"))\"")], task)
    }

    /// Which task is meant, and at which revision it was seen: by the path and the entity tag.
    func seenTask(
        _ request: APIRequest, isRequired: Bool
    ) throws(Problem) -> (task: Int64?, revision: Int64?) {
        let number = try taskNumber(request)
        let seen = try seen(request, isRequired: isRequired)
        if let seen, let number, seen.task != number {
            throw Problem(
                .malformed,
                "the ETag is that of task \(seen.task), and task \(number) is addressed",
                fix: "send the ETag of the very task")
        }
        // Whoever has seen one means that one, whatever is open now.
        return (number ?? seen?.task, seen?.revision)
    }

    private func taskNumber(_ request: APIRequest) throws(Problem) -> Int64? {
        let text = request.parameter("task")
        let number = Int64(text)
        guard text == Self.onlyTask || number != nil else {
            throw Problem(
                .notFound, "`\(text.quotable)` is no task", fix: "a number, or `only`")
        }
        return number
    }

    /// `If-Match: "7-4"`, the task and its revision, or `*` of whoever did not look.
    private func seen(
        _ request: APIRequest, isRequired: Bool
    ) throws(Problem) -> (task: Int64, revision: Int64)? {
        guard let text = request.ifMatch else {
            guard !isRequired else {
                throw Problem(
                    .preconditionRequired, "the header If-Match is missing",
                    fix: "send the task's ETag, which says what you saw, or `*`")
            }
            return nil
        }
        if text == "*" { return nil }
        let parts = text.dropFirst().dropLast().split(
            separator: "-", omittingEmptySubsequences: false
        ).map { part in
            part.utf8.allSatisfy { (48...57).contains($0) } ? Int64(part) : nil
        }
        guard text.hasPrefix("\""), text.hasSuffix("\""), parts.count == 2,
            let task = parts[0], let revision = parts[1]
        else {
            throw Problem(
                .malformed, "`\(text.quotable)` is no ETag of a task",
                fix: "one entity tag like \"7-4\", or `*`")
        }
        return (task, revision)
    }

    /// In place of a number: the one that is open.
    private static let onlyTask = "only"
}
