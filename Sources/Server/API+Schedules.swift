import Definition
import Engine
import Execution
import Resources

/// Instances that start by the clock.
extension API {
    func schedules(_ request: APIRequest) throws -> APIResponse {
        let views = try inspector.schedules().filter { view in
            // What a schedule starts is everybody's.
            request.authority.map { $0.verdict(.read, view.schedule.workflow) == .allowed } ?? true
        }
        return APIResponse(["schedules": .list(views.map(\.document))])
    }

    func schedule(_ request: APIRequest) throws -> APIResponse {
        let rows = Int(try request.number("count", in: 1...500, default: 20))
        let view = try inspector.schedule(of: request.parameter("workflow"), rows: rows)
        return APIResponse(view.document)
    }

    /// With `dryRun` nothing changes: the answer says what would come of it; of a backfill it lists the occurrences, and
    /// which of them made an instance already.
    func carryOutOnSchedule(
        _ request: ActionRequest, _ asked: APIRequest
    ) async throws -> APIResponse {
        guard let action = request.scheduleAction else {
            throw Problem(
                .internalError, "`\(request.declaration.verb.rawValue)` is not done to a schedule")
        }
        if request.isDry, case .backfill(let from, let to, _) = action {
            let workflow = asked.parameter("workflow")
            return APIResponse(try inspector.backfill(of: workflow, from: from, to: to))
        }
        return try await carryOut(action, asked, isDry: request.isDry)
    }

    private func carryOut(
        _ action: ScheduleAction, _ request: APIRequest, isDry: Bool
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
