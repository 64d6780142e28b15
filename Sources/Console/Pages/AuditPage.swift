import Values

/// Who did what, newest first.
struct AuditPage: PageContent {
    static let template = "audit"
    let title = "Audit"
    let section = Section.audit

    struct Row: Sendable {
        let number: String
        let at: Moment?
        let actor: String
        /// Who really asked, and by what that is known.
        let proof: String?
        let deed: String
        /// Of an instance.
        let link: InstanceLink?
        let target: String
        let outcome: String
        let reason: String

        init(_ row: Value, _ now: Timestamp?) {
            number = "\(row["sequence"]?.intValue ?? 0)"
            at = Moment(row["at"]?.stringValue, now: now)
            actor = row["actor"]?.stringValue ?? ""
            let words = [row["principal"], row["provenBy"]].compactMap { $0?.stringValue }
            proof = words.isEmpty ? nil : words.joined(separator: ", ")
            deed = row["deed"]?.stringValue ?? ""
            target = row["target"]?.stringValue ?? ""
            link = target.contains("/") && !target.contains(" ") ? InstanceLink(target) : nil
            outcome = row["outcome"]?.stringValue ?? ""
            reason = row["reason"]?.stringValue ?? ""
        }
    }

    let filter: String
    let rows: [Row]
    let isEmpty: Bool
    let isFiltered: Bool
    let older: String?
    let newest: String?
    let command: String
    let verify: String

    init(_ visit: Visit) async throws {
        let filter = visit.request.option("filter") ?? ""
        self.filter = filter
        let cursor = visit.request.option("cursor")
        var query = filter.isEmpty ? [] : [("filter", filter)]
        let asked = query
        if let cursor { query.append(("cursor", cursor)) }
        let page = try await visit.get("/v1/audit", query)
        rows = (page["rows"]?.listValue ?? []).map { Row($0, visit.now) }
        isEmpty = rows.isEmpty
        isFiltered = !filter.isEmpty
        older = page["cursor"]?.stringValue.map { Self.path(asked + [("cursor", $0)]) }
        newest = cursor == nil ? nil : Self.path(asked)
        command = visit.line(["audit"] + (filter.isEmpty ? [] : ["-f", filter]))
        verify = visit.line(["audit", "verify"])
    }

    private static func path(_ query: [(String, String)]) -> String {
        query.isEmpty
            ? "/audit"
            : "/audit?" + query.map { "\($0.0)=\($0.1.urlEncoded)" }.joined(separator: "&")
    }
}
