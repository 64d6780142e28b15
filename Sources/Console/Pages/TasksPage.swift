import Values

/// Tasks for people, the most urgent first, by the filter of `pawl tasks`.
struct TasksPage: PageContent {
    static let template = "tasks"
    let title = "Tasks"
    let section = Section.tasks

    struct Row: Sendable {
        let title: String
        let path: String
        let instance: InstanceLink
        let who: String
        let due: Moment?
        let isOverdue: Bool
        let state: String
    }

    let filter: String
    let rows: [Row]
    let isEmpty: Bool
    let shown: String
    let older: String?
    let problem: String?
    let fix: String?
    let saved: [InstancesPage.Filter]
    let command: String

    init(_ visit: Visit) async throws {
        let now = visit.now
        let filter = visit.request.option("filter") ?? ""
        self.filter = filter
        saved = [("All open", ""), ("Mine", "assignee:me"), ("Overdue", "overdue")].map {
            word, text in
            InstancesPage.Filter(
                word: word, path: "/tasks" + (text.isEmpty ? "" : "?filter=" + text.urlEncoded),
                isCurrent: text == filter)
        }
        var query = [("filter", filter), ("count", "50")]
        if let cursor = visit.request.option("cursor") { query.append(("cursor", cursor)) }
        do {
            let page = try await visit.get("/v1/tasks", query)
            rows = (page["tasks"]?.listValue ?? []).compactMap { Self.row($0, now) }
            older = page["cursor"]?.stringValue.map {
                "/tasks?filter=\(filter.urlEncoded)&cursor=\($0.urlEncoded)"
            }
            (problem, fix) = (nil, nil)
        } catch let refusal as APIProblem where refusal.status == 422 {
            (rows, older) = ([], nil)
            (problem, fix) = (refusal.detail, refusal.fix)
        }
        isEmpty = rows.isEmpty && problem == nil
        shown = Int64(rows.count).grouped
        command =
            visit.act(["tasks"] + (filter.isEmpty ? [] : ["-f", filter]))
    }

    private static func row(_ task: Value, _ now: Timestamp?) -> Row? {
        guard let link = InstanceLink(task["name"]?.stringValue) else { return nil }
        let holder = task["claimedBy"]?.stringValue ?? task["assignee"]?.stringValue
        return Row(
            title: task["title"]?.stringValue ?? "",
            path: "/tasks/\(link.workflow.urlEncoded)/\(link.key.urlEncoded)/"
                + "\(task["task"]?.intValue ?? 0)",
            instance: link, who: holder ?? task["role"]?.stringValue.map { "any \($0)" } ?? "",
            due: Moment(task["due"]?.stringValue, now: now),
            isOverdue: task["isOverdue"]?.boolValue ?? false,
            state: task["state"]?.stringValue ?? "")
    }
}
