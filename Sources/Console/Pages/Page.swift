import Values

/// The pages by their paths.
enum Page {
    /// What a path of the console begins with; the home page has none.
    static let firstSegments = [
        "assets", "instances", "workflows", "schedules", "tasks", "incidents", "adapters", "events",
        "operations", "paused", "money", "system", "alerts", "audit",
        "keys", "who", "theme", "live", "login", "logout",
    ]

    static func answer(_ visit: Visit) async throws -> ConsoleResponse {
        let path = visit.request.segments
        switch (visit.request.method, path.first, path.count) {
        case ("GET", nil, _): return await visit.page(try await TriagePage(visit))
        case ("GET", "instances", 1): return try await InstancesPage.answer(visit)
        case ("GET", "instances", 3): return await visit.page(try await InstancePage(visit))
        case ("GET", "instances", 4) where path[3] == "members":
            return await visit.page(try await MembersPage(visit))
        case ("GET", "instances", 4) where path[3] == "path":
            return await visit.page(try await PathPage(visit))
        case ("GET", "instances", 5) where path[3] == "do":
            return try await ActionPage.ask(visit)
        case ("POST", "instances", 5) where path[3] == "do":
            return try await ActionPage.carryOut(visit)
        case ("GET", "incidents", 1): return await visit.page(try await IncidentsPage(visit))
        case ("GET", "tasks", 1): return await visit.page(try await TasksPage(visit))
        case ("GET", "tasks", 4): return await visit.page(try await TaskPage(visit))
        case ("POST", "tasks", 4): return try await TaskPage.decide(visit)
        case ("GET", "workflows", 1): return await visit.page(try await WorkflowsPage(visit))
        case ("GET", "workflows", 2): return await visit.page(try await WorkflowPage(visit))
        case ("POST", "workflows", 2): return try await WorkflowPage.act(visit)
        case ("GET", "workflows", 3) where path[2] == "difference":
            return await visit.page(try await DifferencePage(visit))
        case ("GET", "schedules", 1): return await visit.page(try await SchedulesPage(visit))
        case ("GET", "schedules", 2): return await visit.page(try await SchedulePage(visit))
        case ("POST", "schedules", 2): return try await SchedulePage.act(visit)
        case ("GET", "operations", 1): return await visit.page(try await OperationsPage(visit))
        case ("GET", "operations", 2) where path[1] == "new":
            return await visit.page(try await BatchPage(visit))
        case ("POST", "operations", 2) where path[1] == "new":
            return try await BatchPage.carryOut(visit)
        case ("GET", "operations", 2): return await visit.page(try await OperationPage(visit))
        case ("POST", "operations", 2): return try await OperationPage.steer(visit)
        case ("GET", "paused", 1): return await visit.page(try await PausedPage(visit))
        case ("GET", "money", 1): return await visit.page(try await MoneyPage(visit))
        case ("POST", "money", 1): return try await MoneyPage.hold(visit)
        case ("POST", "money", 2): return try await MoneyPage.release(visit)
        case ("GET", "alerts", 1): return await visit.page(try await AlertsPage(visit))
        case ("POST", "alerts", 2): return try await AlertsPage.acknowledge(visit)
        case ("GET", "events", 1): return await visit.page(try await EventsPage(visit))
        case ("GET", "audit", 1): return await visit.page(try await AuditPage(visit))
        case ("GET", "adapters", 1): return await visit.page(try await AdaptersPage(visit))
        case ("GET", "adapters", 2): return await visit.page(try await AdapterPage(visit))
        case ("POST", "adapters", 2): return try await AdapterPage.act(visit)
        case ("GET", "system", 1): return await visit.page(try await SystemPage(visit))
        case ("GET", "keys", 1): return await visit.page(KeysPage())
        case ("GET", "who", 1):
            if let visitor = visit.api.visitor {
                return await visit.page(VisitorPage(visitor, visit))
            }
            return await visit.page(WhoPage(visit))
        case ("POST", "who", 1): return await WhoPage.answer(visit)
        case ("POST", "theme", 1): return ThemeChoice.answer(visit)
        default:
            throw APIProblem(
                status: 404, detail: "there is no page at /\(path.joined(separator: "/"))",
                fix: "the menu leads to all there are")
        }
    }
}

/// Entries of the menu.
enum Section: String, CaseIterable, Sendable {
    case triage, incidents, alerts, tasks, operations, instances, workflows, schedules, adapters,
        events
    case system, audit
    /// A page that is in no menu.
    case none

    var path: String { self == .triage ? "/" : "/" + rawValue }
    var name: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

    /// What needs you; what there is; what it runs on.
    static let groups: [[Section]] = [
        [.triage, .incidents, .alerts, .tasks, .operations],
        [.instances, .workflows, .schedules, .adapters, .events], [.system, .audit],
    ]
}
