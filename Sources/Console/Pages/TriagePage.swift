import Values

/// Home: what needs a person, and why, in one sentence and by cause.
struct TriagePage: PageContent {
    static let template = "triage"
    let title = "Triage"
    let section = Section.triage

    /// How many are in a state of health.
    struct Count: Sendable {
        let mark: String
        let word: String
        let number: String
        let path: String
        let isZero: Bool
    }

    /// Incidents that came of one cause.
    struct Cause: Sendable {
        let count: Int64
        let number: String
        let isOne: Bool
        let mark: String
        let sentence: Prose
        let place: InstanceLink?
        let span: String
        let path: String
        /// Tries them again together; nil: there is nothing to try.
        let batch: String?
        var batchText = ""
        let more: String
    }

    struct Alone: Sendable {
        let mark: String
        let sentence: Prose
        let instance: InstanceLink
        let since: String
    }

    struct Outside: Sendable {
        let name: String
        let path: String
        /// nil: nobody knows, no call was counted for a while.
        let mark: String?
        let word: String
        let text: String?
    }

    struct Planned: Sendable {
        let workflow: String
        let path: String
        let at: Moment
        let distance: String
    }

    /// A workflow that somebody holds, with all its instances; or money.
    struct Held: Sendable {
        let sentence: Prose
        let path: String
        let since: Moment?
        let number: String
        let instances: String
        var verb = "Resume…"
    }

    let sentence: String
    let subtitle: String?
    let held: [Held]
    let counts: [Count]
    let causes: [Cause]
    let hasCauses: Bool
    let alone: [Alone]
    let hasAlone: Bool
    /// That many need a person and are in none of the lists.
    let rest: String?
    let paused: String?
    /// That alerts fire, and what the latest says.
    let firing: String?
    let failing: String?
    let isQuiet: Bool
    let outside: [Outside]
    let planned: [Planned]
    let hasPlanned: Bool

    /// Rows of each list at most; the list itself is a click away.
    private static let rows = 12

    init(_ visit: Visit) async throws {
        let now = visit.now
        var totals: [(String, String, Total)] = []
        for (health, word) in [
            ("blocked", "Blocked"), ("overdue", "Overdue"), ("failing", "Failing"),
            ("waiting", "Waiting"),
        ] {
            totals.append((health, word, try await visit.total("health:\(health)")))
        }
        let running = try await visit.total("status:running")
        counts = totals.map { health, word, number in
            Count(
                mark: health, word: word, number: number.text,
                path: "/instances?filter=health:\(health)", isZero: number.number == 0)
        }
        let stuck = totals[0].2.number + totals[1].2.number
        let groups = try await visit.get("/v1/incident-groups", [("count", "\(Self.rows)")])
        let causes = try await Self.causes(groups["groups"]?.listValue ?? [], now, visit)
        let overdue = try await Self.list("health:overdue", visit)
        // The rows are the newest alone: of a cause there may be more.
        let isCut = totals[1].2.number > Int64(overdue.count)
        let late = Self.late(overdue, isCut: isCut, now)
        let held = try await PausedGroup.list(visit, count: Self.rows, now)
        let blocked = try await Self.list("health:blocked", visit).filter { $0["paused"] == nil }
        let shared = (causes + held.map(Self.cause) + late).filter { !$0.isOne }
        self.causes = shared.sorted { $0.count > $1.count }
        hasCauses = !self.causes.isEmpty
        let heldAlone = try await Self.alone(held.filter { $0.count == 1 }, visit)
        let single = try await Self.single(
            groups["groups"]?.listValue ?? [], overdue, heldAlone + blocked, late, now, visit)
        alone = single
        hasAlone = !single.isEmpty
        let all = try await visit.total("is:paused")
        paused =
            all.number == 0
            ? nil : "\(all.number == 1 ? "1 instance is" : "\(all.words) instances are") paused"
        let alerts = try await visit.firing(count: 1)
        firing =
            alerts.number == 0
            ? nil
            : counted(alerts.number, "alert fires", "alerts fire")
                + (alerts.number == 1 ? ": " : ", the latest: ")
                + (alerts.alerts.first?["sentence"]?.stringValue ?? "")
        isQuiet = stuck == 0
        failing =
            totals[2].2.number == 0
            ? nil
            : counted(totals[2].2.number, "instance is", "instances are")
                + " tried again by the engine itself"
        let left = stuck - self.causes.reduce(0) { $0 + $1.count } - Int64(single.count)
        rest = left > 0 ? isCut ? "and more" : "and \(left.grouped) more" : nil
        let explained = min(stuck, self.causes.reduce(0) { $0 + $1.count })
        sentence =
            stuck == 0
            ? "Nothing needs you: \(running.words) \(running.number == 1 ? "instance goes on by itself" : "instances go on by themselves")."
            : "\(stuck.grouped) of \(running.words) \(stuck == 1 ? "needs" : "need") a person."
                + (explained == 0
                    ? ""
                    : " \(counted(Int64(self.causes.count), "cause explains", "causes explain")) "
                        + "\(explained == stuck ? "all" : explained.grouped) of them.")
        subtitle = nil
        self.held = try await Self.heldMoney(visit, now) + Self.held(visit, now)
        outside = try await Self.outside(visit)
        planned = try await Self.planned(now, visit)
        hasPlanned = !planned.isEmpty
    }

    private static func list(_ filter: String, _ visit: Visit) async throws -> [Value] {
        try await visit.get("/v1/instances", [("filter", filter), ("count", "200")])["instances"]?
            .listValue ?? []
    }

    private static func heldMoney(_ visit: Visit, _ now: Timestamp?) async throws -> [Held] {
        let money = try await visit.get("/v1/money")
        return (money["holds"]?.listValue ?? []).prefix(Self.rows).map { hold in
            Held(
                sentence: Prose(
                    "Hold \(hold["number"]?.intValue ?? 0): \(hold["holds"]?.stringValue ?? "") is held by "
                        + "`\(hold["by"]?.stringValue ?? "")`: \(hold["reason"]?.stringValue ?? "")"
                ),
                path: "/money", since: Moment(hold["at"]?.stringValue, now: now),
                number: MoneyPage.tally(money["held"], "held in all"), instances: "/money",
                verb: "Release…")
        }
    }

    private static func held(_ visit: Visit, _ now: Timestamp?) async throws -> [Held] {
        let page = try await visit.get("/v1/pause-groups", [("count", "1")])
        var rows: [Held] = []
        for pause in (page["workflows"]?.listValue ?? []).prefix(Self.rows) {
            let workflow = pause["workflow"]?.stringValue ?? ""
            let filter = "workflow:\(workflow) status:running"
            let total = try await visit.total(filter)
            let by = pause["by"]?.stringValue ?? ""
            rows.append(
                Held(
                    sentence: Prose(
                        "Workflow `\(workflow)` is paused by `\(by)`: "
                            + (pause["reason"]?.stringValue ?? "")),
                    path: "/workflows/\(workflow.urlEncoded)",
                    since: Moment(pause["at"]?.stringValue, now: now),
                    number: total.number == 1
                        ? "1 instance waits" : "\(total.words) instances wait",
                    instances: "/instances?filter=" + filter.urlEncoded))
        }
        return rows
    }

    // MARK: Causes

    private static func causes(
        _ groups: [Value], _ now: Timestamp?, _ visit: Visit
    ) async throws -> [Cause] {
        var causes: [Cause] = []
        for group in groups {
            let cause = group["cause"]?.stringValue ?? ""
            let number = group["count"]?.intValue ?? 0
            let first = try await visit.get(
                "/v1/incidents", [("cause", cause), ("count", "1")])["incidents"]?.listValue?.first
            let span = [group["firstAt"], group["lastAt"]].compactMap {
                Moment($0?.stringValue, now: now)?.text
            }
            causes.append(
                Cause(
                    count: number, number: number.grouped, isOne: number == 1, mark: "blocked",
                    sentence: Prose(
                        "`\(cause.prefix { $0 != ":" && $0 != " " })` gave up: "
                            + (first?["message"]?.stringValue ?? cause)),
                    place: InstanceLink(first?["instance"]?.stringValue),
                    span: span.first == span.last
                        ? span.first ?? "" : span.joined(separator: " – "),
                    path: "/incidents?cause=" + cause.urlEncoded,
                    batch: number > 1 ? BatchPage.path(ofCause: cause) : nil,
                    batchText: "Try \(number.grouped) again…",
                    more: counted(number, "incident", "incidents")))
        }
        return causes
    }

    private static func cause(_ group: PausedGroup) -> Cause {
        Cause(
            count: group.count, number: group.number, isOne: group.count == 1, mark: "paused",
            sentence: group.sentence, place: nil, span: group.span, path: group.path,
            batch: group.resume, batchText: "Resume \(group.number)…",
            more: counted(group.count, "instance", "instances"))
    }

    /// The one instance of each.
    private static func alone(_ groups: [PausedGroup], _ visit: Visit) async throws -> [Value] {
        var instances: [Value] = []
        for group in groups {
            instances +=
                try await visit.get("/v1/instances", [("filter", group.filter), ("count", "1")])[
                    "instances"]?.listValue ?? []
        }
        return instances
    }

    /// Those that are late in the same state of the same workflow.
    private static func late(
        _ instances: [Value], isCut: Bool, _ now: Timestamp?
    ) -> [Cause] {
        var groups: [(workflow: String, state: String, rows: [Value])] = []
        for instance in instances {
            let workflow = instance["workflow"]?.stringValue ?? ""
            let state = instance["states"]?.listValue?.first?.stringValue ?? ""
            if let index = groups.firstIndex(where: { $0.workflow == workflow && $0.state == state }
            ) {
                groups[index].rows.append(instance)
            } else {
                groups.append((workflow, state, [instance]))
            }
        }
        return groups.sorted { $0.rows.count > $1.rows.count }.prefix(rows).map { group in
            let since = group.rows.compactMap { $0["overdueAt"]?.stringValue }.min()
            let filter = "health:overdue workflow:\(group.workflow) state:\(group.state)"
            let number = Int64(group.rows.count)
            let text = number.grouped + (isCut ? "+" : "")
            return Cause(
                count: number, number: text, isOne: number == 1 && !isCut, mark: "overdue",
                sentence: Prose(
                    "`\(group.workflow)` is in `\(group.state)` for longer than it may be."),
                place: nil, span: Moment(since, now: now).map { "since \($0.text)" } ?? "",
                path: "/instances?filter=" + filter.urlEncoded, batch: nil,
                more: number == 1 && !isCut ? "1 instance" : "\(text) instances")
        }
    }

    private static func single(
        _ groups: [Value], _ overdue: [Value], _ paused: [Value], _ late: [Cause],
        _ now: Timestamp?, _ visit: Visit
    ) async throws -> [Alone] {
        var rows: [Alone] = []
        var names: [String] = []
        for group in groups where group["count"]?.intValue == 1 {
            let cause = group["cause"]?.stringValue ?? ""
            let incidents = try await visit.get(
                "/v1/incidents", [("cause", cause), ("count", "1")])
            guard
                let link = InstanceLink(
                    incidents["incidents"]?.listValue?.first?["instance"]?.stringValue)
            else { continue }
            if let row = alone(try await visit.get(link.resource), now) {
                rows.append(row)
                names.append(link.name)
            }
        }
        let crowded = late.filter { !$0.isOne }.map(\.path)
        for instance in paused + overdue where rows.count < Self.rows {
            let name = instance["name"]?.stringValue ?? ""
            let states = instance["states"]?.listValue?.first?.stringValue ?? ""
            let path =
                "/instances?filter="
                + "health:overdue workflow:\(instance["workflow"]?.stringValue ?? "") state:\(states)"
                .urlEncoded
            let isOfGroup =
                instance["health"]?.stringValue == "blocked"
                && instance["why"]?.stringValue?.contains("ncident ") == true
            guard !names.contains(name), !crowded.contains(path), !isOfGroup else { continue }
            if let row = alone(instance, now) { rows.append(row) }
        }
        return rows
    }

    private static func alone(_ instance: Value, _ now: Timestamp?) -> Alone? {
        guard let link = InstanceLink(instance["name"]?.stringValue) else { return nil }
        let updated = Moment(instance["updatedAt"]?.stringValue, now: now)
        return Alone(
            mark: instance["paused"] != nil
                ? "paused" : instance["health"]?.stringValue ?? "blocked",
            sentence: Prose(instance["why"]?.stringValue ?? ""), instance: link,
            since: updated.map { "since \($0.text)" } ?? "")
    }

    // MARK: Beside

    private static func outside(_ visit: Visit) async throws -> [Outside] {
        let adapters = try await visit.get("/v1/adapters")["adapters"]?.listValue ?? []
        return adapters.filter { $0["breaker"] != nil }.map { adapter in
            let calls = adapter["calls"]?.intValue ?? 0
            let failures = adapter["failures"]?.intValue ?? 0
            let running = adapter["running"]?.intValue ?? 0
            let queued = adapter["queued"]?.intValue ?? 0
            let state = AdapterState(adapter)
            let name = adapter["name"]?.stringValue ?? ""
            let facts = [
                calls > 0 ? "\(failures.grouped) of the last \(calls.grouped) calls failed" : nil,
                running > 0 ? "\(running.grouped) under way" : nil,
                queued > 0 ? "\(queued.grouped) \(queued == 1 ? "waits" : "wait")" : nil,
            ].compactMap(\.self)
            return Outside(
                name: name, path: "/adapters/\(name.urlEncoded)",
                mark: state.mark == "waiting" ? nil : state.mark, word: state.word,
                text: facts.isEmpty ? nil : facts.joined(separator: " · "))
        }
    }

    private static func planned(_ now: Timestamp?, _ visit: Visit) async throws -> [Planned] {
        let schedules = try await visit.get("/v1/schedules")["schedules"]?.listValue ?? []
        return schedules.compactMap { schedule in
            guard
                let at = Moment(
                    schedule["next"]?.listValue?.first?["at"]?.stringValue, now: now),
                let now
            else { return nil }
            let workflow = schedule["workflow"]?.stringValue ?? ""
            return Planned(
                workflow: workflow, path: "/schedules/\(workflow.urlEncoded)", at: at,
                distance: "in \((at.timestamp - now).shortText)")
        }.sorted { $0.at.timestamp < $1.at.timestamp }
    }
}
