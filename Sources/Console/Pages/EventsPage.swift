import Values

/// Events that moved nothing, the newest first, with what was near.
struct EventsPage: PageContent {
    static let template = "events"
    let title = "Events"
    let section = Section.events

    struct Choice: Sendable {
        let word: String
        let path: String
        let isCurrent: Bool
    }

    let event: String
    let workflow: String
    let outcome: String?
    let choices: [Choice]
    let rows: [EventLine]
    let isEmpty: Bool
    let isFiltered: Bool
    let older: String?
    let newest: String?
    let command: String

    private static let count = 50

    init(_ visit: Visit) async throws {
        let now = visit.now
        let asked = ["event", "workflow", "key", "outcome"].compactMap { name in
            visit.request.option(name).flatMap { $0.isEmpty ? nil : (name, $0) }
        }
        event = asked.first { $0.0 == "event" }?.1 ?? ""
        workflow = asked.first { $0.0 == "workflow" }?.1 ?? ""
        let outcome = asked.first { $0.0 == "outcome" }?.1
        self.outcome = outcome
        let others = asked.filter { $0.0 != "outcome" }
        choices =
            [("Not taken", nil)].map { ($0.0, $0.1 as String?) }.map { word, value in
                Choice(word: word, path: Self.path(others), isCurrent: outcome == value)
            }
            + EventLine.outcomes.map { name, word, _ in
                Choice(
                    word: word, path: Self.path(others + [("outcome", name)]),
                    isCurrent: outcome == name)
            }
        var query = asked + [("count", "\(Self.count)")]
        let cursor = visit.request.option("cursor")
        if let cursor { query.append(("cursor", cursor)) }
        let page = try await visit.get("/v1/events", query)
        rows = (page["events"]?.listValue ?? []).map { EventLine($0, now) }
        isEmpty = rows.isEmpty
        isFiltered = !asked.isEmpty
        older = page["cursor"]?.stringValue.map { Self.path(asked + [("cursor", $0)]) }
        newest = cursor == nil ? nil : Self.path(asked)
        command = visit.line(["events"] + asked.flatMap { ["--\($0.0)", $0.1] })
    }

    private static func path(_ query: [(String, String)]) -> String {
        query.isEmpty
            ? "/events"
            : "/events?" + query.map { "\($0.0)=\($0.1.urlEncoded)" }.joined(separator: "&")
    }
}

/// One event that came to an instance, or to none.
struct EventLine: Sendable {
    struct Near: Sendable {
        let sentence: Prose
        let path: String
        let target: String
    }

    let at: Moment?
    let name: String
    let mark: String
    let word: String
    let target: InstanceLink?
    /// Whom it was for, where that is no instance's name.
    let aim: String
    let by: String
    let says: Prose
    let became: Prose?
    let near: [Near]
    let hasNear: Bool
    let id: String

    static let outcomes = [
        ("kept", "Kept", "waiting"), ("held", "Held", "paused"), ("ignored", "Ignored", "skipped"),
        ("rejected", "Rejected", "blocked"), ("refused", "Refused", "blocked"),
    ]

    init(_ event: Value, _ now: Timestamp?) {
        let outcome = event["outcome"]?.stringValue ?? ""
        at = Moment(event["at"]?.stringValue, now: now)
        name = event["event"]?.stringValue ?? ""
        (_, word, mark) = Self.outcomes.first { $0.0 == outcome } ?? ("", "Taken", "done")
        let (workflow, key) = (event["workflow"]?.stringValue, event["key"]?.stringValue)
        target = workflow.flatMap { workflow in
            key.map { InstanceLink(workflow: workflow, key: $0) }
        }
        aim = target == nil ? [workflow, key].compactMap(\.self).joined(separator: "/") : ""
        by = event["by"]?.stringValue ?? ""
        says = Prose(
            [event["code"], event["message"]].compactMap { $0?.stringValue }
                .joined(separator: ": ").shortened(to: 240))
        became = event["since"]?.stringValue.map { Prose($0) }
        near = (event["nearMisses"]?.listValue ?? []).map { miss in
            let link = InstanceLink(miss["instance"]?.stringValue)
            return Near(
                sentence: Prose(miss["sentence"]?.stringValue ?? ""), path: link?.path ?? "/events",
                target: link?.name ?? "")
        }
        hasNear = !near.isEmpty
        id = event["id"]?.stringValue ?? ""
    }
}

/// Of an instance's page: what came to it, the newest first.
struct EventsPart: Sendable {
    let lines: [EventLine]
    let all: String

    private static let count = 12

    /// - Parameter entries: of its history. Those that were refused before it was asked are known to the API alone.
    init?(
        _ link: InstanceLink, _ entries: [Value], _ now: Timestamp?, _ visit: Visit
    ) async throws {
        var unmatched: [Value] = []
        for outcome in [nil, "kept"] {
            var query = [
                ("workflow", link.workflow), ("key", link.key), ("count", "\(Self.count)"),
            ]
            if let outcome { query.append(("outcome", outcome)) }
            unmatched += try await visit.get("/v1/events", query)["events"]?.listValue ?? []
        }
        let known = Set<ExactText>(
            unmatched.compactMap { $0["id"]?.stringValue.map { ExactText($0) } })
        let own = entries.compactMap { Self.event($0) }
            .filter {
                !known.contains(ExactText($0["id"]?.stringValue ?? "")) || $0["outcome"] == nil
            }
        let all = (unmatched + own).sorted { Self.moment($0) > Self.moment($1) }
        guard !all.isEmpty else { return nil }
        lines = all.prefix(Self.count).map { EventLine($0, now) }
        self.all = "/events?workflow=\(link.workflow.urlEncoded)&key=\(link.key.urlEncoded)"
    }

    private static func moment(_ event: Value) -> Timestamp {
        event["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)) ?? Timestamp(milliseconds: 0)
    }

    /// An entry as the API shows an event that moved nothing; one that was taken has no outcome.
    private static func event(_ entry: Value) -> Value? {
        guard let kind = entry["kind"]?.stringValue, let outcome = outcomes[kind],
            case .map(var map)? = entry["data"]
        else { return nil }
        map["at"] = entry["at"]
        if !outcome.isEmpty { map["outcome"] = .string(outcome) }
        return .map(map)
    }

    private static let outcomes = [
        "event.applied": "", "event.kept": "kept", "event.held": "held",
        "event.ignored": "ignored", "event.rejected": "rejected", "event.discarded": "rejected",
    ]
}
