import Definition
import Engine
import Execution
import Resources
import Values

/// Who does the tasks of whom meanwhile.
extension API {
    func substitutions(_ request: APIRequest) throws -> APIResponse {
        APIResponse(["substitutions": .list(try inspector.substitutions().map(\.document))])
    }

    /// Makes one, or says another end of it.
    func substitute(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(
            request, known: ["for", "by", "from", "until", "workflows", "reason"])
        let (absent, by) = parties(&body)
        let now = inspector.now
        let from = body["from"] == nil ? now : body.moment("from")
        let until = body.moment("until")
        let reason = body.string("reason", limit: 1000) ?? ""
        let workflows = body.strings("workflows")
        for workflow in workflows where inspector.catalog.current(workflow) == nil {
            body.note("/workflows", "there is no workflow \(workflow.quotable)")
        }
        if let from, let until {
            if until <= from { body.note("/until", "it must be later than `from`") }
            if until - from > Substitution.maximumLength {
                body.note("/until", "a year at most: say it again when that is over")
            }
        }
        try body.check()
        guard let absent, let by, let from, let until else { return APIResponse([:]) }
        try mayChange(absent, request.actor)
        let substitution = Substitution(
            of: absent, by: by, from: from, until: until, workflows: workflows, reason: reason)
        try await engine.update(.set(substitution))
        log("substitution set", substitution.absent, by, request)
        return APIResponse(substitution.document)
    }

    func endSubstitution(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["for", "by"])
        let (absent, by) = parties(&body)
        try body.check()
        guard let absent, let by else { return APIResponse([:]) }
        try mayChange(absent, request.actor)
        try await engine.update(.endSubstitution(of: absent, by: by))
        log("substitution ended", absent, by, request)
        return APIResponse(["for": .string(absent.description), "by": .string(by.description)])
    }

    private func parties(
        _ body: inout BodyMembers
    ) -> (absent: Substitution.Absent?, by: Actor?) {
        let absent = Substitution.Absent(body.requiredString("for"))
        if absent == nil { body.note("/for", "a role, or role/subject") }
        let by = try? Actor(header: body.requiredString("by"))
        if by == nil || by?.role == Actor.system.role {
            body.note("/by", "role/subject of somebody")
        }
        if let absent, let by, sameUTF8(absent.role, by.role),
            absent.subject.map({ sameUTF8($0, by.subject) }) ?? true
        {
            body.note("/by", "they can do that without standing in for anybody")
        }
        return (absent, by)
    }

    /// One's own tasks, those of one's role, or as who runs the engine.
    private func mayChange(_ absent: Substitution.Absent, _ actor: Actor) throws(Problem) {
        let isTheirs =
            sameUTF8(actor.role, absent.role)
            && (absent.subject.map { sameUTF8($0, actor.subject) } ?? true)
        guard isTheirs || actor.role == Actor.operatorRole || actor.role == Actor.system.role else {
            throw Problem(
                .forbidden, "\(actor) may not say who stands in for \(absent)",
                fix: "\(absent) says so, or an operator")
        }
    }

    private func log(
        _ what: String, _ absent: Substitution.Absent, _ by: Actor, _ request: APIRequest
    ) {
        logger.notice(
            "\(what)",
            metadata: [
                "for": "\(absent)", "by": "\(by)", "actor": "\(request.actor)",
                "request": "\(request.id)",
            ])
    }
}
