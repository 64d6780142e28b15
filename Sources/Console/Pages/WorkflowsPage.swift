import Values

/// Workflows with what runs on each version.
struct WorkflowsPage: PageContent {
    static let template = "workflows"
    let title = "Workflows"
    let section = Section.workflows

    struct Row: Sendable {
        let name: String
        let path: String
        let text: String
        let version: String
        let running: String
        let instances: String
        let stuck: String
        let isStuck: Bool
        let stuckPath: String
        let isRemoved: Bool
        let isPaused: Bool
    }

    let rows: [Row]

    init(_ visit: Visit) async throws {
        var rows: [Row] = []
        for workflow in try await visit.get("/v1/workflows")["workflows"]?.listValue ?? [] {
            let name = workflow["name"]?.stringValue ?? ""
            let running = Total(runningOn: workflow["versions"]?.listValue ?? [])
            let filter = "workflow:\(name) health:stuck"
            let stuck = try await visit.total(filter)
            rows.append(
                Row(
                    name: name, path: "/workflows/\(name.urlEncoded)",
                    text: workflow["description"]?.stringValue ?? "",
                    version: workflow["version"]?.intValue.map { "\($0)" } ?? "–",
                    running: running.text,
                    instances: "/instances?filter="
                        + "workflow:\(name) status:running".urlEncoded,
                    stuck: stuck.text, isStuck: stuck.number > 0,
                    stuckPath: "/instances?filter=" + filter.urlEncoded,
                    isRemoved: workflow["removed"]?.boolValue ?? false,
                    isPaused: workflow["pause"] != nil))
        }
        self.rows = rows
    }
}
