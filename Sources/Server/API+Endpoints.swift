import Resources

extension API {
    /// What answers each endpoint: one place, which the compiler holds complete.
    func answer(_ endpoint: Endpoint, _ request: APIRequest) async throws -> APIResponse {
        switch endpoint {
        case .live: live()
        case .ready: try ready()
        case .version: version()
        case .description: description()
        case .workflows: try workflows()
        case .workflow: try workflow(request)
        case .versionDifference: try versionDifference(request)
        case .adapters: try adapters()
        case .adapter: try adapter(request)
        case .instances: try list(request)
        case .incidents: try incidents(request)
        case .incidentGroups: try incidentGroups(request)
        case .tasks: try tasks(request)
        case .substitutions: try substitutions(request)
        case .substitute: try await substitute(request)
        case .endSubstitution: try await endSubstitution(request)
        case .put: try await put(request)
        case .start: try await post(request)
        case .instance: try await instance(request)
        case .why: try why(request)
        case .history: try history(request)
        case .data: try data(request)
        case .members: try members(request)
        case .actions: try actions(request)
        case .send: try await send(request)
        case .instanceTasks: try instanceTasks(request)
        case .instanceTask: try instanceTask(request)
        case .act(let action): try await act(action, request)
        case .correlate: try await correlate(request)
        case .events: try events(request)
        case .schedules: try schedules()
        case .schedule: try schedule(request)
        case .operations: try operations(request)
        case .operation: try operation(request)
        case .operationItems: try operationItems(request)
        case .beginOperation: try await beginOperation(request)
        case .steerOperation(let steering): try await steer(steering, request)
        case .putAttachment: try await putAttachment(request)
        case .attachment: try await attachment(request)
        case .startFromOutside: try await startFromOutside(request)
        }
    }
}
