import Values

/// Everything that a person holds, and who: instances by who and why, workflows, adapters, schedules.
struct PausedPage: PageContent {
    static let template = "paused"
    let title = "Paused"
    let section = Section.triage

    /// A workflow, an adapter or a schedule.
    struct Other: Sendable {
        let name: String
        let kind: String
        let path: String
        let sentence: Prose
        let since: Moment?
    }

    let sentence: String
    let groups: [PausedGroup]
    let hasGroups: Bool
    /// There are more groups than are shown.
    let isCut: Bool
    let others: [Other]
    let hasOthers: Bool
    let isEmpty: Bool

    private static let groups = 200

    init(_ visit: Visit) async throws {
        let now = visit.now
        let all = try await visit.total("is:paused")
        let found = try await PausedGroup.list(visit, count: Self.groups + 1, now)
        groups = Array(found.prefix(Self.groups))
        hasGroups = !groups.isEmpty
        isCut = found.count > Self.groups
        let adapters = try await visit.get("/v1/adapters")["adapters"]?.listValue ?? []
        let workflows = try await visit.get("/v1/workflows")["workflows"]?.listValue ?? []
        let schedules = try await visit.get("/v1/schedules")["schedules"]?.listValue ?? []
        others =
            workflows.compactMap { Self.other($0, "workflow", "name", "/workflows/", now) }
            + adapters.compactMap { Self.other($0, "adapter", "name", "/adapters/", now) }
            + schedules.compactMap { Self.other($0, "schedule", "workflow", "/schedules/", now) }
        hasOthers = !others.isEmpty
        isEmpty = groups.isEmpty && others.isEmpty
        sentence =
            isEmpty
            ? "Nothing is paused."
            : "\(all.number == 1 ? "1 instance is" : "\(all.words) instances are") paused"
                + (others.isEmpty
                    ? "."
                    : ", and \(counted(Int64(others.count), "other thing", "other things")).")
    }

    private static func other(
        _ thing: Value, _ kind: String, _ name: String, _ path: String, _ now: Timestamp?
    ) -> Other? {
        guard let pause = thing["pause"] else { return nil }
        let name = thing[name]?.stringValue ?? ""
        let by = pause["by"]?.stringValue.map { "by `\($0)`" } ?? "by somebody"
        let why = pause["reason"]?.stringValue.map { ": \($0)" } ?? ""
        return Other(
            name: name, kind: kind, path: path + name.urlEncoded,
            sentence: Prose("Paused \(by)\(why)"),
            since: Moment(pause["at"]?.stringValue ?? pause["since"]?.stringValue, now: now))
    }
}

/// Instances that one person has paused for one reason.
struct PausedGroup: Sendable {
    let count: Int64
    let number: String
    let sentence: Prose
    let span: String
    let path: String
    let resume: String
    let filter: String

    static func list(
        _ visit: Visit, count: Int, _ now: Timestamp?
    ) async throws -> [PausedGroup] {
        let page = try await visit.get("/v1/pause-groups", [("count", "\(count)")])
        return (page["groups"]?.listValue ?? []).map { PausedGroup($0, now) }
    }

    private init(_ group: Value, _ now: Timestamp?) {
        count = group["count"]?.intValue ?? 0
        number = count.grouped
        let by = group["by"]?.stringValue ?? ""
        sentence = Prose("Paused by `\(by)`: \(group["reason"]?.stringValue ?? "")")
        let span = [group["firstAt"], group["lastAt"]].compactMap {
            Moment($0?.stringValue, now: now)?.text
        }
        self.span = span.first == span.last ? span.first ?? "" : span.joined(separator: " – ")
        filter = group["filter"]?.stringValue ?? "is:paused"
        path = "/instances?filter=" + filter.urlEncoded
        resume = BatchPage.path(.resume, of: filter)
    }
}
