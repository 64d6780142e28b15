import Definition
import Resources

extension API {
    /// Whoever may not is refused before anything of the answer is made.
    func answer(_ route: RouteDeclaration, _ request: APIRequest) async throws -> APIResponse {
        do {
            try authorize(route, request)
            return try await answer(route.endpoint, request)
        } catch let problem as Problem where problem.code == .forbidden {
            try await recordRefusal(
                route, by: request.actor, request.authority, request.id, problem)
            throw problem
        }
    }

    /// What answers each endpoint: one place, which the compiler holds complete.
    private func answer(_ endpoint: Endpoint, _ request: APIRequest) async throws -> APIResponse {
        switch endpoint {
        case .live: live()
        case .ready: try ready()
        case .version: version()
        case .system: try system()
        case .metrics: try metrics(request)
        case .description: description()
        case .clock: try clock()
        case .followClock: try await followClock(request)
        case .workflows: try workflows(request)
        case .workflow: try workflow(request)
        case .versionDifference: try versionDifference(request)
        case .adapters: try adapters()
        case .adapter: try adapter(request)
        case .instances: try list(request)
        case .incidents: try incidents(request)
        case .incidentGroups: try incidentGroups(request)
        case .pauseGroups: try pauseGroups(request)
        case .tasks: try tasks(request)
        case .substitutions: try substitutions(request)
        case .substitute: try await substitute(request)
        case .endSubstitution: try await endSubstitution(request)
        case .put: try await put(request)
        case .start: try await post(request)
        case .instance: try await instance(request)
        case .why: try why(request)
        case .neighbours: try neighbours(request)
        case .history: try await history(request)
        case .data: try await data(request)
        case .members: try members(request)
        case .actions: try actions(request)
        case .send: try await send(request)
        case .instanceTasks: try instanceTasks(request)
        case .instanceTask: try instanceTask(request)
        case .act(let action): try await act(action, request)
        case .correlate: try await correlate(request)
        case .events: try events(request)
        case .eventStream: try eventStream(request)
        case .schedules: try schedules(request)
        case .schedule: try schedule(request)
        case .operations: try operations(request)
        case .operation: try operation(request)
        case .operationItems: try operationItems(request)
        case .beginOperation: try await beginOperation(request)
        case .erasures: try erasures(request)
        case .erasure: try erasure(request)
        case .erase: try await erase(request)
        case .money: try money()
        case .moneyHolds: try moneyHolds()
        case .moneyHold: try moneyHold(request)
        case .holdMoney: try await holdMoney(request)
        case .releaseMoney: try await releaseMoney(request)
        case .steerOperation(let steering): try await steer(steering, request)
        case .alerts: try alerts(request)
        case .alert: try alert(request)
        case .acknowledgeAlert: try await acknowledge(request)
        case .testAlert: try await testAlert(request)
        case .silences: try silences(request)
        case .silence: try await silence(request)
        case .endSilence: try await endSilence(request)
        case .deliveries: try deliveries(request)
        case .redeliver: try await redeliver(request)
        case .retention: try retention()
        case .archived: try await archived(request)
        case .restoreArchived: try await restoreArchived(request)
        case .tokens: try tokens(request)
        case .issueToken: try await issueToken(request)
        case .revokeToken: try await revokeToken(request)
        case .whoami: whoami(request)
        case .sessions: sessions(request)
        case .endSessions: try await endSessions(request)
        case .statements: statements()
        case .statement: try statement(request)
        case .statementDocument: try statementDocument(request)
        case .audit: try audit(request)
        case .putAttachment: try await putAttachment(request)
        case .attachment: try await attachment(request)
        case .startFromOutside: try await startFromOutside(request)
        }
    }
}
