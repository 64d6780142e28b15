import Diagram
import Values

/// One instance: why it does not move and what would move it, then all that is known of it.
struct InstancePage: PageContent {
    static let template = "instance"
    let section = Section.instances
    var title: String { link.name }

    /// A reason that it waits, with what a person may do about it.
    struct Card: Sendable {
        let mark: String
        let head: String
        let needsPerson: Bool
        let kind: String
        let since: Moment?
        let age: String?
        let sentence: Prose
        let next: Prose?
        let actions: [Offer]
        let hasActions: Bool
        let facts: [Fact]
        /// Of an expression that failed, with its caret.
        let excerpt: String?
    }

    /// What may be done, with the page that does it.
    struct Offer: Sendable {
        let sentence: Prose
        let path: String?
        let command: String
    }

    struct Row: Sendable {
        let number: String
        let at: Moment?
        let kind: String
        let mark: String?
        let text: String
    }

    struct Part: Sendable {
        let name: String
        let facts: [Fact]
    }

    struct Task: Sendable {
        let title: String
        let path: String
        let who: String
        let due: Moment?
    }

    struct Step: Sendable {
        let mark: String
        let word: String
        let text: String
    }

    struct Timer: Sendable {
        let state: String
        let due: Moment?
        let distance: String
        let leads: String
        let path: String
    }

    let link: InstanceLink
    let health: HealthMark
    let picture: PictureView?
    let timers: [Timer]
    let hasTimers: Bool
    let parent: InstanceLink?
    let children: [InstanceLink]
    let hasFamily: Bool
    let states: [String]
    let version: String
    let revision: String
    let started: Moment?
    let ended: Moment?
    let why: Prose
    let isOver: Bool
    let cards: [Card]
    let hasCards: Bool
    let more: [ActionLink]
    let tasks: [Task]
    let hasTasks: Bool
    let rows: [Row]
    let shownRows: String
    let allRows: String
    let earlier: String?
    let latest: String?
    let calls: [CallRow]
    let hasCalls: Bool
    let data: [Part]
    let steps: [Step]
    let hasSteps: Bool
    let doneWhat: String

    private static let rowCount: Int64 = 100

    init(_ visit: Visit) async throws {
        let path = visit.request.segments
        link = InstanceLink(workflow: path[1], key: path[2])
        let why = try await visit.get(link.resource + "/why")
        let instance = try await visit.get(link.resource)
        let now = Timestamp(rfc3339: why["at"]?.stringValue ?? "")
        let status = instance["status"]?.stringValue ?? ""
        health = HealthMark(health: instance["health"]?.stringValue ?? "", status: status)
        states = instance["states"]?.listValue?.compactMap(\.stringValue) ?? []
        version = (instance["version"]?.intValue ?? 0).grouped
        revision = (instance["revision"]?.intValue ?? 0).grouped
        started = Moment(instance["startedAt"]?.stringValue, now: now)
        ended = Moment(instance["endedAt"]?.stringValue, now: now)
        isOver = ended != nil
        self.why = Prose(instance["why"]?.stringValue ?? "")
        let link = link
        cards = (why["blockers"]?.listValue ?? []).map { Self.card($0, link, now) }
        hasCards = !cards.isEmpty
        more = ActionKind.offered(to: instance).map { ActionLink($0, link) }
        let open = try await visit.get(link.resource + "/tasks")["tasks"]?.listValue ?? []
        tasks = open.map { Self.task($0, link, now) }
        hasTasks = !tasks.isEmpty
        timers = (instance["timers"]?.listValue ?? []).map { Self.timer($0, link, now) }
        hasTimers = !timers.isEmpty
        parent = InstanceLink(instance["parent"]?.stringValue)
        children = (instance["children"]?.listValue ?? []).compactMap {
            InstanceLink($0.stringValue)
        }
        hasFamily = parent != nil || !children.isEmpty
        let before = visit.request.option("before").flatMap { Int64($0) }
        let history = try await Self.history(link, before, visit)
        let entries = history.entries
        rows = entries.reversed().map { Self.row($0, now) }
        picture = Self.picture(instance, cards, entries, link, visit)
        shownRows = Int64(entries.count).grouped
        allRows = history.total.grouped
        let first = entries.first?["sequence"]?.intValue ?? 1
        earlier = first > 1 ? "\(link.path)?before=\(first)#history" : nil
        latest = before == nil ? nil : "\(link.path)#history"
        calls = CallRow.list(entries, now: now)
        hasCalls = !calls.isEmpty
        data = [
            ("Data", "context"), ("Input", "input"), ("Parameters", "params"), ("Output", "output"),
        ]
        .compactMap { name, member in
            let facts = Fact.list(instance[member])
            return facts.isEmpty ? nil : Part(name: name, facts: facts)
        }
        (doneWhat, steps) = Self.steps(visit, instance)
        hasSteps = !steps.isEmpty
    }

    // MARK: Why

    private static func card(_ blocker: Value, _ link: InstanceLink, _ now: Timestamp?) -> Card {
        let kind = blocker["kind"]?.stringValue ?? ""
        let needsPerson = blocker["needsPerson"]?.boolValue ?? false
        let since = Moment(blocker["since"]?.stringValue, now: now)
        let overdue = blocker["overdueAt"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
        let isLate = overdue.map { moment in now.map { $0 >= moment } ?? false } ?? false
        let (mark, head) = heading(kind, needsPerson: needsPerson, isLate: isLate)
        let next = blocker["next"].map { step in
            let at = Moment(step["at"]?.stringValue, now: now)
            let sentence = step["sentence"]?.stringValue ?? ""
            return Prose(at.map { "\($0.text): \(sentence)" } ?? sentence)
        }
        let evidence = blocker["evidence"]
        let frame = evidence?["frame"]?.stringValue
        let actions = (blocker["actions"]?.listValue ?? []).map { action in
            Offer(
                sentence: Prose(action["sentence"]?.stringValue ?? ""),
                path: ActionLink.path(of: action, on: link),
                command: action["command"]?.stringValue ?? "")
        }
        return Card(
            mark: mark, head: head, needsPerson: needsPerson, kind: kind, since: since,
            age: since.flatMap { since in now.map { ($0 - since.timestamp).shortText } },
            sentence: Prose(blocker["sentence"]?.stringValue ?? ""), next: next, actions: actions,
            hasActions: !actions.isEmpty,
            facts: Fact.list(evidence).filter { frame == nil || !ofExpression.contains($0.name) },
            excerpt: frame)
    }

    /// What the frame of a failed expression says already.
    private static let ofExpression = ["frame", "source", "line", "column", "place", "message"]

    private static func heading(
        _ kind: String, needsPerson: Bool, isLate: Bool
    ) -> (mark: String, head: String) {
        if kind == "paused" { return ("paused", "Paused") }
        if needsPerson { return ("blocked", "Blocked: needs a person") }
        if isLate { return ("overdue", "Overdue") }
        switch kind {
        case "call.retrying", "adapter.open": return ("failing", "Failing: is tried again")
        case "call.running", "call.unknown", "compensation.running", "adapter.limit":
            return ("running", "Under way")
        default: return ("waiting", "Waiting within its time")
        }
    }

    private static func task(_ task: Value, _ link: InstanceLink, _ now: Timestamp?) -> Task {
        let holder = task["claimedBy"]?.stringValue ?? task["assignee"]?.stringValue
        return Task(
            title: task["title"]?.stringValue ?? "",
            path: "/tasks/\(link.workflow.urlEncoded)/\(link.key.urlEncoded)/"
                + "\(task["task"]?.intValue ?? 0)",
            who: holder ?? task["role"]?.stringValue.map { "any \($0)" } ?? "",
            due: Moment(task["due"]?.stringValue, now: now))
    }

    private static func timer(_ timer: Value, _ link: InstanceLink, _ now: Timestamp?) -> Timer {
        let state = timer["state"]?.stringValue ?? ""
        let due = Moment(timer["due"]?.stringValue, now: now)
        let targets = (timer["targets"]?.listValue ?? []).compactMap(\.stringValue)
        return Timer(
            state: state, due: due,
            distance: due.flatMap { due in
                now.map { due.timestamp > $0 ? "in \((due.timestamp - $0).shortText)" : "now" }
            } ?? "", leads: targets.joined(separator: ", "),
            path: "\(link.path)/do/fire-timer?state=\(state.urlEncoded)")
    }

    private static func picture(
        _ instance: Value, _ cards: [Card], _ entries: [Value], _ link: InstanceLink,
        _ visit: Visit
    ) -> PictureView? {
        let version = instance["version"]?.intValue.map { Int($0) }
        guard let (chart, hash) = visit.api.chart(of: link.workflow, version: version),
            let drawing = visit.console.pictures.drawing(chart, hash: hash, .path)
        else { return nil }
        let active = (instance["states"]?.listValue ?? []).compactMap(\.stringValue)
        let mark: Overlay.Mark =
            cards.contains { $0.mark == "blocked" || $0.mark == "paused" }
            ? .blocked : cards.contains { $0.mark == "overdue" } ? .overdue : .current
        let overlay = Overlay(chart, active: active, mark: mark, entries: entries) { state in
            let filter = "workflow:\(link.workflow) state:\(state)"
            return state.isEmpty ? "" : "/instances?filter=" + filter.urlEncoded
        }
        return PictureView(drawing, chart, overlay)
    }

    // MARK: History

    private static func history(
        _ link: InstanceLink, _ before: Int64?, _ visit: Visit
    ) async throws -> (entries: [Value], total: Int64) {
        var query = [("last", "\(rowCount)")]
        if let before { query.append(("before", "\(before)")) }
        let page = try await visit.get(link.resource + "/history", query)
        return (page["entries"]?.listValue ?? [], page["total"]?.intValue ?? 0)
    }

    private static func row(_ entry: Value, _ now: Timestamp?) -> Row {
        let kind = entry["kind"]?.stringValue ?? ""
        let mark: String? =
            switch kind {
            case "incident.opened", "expression.error", "compensation.failed": "blocked"
            case "call.failed", "call.unknown": "failing"
            case "ended": "done"
            case "paused": "paused"
            default: nil
            }
        return Row(
            number: (entry["sequence"]?.intValue ?? 0).grouped,
            at: Moment(entry["at"]?.stringValue, now: now), kind: kind, mark: mark,
            text: HistoryText.sentence(kind, entry["data"] ?? .null))
    }

    // MARK: What became of an action

    /// Accepted, effective, verified: never more than is known.
    private static func steps(_ visit: Visit, _ instance: Value) -> (String, [Step]) {
        guard let done = visit.request.option("done"),
            let kind = ActionKind(rawValue: done),
            let seen = visit.request.option("seen").flatMap({ Int64($0) })
        else { return ("", []) }
        let revision = instance["revision"]?.intValue ?? 0
        let health = instance["health"]?.stringValue ?? ""
        var steps = [Step(mark: "done", word: "Accepted", text: "it is in the history, durably.")]
        guard revision > seen else {
            steps.append(
                Step(
                    mark: "waiting", word: "Not effective yet", text: "nothing has changed so far.")
            )
            return (kind.title, steps)
        }
        steps.append(
            Step(
                mark: "done", word: "Effective",
                text: "revision \(seen.grouped) became \(revision.grouped)."))
        let isHeld = ["blocked", "overdue"].contains(health)
        let why = instance["why"]?.stringValue ?? ""
        switch (kind, isHeld) {
        case (.pause, _): steps.append(Step(mark: "done", word: "Verified", text: "it is held."))
        case (_, true):
            steps.append(Step(mark: "blocked", word: "It still needs a person", text: why))
        case (_, false) where health == "failing":
            steps.append(Step(mark: "failing", word: "Not verified yet", text: why))
        case (_, false) where why.contains(" is running"):
            steps.append(Step(mark: "running", word: "Under way", text: why))
        case (_, false):
            steps.append(Step(mark: "done", word: "Verified", text: "it moved on: \(why)"))
        }
        return (kind.title, steps)
    }
}

/// One call, put together from what the history shows of it.
struct CallRow: Sendable {
    let task: String
    let mark: String
    let result: String
    let key: String
    let tries: String
    let began: Moment?

    /// The newest first.
    static func list(_ entries: [Value], now: Timestamp?) -> [CallRow] {
        var order: [Int64] = []
        var rows: [Int64: Draft] = [:]
        for entry in entries {
            let kind = entry["kind"]?.stringValue ?? ""
            guard kind.hasPrefix("call."), let data = entry["data"],
                let number = data["activation"]?.intValue
            else { continue }
            if rows[number] == nil { order.append(number) }
            rows[number, default: Draft()].take(kind, data, at: entry["at"]?.stringValue, now)
        }
        return order.reversed().compactMap { rows[$0]?.row }
    }

    private struct Draft {
        var task = ""
        var key = ""
        var tries: Int64 = 0
        var began: Moment?
        var mark = "running"
        var result = "under way"

        mutating func take(_ kind: String, _ data: Value, at: String?, _ now: Timestamp?) {
            if let task = data["task"]?.stringValue { self.task = task }
            if let key = data["key"]?.stringValue { self.key = key }
            if let number = data["attempt"]?.intValue { tries = max(tries, number) }
            let error = [data["error"]?.stringValue, data["message"]?.stringValue]
                .compactMap(\.self).joined(separator: ": ")
            switch kind {
            case "call.started": began = began ?? Moment(at, now: now)
            case "call.completed": (mark, result) = ("done", "completed")
            case "call.failed": (mark, result) = ("failing", error.isEmpty ? "failed" : error)
            case "call.unknown": (mark, result) = ("blocked", "nobody knows whether it took effect")
            case "call.asked": (mark, result) = ("running", "the remote was asked")
            case "call.withdrawn": (mark, result) = ("skipped", "taken back before it left")
            default: break
            }
        }

        var row: CallRow {
            CallRow(
                task: task, mark: mark, result: result, key: key,
                tries: tries == 0 ? "" : tries.grouped, began: began)
        }
    }
}
