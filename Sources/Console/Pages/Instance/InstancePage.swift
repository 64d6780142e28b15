import Diagram
import Values

/// One instance: why it does not move and what would move it, then all that is known of it.
struct InstancePage: PageContent {
    static let template = "instance"
    let section = Section.instances
    var title: String { link.name }

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

    struct Timer: Sendable {
        let state: String
        let due: Moment?
        let distance: String
        let leads: String
        let path: String
    }

    let link: InstanceLink
    /// Where it stands in the list that somebody came from; nil: they came from none.
    let place: ListPlace?
    let health: HealthMark
    let picture: PictureView?
    /// Where it is, when it is too large for this page.
    let largePicture: String?
    let timeline: Timeline?
    let timers: [Timer]
    let hasTimers: Bool
    let timersSay: String
    let parent: InstanceLink?
    let children: [InstanceLink]
    let hasFamily: Bool
    let familySays: String
    let states: [String]
    let moreStates: String?
    let version: String
    let revision: String
    let started: Moment?
    let ended: Moment?
    let why: Prose
    let isOver: Bool
    let cards: [WhyCard]
    let hasCards: Bool
    let others: [WhyLine]
    let hasOthers: Bool
    let othersSay: String
    let moreReasons: String?
    let more: [ActionLink]
    let tasks: [Task]
    let hasTasks: Bool
    let tasksSay: String
    let rows: [Row]
    let shownRows: String
    let allRows: String
    let earlier: String?
    let latest: String?
    /// Of its latest fan-out; nil: it has none.
    let members: MembersPart?
    let calls: [CallRow]
    let hasCalls: Bool
    let events: EventsPart?
    let context: DataPart?
    let data: [Part]
    /// Leads to the page with what is masked, or without; nil: nothing is.
    let revealing: Revealing?
    let done: Done?

    /// Rows of the history that are shown, and those that the path, the timeline and the calls are read from.
    private static let rowCount: Int64 = 50
    static let readCount: Int64 = 500
    /// Of anything else: an instance may have hundreds of each, and its page is for reading.
    private static let partCount = 20

    init(_ visit: Visit) async throws {
        let path = visit.request.segments
        link = InstanceLink(workflow: path[1], key: path[2])
        let why = try await visit.get(link.resource + "/why")
        let instance = try await visit.get(link.resource, Revealing.query(visit))
        let now = Timestamp(rfc3339: why["at"]?.stringValue ?? "")
        place = try await ListPlace(link, visit)
        let status = instance["status"]?.stringValue ?? ""
        health = HealthMark(health: instance["health"]?.stringValue ?? "", status: status)
        let active = instance["states"]?.listValue?.compactMap(\.stringValue) ?? []
        states = Array(active.prefix(Self.partCount))
        moreStates = active.count > states.count ? "+\(active.count - states.count)" : nil
        version = (instance["version"]?.intValue ?? 0).grouped
        revision = (instance["revision"]?.intValue ?? 0).grouped
        started = Moment(instance["startedAt"]?.stringValue, now: now)
        ended = Moment(instance["endedAt"]?.stringValue, now: now)
        isOver = ended != nil
        self.why = Prose(instance["why"]?.stringValue ?? "")
        let link = link
        let reasons = Reasons(why, link, now, from: visit.request.option("reason"), visit)
        cards = reasons.cards
        hasCards = !cards.isEmpty
        others = reasons.others
        hasOthers = !others.isEmpty
        othersSay = reasons.othersSay
        moreReasons = reasons.more
        more = ActionKind.offered(to: instance).map { ActionLink($0, link) }
        let open = try await visit.get(link.resource + "/tasks")["tasks"]?.listValue ?? []
        tasks = open.prefix(Self.partCount).map { Self.task($0, link, now) }
        hasTasks = !tasks.isEmpty
        tasksSay = Self.say(tasks.count, of: open.count)
        let ahead = instance["timers"]?.listValue ?? []
        timers = ahead.prefix(Self.partCount).map { Self.timer($0, link, now) }
        hasTimers = !timers.isEmpty
        timersSay = Self.say(timers.count, of: ahead.count)
        parent = InstanceLink(instance["parent"]?.stringValue)
        let family = instance["children"]?.listValue ?? []
        children = family.prefix(Self.partCount).compactMap { InstanceLink($0.stringValue) }
        familySays = Self.say(children.count, of: family.count)
        hasFamily = parent != nil || !children.isEmpty
        let before = visit.request.option("before").flatMap { Int64($0) }
        let history = try await Self.history(link, nil, Self.readCount, visit)
        let entries = history.entries
        let shown =
            before == nil
            ? Array(entries.suffix(Int(Self.rowCount)))
            : try await Self.history(link, before, Self.rowCount, visit).entries
        rows = shown.reversed().map { Self.row($0, now) }
        let picture = PictureView(of: link, instance, reasons.mark, entries, visit)
        timeline = Timeline(
            instance, entries, mark: isOver ? health.mark : reasons.mark.ofTimeline, now: now)
        let isSmall = picture?.isSmall ?? true
        self.picture = isSmall ? picture : nil
        largePicture = isSmall ? nil : PathPage.path(link)
        shownRows = Int64(shown.count).grouped
        allRows = history.total.grouped
        let first = shown.first?["sequence"]?.intValue ?? 1
        earlier = first > 1 ? "\(link.path)?before=\(first)#history" : nil
        latest = before == nil ? nil : "\(link.path)#history"
        calls = Array(CallRow.list(entries, now: now).prefix(Self.partCount))
        hasCalls = !calls.isEmpty
        events = try await EventsPart(link, entries, now, visit)
        context = try await DataPart(link, now, visit)
        data = [
            ("Input", "input"), ("Parameters", "params"), ("Output", "output"),
        ]
        .compactMap { name, member in
            let facts = Fact.list(instance[member], atMost: 30)
            return facts.isEmpty ? nil : Part(name: name, facts: facts)
        }
        revealing = Revealing(link, [instance] + entries, visit)
        members = try await MembersPart(link, now, visit)
        done = Done(visit.request.option("done"), entries, instance, why, now)
    }

    // MARK: Parts

    /// Nothing where all are shown.
    private static func say(_ shown: Int, of all: Int) -> String {
        shown < all ? "\(Int64(shown).grouped) of \(Int64(all).grouped)" : ""
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

    // MARK: History

    private static func history(
        _ link: InstanceLink, _ before: Int64?, _ count: Int64, _ visit: Visit
    ) async throws -> (entries: [Value], total: Int64) {
        var query = [("last", "\(count)")] + Revealing.query(visit)
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
}

extension Overlay.Mark {
    /// The class of a bar of what it is in now.
    fileprivate var ofTimeline: String {
        switch self {
        case .blocked: "blocked"
        case .overdue: "overdue"
        case .current, .visited: "now"
        }
    }
}
