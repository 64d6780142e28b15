import Values

/// Workflows that start by the clock.
struct SchedulesPage: PageContent {
    static let template = "schedules"
    let title = "Schedules"
    let section = Section.schedules

    struct Row: Sendable {
        let workflow: String
        let path: String
        let rule: String
        let zone: String
        let isPaused: Bool
        let next: [Moment]
        let distance: String
        let running: String
        let last: String
    }

    let rows: [Row]
    let isEmpty: Bool

    init(_ visit: Visit) async throws {
        let now = visit.now
        rows = (try await visit.get("/v1/schedules")["schedules"]?.listValue ?? []).map {
            schedule in
            let workflow = schedule["workflow"]?.stringValue ?? ""
            let next = (schedule["next"]?.listValue ?? []).compactMap {
                Moment($0["at"]?.stringValue, now: now)
            }
            return Row(
                workflow: workflow, path: "/schedules/\(workflow.urlEncoded)",
                rule: ScheduleText.rule(schedule["rule"]),
                zone: schedule["zone"]?.stringValue ?? "",
                isPaused: schedule["paused"]?.boolValue ?? false, next: next,
                distance: next.first.flatMap { first in
                    now.map { "in \((first.timestamp - $0).shortText)" }
                } ?? "never",
                running: Int64(schedule["running"]?.listValue?.count ?? 0).grouped,
                last: schedule["log"]?.listValue?.first?["outcome"]?.stringValue ?? "")
        }
        isEmpty = rows.isEmpty
    }
}

enum ScheduleText {
    static func rule(_ rule: Value?) -> String {
        guard let rule else { return "" }
        return rule["cron"]?.stringValue ?? String(decoding: JSON.encode(rule), as: UTF8.self)
    }
}

/// One schedule: what comes, what came, and a run by hand.
struct SchedulePage: PageContent {
    static let template = "schedule"
    let section = Section.schedules
    var title: String { workflow }

    struct Occurrence: Sendable {
        let at: Moment?
        let key: String
        let distance: String
    }

    struct Row: Sendable {
        let number: String
        let at: Moment?
        let mark: String
        let outcome: String
        let occurrence: String
        let instance: InstanceLink?
        let text: String
    }

    struct Planned: Sendable {
        let nominal: String
        let key: String
        let exists: Bool
    }

    struct Backfill: Sendable {
        let from: String
        let to: String
        let count: String
        let rows: [Planned]
    }

    let workflow: String
    let path: String
    let rule: String
    let zone: String
    let isPaused: Bool
    let pausedWhy: String
    let next: [Occurrence]
    let log: [Row]
    let hasLog: Bool
    let running: [InstanceLink]
    let hasRunning: Bool
    let month: MonthCalendar
    let problem: String?
    let fix: String?
    let done: String?
    let backfill: Backfill?
    let from: String
    let to: String

    init(_ visit: Visit) async throws { try await self.init(visit, refusal: nil, backfill: nil) }

    init(_ visit: Visit, refusal: APIProblem?, backfill: Value?) async throws {
        workflow = visit.request.segments[1]
        path = "/schedules/\(workflow.urlEncoded)"
        let schedule = try await visit.get(
            "/v1/schedules/\(workflow.urlEncoded)", [("count", "60")])
        let now = visit.now ?? Timestamp(milliseconds: 0)
        rule = ScheduleText.rule(schedule["rule"])
        zone = schedule["zone"]?.stringValue ?? ""
        isPaused = schedule["paused"]?.boolValue ?? false
        pausedWhy =
            "\(schedule["pause"]?["by"]?.stringValue ?? ""): \(schedule["pause"]?["reason"]?.stringValue ?? "")"
        let ahead = schedule["next"]?.listValue ?? []
        next = ahead.prefix(5).map { occurrence in
            let at = Moment(occurrence["at"]?.stringValue, now: now)
            return Occurrence(
                at: at, key: occurrence["key"]?.stringValue ?? "",
                distance: at.map { "in \(($0.timestamp - now).shortText)" } ?? "")
        }
        let rows = schedule["log"]?.listValue ?? []
        let workflow = workflow
        log = rows.prefix(20).map { Self.row($0, workflow, now) }
        hasLog = !log.isEmpty
        running = (schedule["running"]?.listValue ?? []).compactMap { InstanceLink($0.stringValue) }
        hasRunning = !running.isEmpty
        month = MonthCalendar(
            visit.request.option("month"), now: now, planned: ahead, log: rows, path: path)
        problem = refusal?.detail
        fix = refusal?.fix
        done = visit.request.option("done").flatMap { verb in
            Self.said.first { $0.key == verb }?.value
        }
        from = visit.request.field("from") ?? ""
        to = visit.request.field("to") ?? ""
        self.backfill = backfill.map { document in
            Backfill(
                from: document["from"]?.stringValue ?? "", to: document["to"]?.stringValue ?? "",
                count: (document["count"]?.intValue ?? 0).grouped,
                rows: (document["occurrences"]?.listValue ?? []).map {
                    Planned(
                        nominal: $0["nominal"]?.stringValue ?? "",
                        key: $0["key"]?.stringValue ?? "",
                        exists: $0["exists"]?.boolValue ?? false)
                })
        }
    }

    private static let said: KeyValuePairs = [
        "pause": "It is paused: nothing starts by the clock.",
        "resume": "It starts by the clock again.",
        "run": "A run was asked for: the log says what came of it.",
        "backfill": "The backfill was accepted: its runs start one after the other.",
    ]

    private static func row(_ row: Value, _ workflow: String, _ now: Timestamp) -> Row {
        let outcome = row["outcome"]?.stringValue ?? ""
        let key = row["occurrence"]?["key"]?.stringValue
        let mark =
            switch outcome {
            case "started", "ran": "done"
            case "skipped": "skipped"
            case "refused", "failed": "blocked"
            default: "waiting"
            }
        return Row(
            number: (row["number"]?.intValue ?? 0).grouped,
            at: Moment(row["at"]?.stringValue, now: now), mark: mark, outcome: outcome,
            occurrence: row["occurrence"]?["nominal"]?.stringValue ?? key ?? "",
            instance: key.map { InstanceLink(workflow: workflow, key: $0) },
            text: [row["by"]?.stringValue, row["reason"]?.stringValue].compactMap(\.self)
                .joined(separator: ": "))
    }

    static func act(_ visit: Visit) async throws -> ConsoleResponse {
        let workflow = visit.request.segments[1]
        let verb = visit.request.field("do") ?? ""
        let isPreview = visit.request.field("preview") != nil
        guard ["pause", "resume", "run", "backfill"].contains(verb) else {
            throw APIProblem(
                status: 422, detail: "there is no action \(verb)", fix: "use the page's own buttons"
            )
        }
        var body = ValueMap()
        for name in ["reason", "from", "to"] {
            if let text = visit.request.field(name), !text.isEmpty { body[name] = .string(text) }
        }
        if isPreview { body["dryRun"] = true }
        let answer = await visit.api.ask(
            APICall(
                "POST", "/v1/schedules/\(workflow.urlEncoded)/\(verb)", body: .map(body)))
        guard (200..<300).contains(answer.status) else {
            let page = try await SchedulePage(visit, refusal: APIProblem(answer), backfill: nil)
            return await visit.console.page(page, of: visit, status: answer.status)
        }
        guard !isPreview else {
            let page = try await SchedulePage(visit, refusal: nil, backfill: answer.body)
            return await visit.console.page(page, of: visit)
        }
        return .seeOther("/schedules/\(workflow.urlEncoded)?done=\(verb)")
    }
}
