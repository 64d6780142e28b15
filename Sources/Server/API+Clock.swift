import Definition
import Engine
import Execution
import Resources
import Values

extension API {
    func clock() throws -> APIResponse { APIResponse(.map(try standingOfClock().document)) }

    func followClock(_ request: APIRequest) async throws -> APIResponse {
        var body = BodyMembers(try request.members(), known: ["reason"])
        let reason = body.reason(isRequired: true)
        try body.check()
        let before = try standingOfClock()
        if let jump = before.jump {
            try await engine.record(
                AuditEntry(
                    .clockFollow, by: request.actor, AuditTarget("clock"),
                    ["by": .string(jump.by.shortText)], reason: reason))
        }
        engine.clock.follow()
        let after = try standingOfClock()
        if before.jump != nil {
            logger.notice(
                "wall clock followed",
                metadata: [
                    "by": "\(before.jump?.by.shortText ?? "")", "now": "\(after.store.rfc3339)",
                    "reason": "\(reason)", "actor": "\(request.actor)", "request": "\(request.id)",
                ])
        }
        return APIResponse(.map(after.document))
    }

    private func standingOfClock() throws(Problem) -> ClockStanding {
        guard let standing = engine.clock.standing else {
            throw Problem(
                .notFound, "this engine follows no wall clock",
                fix: "its time is made by the application that it is a part of")
        }
        return standing
    }
}
