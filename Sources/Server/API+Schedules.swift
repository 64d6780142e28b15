import Engine
import Execution
import Foundation

/// Instances that start by the clock.
extension API {
    func schedules() throws -> APIResponse {
        APIResponse(["schedules": .list(try inspector.schedules().map(\.document))])
    }

    func schedule(_ request: APIRequest) throws -> APIResponse {
        let rows = Int(try request.number("count", in: 1...500, default: 20))
        let view = try inspector.schedule(of: request.parameter("workflow"), rows: rows)
        return APIResponse(view.document)
    }

    func pauseSchedule(_ request: APIRequest) async throws -> APIResponse {
        try await act(request) { .pause(reason: $0) }
    }

    func resumeSchedule(_ request: APIRequest) async throws -> APIResponse {
        try await act(request) { .resume(reason: $0) }
    }

    /// With `dryRun` nothing changes: the answer says what would come of it.
    func runSchedule(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["reason", "dryRun"])
        let isDry = body.flag("dryRun")
        let reason = isDry ? "" : body.requiredString("reason", limit: 1000)
        try body.check()
        return try await carryOut(.run(reason: reason), request, isDry: isDry)
    }

    private func act(
        _ request: APIRequest, _ action: (String) -> ScheduleAction
    ) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["reason"])
        let reason = body.requiredString("reason", limit: 1000)
        try body.check()
        return try await carryOut(action(reason), request)
    }

    /// With `dryRun` nothing changes: the occurrences are listed, and which of them made an instance already.
    func backfillSchedule(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["from", "to", "reason", "dryRun"])
        let from = body.moment("from")
        let to = body.moment("to")
        let isDry = body.flag("dryRun")
        let reason = isDry ? "" : body.requiredString("reason", limit: 1000)
        if let from, let to, from >= to {
            body.note("/to", "it must be later than `from`")
        }
        try body.check()
        guard let from, let to else { return APIResponse([:]) }
        if isDry {
            let workflow = request.parameter("workflow")
            return APIResponse(try inspector.backfill(of: workflow, from: from, to: to))
        }
        return try await carryOut(.backfill(from: from, to: to, reason: reason), request)
    }

    private func carryOut(
        _ action: ScheduleAction, _ request: APIRequest, isDry: Bool = false
    ) async throws -> APIResponse {
        let workflow = request.parameter("workflow")
        let effect = try await engine.act(
            onScheduleOf: workflow, action, actor: request.actor, isDry: isDry)
        var map = effect.document
        if isDry { map["dryRun"] = true }
        map["schedule"] = try inspector.schedule(of: workflow).document
        return APIResponse(.map(map))
    }
}
