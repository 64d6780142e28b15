import Values

/// Open incidents: by cause, or those of one cause.
struct IncidentsPage: PageContent {
    static let template = "incidents"
    let title = "Incidents"
    let section = Section.incidents

    struct Group: Sendable {
        let number: String
        let cause: Prose
        let span: String
        let path: String
        let batch: String
    }

    struct Row: Sendable {
        let number: String
        let link: InstanceLink
        let error: String
        let message: String
        let opened: Moment?
        let retry: String
    }

    let cause: String?
    let groups: [Group]
    let hasGroups: Bool
    let rows: [Row]
    let hasRows: Bool
    let older: String?
    let isEmpty: Bool
    /// All of the cause, tried again together.
    let batch: String?
    let command: String

    private static let count = 50

    init(_ visit: Visit) async throws {
        let now = visit.now
        cause = visit.request.option("cause")
        if let cause {
            groups = []
            var query = [("cause", cause), ("count", "\(Self.count)")]
            if let cursor = visit.request.option("cursor") { query.append(("cursor", cursor)) }
            let page = try await visit.get("/v1/incidents", query)
            rows = (page["incidents"]?.listValue ?? []).compactMap { Self.row($0, now) }
            older = page["cursor"]?.stringValue.map {
                "/incidents?cause=\(cause.urlEncoded)&cursor=\($0.urlEncoded)"
            }
            command = visit.line(["incidents", "--cause", cause])
        } else {
            rows = []
            older = nil
            let page = try await visit.get("/v1/incident-groups", [("count", "500")])
            groups = (page["groups"]?.listValue ?? []).map { Self.group($0, now) }
            command = visit.line(["incidents", "--group"])
        }
        batch = rows.count > 1 ? cause.map(BatchPage.path) : nil
        hasGroups = !groups.isEmpty
        hasRows = !rows.isEmpty
        isEmpty = groups.isEmpty && rows.isEmpty
    }

    private static func group(_ group: Value, _ now: Timestamp?) -> Group {
        let cause = group["cause"]?.stringValue ?? ""
        let span = [group["firstAt"], group["lastAt"]].compactMap {
            Moment($0?.stringValue, now: now)?.text
        }
        return Group(
            number: (group["count"]?.intValue ?? 0).grouped, cause: Prose("`\(cause)`"),
            span: span.first == span.last ? span.first ?? "" : span.joined(separator: " – "),
            path: "/incidents?cause=" + cause.urlEncoded, batch: BatchPage.path(ofCause: cause))
    }

    private static func row(_ incident: Value, _ now: Timestamp?) -> Row? {
        guard let link = InstanceLink(incident["instance"]?.stringValue) else { return nil }
        let number = incident["number"]?.intValue ?? 0
        return Row(
            number: "\(number)", link: link, error: incident["error"]?.stringValue ?? "",
            message: incident["message"]?.stringValue ?? "",
            opened: Moment(incident["openedAt"]?.stringValue, now: now),
            retry: "\(link.path)/do/retry?incident=\(number)")
    }
}
