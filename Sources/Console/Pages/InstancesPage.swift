import Execution
import Values

/// The list: one search box whose grammar is also the command line's and the API's.
struct InstancesPage: PageContent {
    static let template = "instances"
    let title = "Instances"
    let section = Section.instances

    struct Row: Sendable {
        let health: HealthMark
        let link: InstanceLink
        /// Its page knows from which list somebody came.
        let path: String
        let version: String
        let state: String
        let moreStates: String?
        let why: Prose
        let updated: Moment?
    }

    struct Filter: Sendable {
        let word: String
        let path: String
        let isCurrent: Bool
    }

    let filter: String
    let problem: String?
    let fix: String?
    let rows: [Row]
    let isEmpty: Bool
    let total: String
    let shown: String
    let older: String?
    let newest: String?
    let saved: [Filter]
    let command: String
    /// Leads to one action on all of them; nil: it would be on every instance there ever was.
    let batch: String?
    let batchText: String
    let hint: Prose?

    /// A lone name is what somebody pastes: it leads to its page.
    static func answer(_ visit: Visit) async throws -> ConsoleResponse {
        let filter = visit.request.option("filter") ?? ""
        if let link = InstanceLink(filter), !filter.contains(" "),
            !filter.contains(":") || !link.workflow.contains(":"),
            (try? await visit.get(link.resource)) != nil
        {
            return .seeOther(link.path)
        }
        return await visit.page(try await InstancesPage(visit))
    }

    private static let count = 50

    init(_ visit: Visit) async throws {
        let asked = visit.request.option("filter") ?? ""
        // A word alone is a key, or the beginning of one.
        let filter = Self.isPlainWord(asked) ? "key:\(asked)*" : asked
        let cursor = visit.request.option("cursor")
        var query = [("filter", filter), ("count", "\(Self.count)")]
        if let cursor { query.append(("cursor", cursor)) }
        let now = visit.now
        self.filter = filter
        saved = Self.saved.map { word, text in
            Filter(
                word: word, path: "/instances" + (text.isEmpty ? "" : "?filter=" + text.urlEncoded),
                isCurrent: text == filter)
        }
        command =
            visit.line(["ls"] + (filter.isEmpty ? [] : ["-f", filter]))
        do {
            let page = try await visit.get("/v1/instances", query)
            problem = nil
            fix = nil
            rows = (page["instances"]?.listValue ?? []).map { Self.row($0, filter, now) }
            total = Total(page).words
            hint = (page["hint"]?.stringValue).map { Prose($0.capitalisedFirst) }
            let all = Total(page).number
            batch =
                filter.isEmpty || all == 0
                ? nil : BatchPage.path(Self.firstVerb(filter), of: filter)
            batchText =
                all == 1
                ? "Act on this one…"
                : "Act on \(Total(page).isLeast ? "all of them" : "these \(all.grouped)")…"
            older = page["cursor"]?.stringValue.map {
                "/instances?filter=\(filter.urlEncoded)&cursor=\($0.urlEncoded)"
            }
        } catch let refusal as APIProblem where refusal.status == 422 {
            problem = refusal.detail
            fix = refusal.fix
            rows = []
            total = "0"
            older = nil
            batch = nil
            batchText = ""
            hint = nil
        }
        isEmpty = rows.isEmpty && problem == nil
        shown = Int64(rows.count).grouped
        newest = cursor == nil ? nil : "/instances?filter=\(filter.urlEncoded)"
    }

    private static let saved = [
        ("All", ""), ("Need a person", "health:stuck"), ("Blocked", "health:blocked"),
        ("Overdue", "health:overdue"), ("Failing", "health:failing"), ("Paused", "is:paused"),
        ("Running", "status:running"), ("Failed", "status:failed"),
    ]

    /// What comes first to mind; the form has the others.
    private static func firstVerb(_ filter: String) -> ActionVerb {
        let terms = filter.split(separator: " ")
        if terms.contains(where: { $0 == "is:paused" || $0 == "paused" || $0.hasPrefix("paused:") })
        {
            return .resume
        }
        return terms.contains("health:blocked") ? .retry : .pause
    }

    private static func isPlainWord(_ text: String) -> Bool {
        !text.isEmpty && text != "paused" && !text.contains { " :=<>*\"".contains($0) }
    }

    private static func row(_ instance: Value, _ filter: String, _ now: Timestamp?) -> Row {
        let states = instance["states"]?.listValue?.compactMap(\.stringValue) ?? []
        let status = instance["status"]?.stringValue ?? ""
        let link = InstanceLink(
            workflow: instance["workflow"]?.stringValue ?? "",
            key: instance["key"]?.stringValue ?? "")
        return Row(
            health: HealthMark(
                health: instance["health"]?.stringValue ?? "", status: status,
                isPaused: instance["paused"] != nil),
            link: link, path: link.path + (filter.isEmpty ? "" : "?in=" + filter.urlEncoded),
            version: (instance["version"]?.intValue ?? 0).grouped,
            state: states.first ?? status,
            moreStates: states.count > 1 ? "+\(states.count - 1)" : nil,
            why: Prose(instance["why"]?.stringValue ?? ""),
            updated: Moment(instance["updatedAt"]?.stringValue, now: now))
    }
}
