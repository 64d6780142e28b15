import Execution
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
                isPaused: schedule["paused"]?.boolValue ?? false
                    || schedule["workflowPause"] != nil, next: next,
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
    let rule: String
    let zone: String
    let isPaused: Bool
    let pausedWhy: String
    /// Who holds its workflow; nil: nobody does.
    let heldWhy: String?
    let next: [Occurrence]
    let log: [Row]
    let hasLog: Bool
    let running: [InstanceLink]
    let hasRunning: Bool
    let month: MonthCalendar
    let problem: String?
    let fix: String?
    let done: Accepted?
    /// What a backfill would start.
    let backfill: Backfill?
    /// What a run now would come to.
    let trial: String?
    let forms: [SubjectForm]

    init(_ visit: Visit) async throws { try await self.init(visit, refusal: nil, tried: nil) }

    /// - Parameter tried: what a dry run answered.
    init(_ visit: Visit, refusal: APIProblem?, tried: Value?) async throws {
        workflow = visit.request.segments[1]
        let path = "/schedules/\(workflow.urlEncoded)"
        let schedule = try await visit.get(
            "/v1/schedules/\(workflow.urlEncoded)", [("count", "60")])
        let now = visit.now ?? Timestamp(milliseconds: 0)
        rule = ScheduleText.rule(schedule["rule"])
        zone = schedule["zone"]?.stringValue ?? ""
        isPaused = schedule["paused"]?.boolValue ?? false
        heldWhy = schedule["workflowPause"].map(HoldLog.standing)
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
        let number = visit.request.option("done").flatMap { Int64($0) }
        let row = rows.first { number != nil && $0["number"]?.intValue == number }
        done = Accepted(Self.verb(ofRow: row?["outcome"]?.stringValue), row, now)
        let verbs: [ActionVerb] = [
            .runSchedule, isPaused ? .resumeSchedule : .pauseSchedule, .backfill,
        ]
        let isHeld = isPaused
        forms = verbs.map {
            SubjectForm($0, to: path, isFirst: isHeld && $0 == .resumeSchedule, visit, refusal)
        }
        let tried: Value = tried ?? [:]
        trial = tried["dryRun"] == true && tried["occurrences"] == nil ? Self.trial(tried) : nil
        let planned: Value? = tried["occurrences"] == nil ? Value?.none : tried
        self.backfill = planned.map { document in
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

    /// nil: it is no row of what a person did.
    private static func verb(ofRow outcome: String?) -> ActionVerb? {
        switch outcome {
        case "asked": .runSchedule
        case "paused": .pauseSchedule
        case "resumed": .resumeSchedule
        case "backfilled": .backfill
        default: nil
        }
    }

    private static func trial(_ effect: Value) -> String {
        if let message = effect["message"]?.stringValue {
            return "It would come to this: \(message)."
        }
        let started = (effect["started"]?.listValue ?? []).compactMap(\.stringValue)
        return "It would start \(started.joined(separator: ", "))."
    }

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
        let path = "/schedules/\(visit.request.segments[1].urlEncoded)"
        switch try await SubjectForm.carryOut(.schedule, "/v1" + path, visit) {
        case .refused(let refusal):
            return await visit.console.page(
                try await SchedulePage(visit, refusal: refusal, tried: nil), of: visit,
                status: refusal.status)
        case .tried(_, let answer):
            return await visit.console.page(
                try await SchedulePage(visit, refusal: nil, tried: answer), of: visit)
        case .done(let action, let answer):
            let row = answer["schedule"]?["log"]?.listValue?.first {
                Self.verb(ofRow: $0["outcome"]?.stringValue) == action.verb
            }
            return .seeOther(path + (row?["number"]?.intValue.map { "?done=\($0)" } ?? ""))
        }
    }
}
