import Values

/// What is around every page: the menu with its counts, who visits, and of which moment the page is.
struct Frame: Sendable {
    struct Entry: Sendable {
        let name: String
        let path: String
        let icon: String
        let isCurrent: Bool
        let count: String?
        let isUrgent: Bool
    }

    struct Group: Sendable {
        let entries: [Entry]
    }

    let title: String
    let environment: String
    let version: String
    let groups: [Group]
    let now: Moment
    let who: String
    /// `light`, `dark`, or nil: as the system wishes.
    let theme: String?
    let isLight: Bool
    let isDark: Bool
    let isSystem: Bool
    /// Where a form of the frame leads back to.
    let here: String
    let filter: String
    /// Of every form.
    let token: String
    /// Who visits, where that was proven.
    let visitor: Visitor?
    let isBare: Bool
    let onward: String?
    /// Which process made it.
    let process: String
    /// It says what became of a form: asking for it again would not give it again.
    let isAnswer: Bool

    init(_ visit: Visit, _ content: any PageContent) async {
        let section = content.section
        title = content.title
        isBare = content.isBare || visit.api.isLoggedOut
        onward = content.onward
        token = visit.api.formToken
        visitor = visit.api.visitor
        environment = visit.console.environment
        version = visit.console.version
        let theme = visit.request.cookie(Cookie.theme)
        isLight = theme == "light"
        isDark = theme == "dark"
        isSystem = !isLight && !isDark
        self.theme = isSystem ? nil : theme
        who = visitor?.text ?? visit.api.actor
        here = visit.request.method == "GET" ? visit.request.target : "/"
        process = visit.console.process
        isAnswer = visit.request.method != "GET"
        filter = section == .instances ? visit.request.option("filter") ?? "" : ""
        now = visit.now.map { Moment($0, now: nil) } ?? .unknown
        let counts = isBare ? Counts() : await Counts(visit)
        groups = Section.groups.map { group in
            Group(
                entries: group.map { entry in
                    let count: String? =
                        switch entry {
                        case .triage: counts.stuck?.text
                        case .incidents: counts.open.grouped
                        case .alerts: counts.firing.grouped
                        default: nil
                        }
                    return Entry(
                        name: entry.name, path: entry.path, icon: entry.rawValue,
                        isCurrent: entry == section, count: count,
                        isUrgent: entry == .triage && (counts.stuck?.number ?? 0) > 0
                            || entry == .alerts && counts.firing > 0)
                })
        }
    }
}

/// What stands beside the menu's entries.
private struct Counts {
    var stuck: Total?
    var open: Int64 = 0
    var firing: Int64 = 0

    init() {}

    init(_ visit: Visit) async {
        stuck = try? await visit.total("health:stuck")
        let incidents = try? await visit.get("/v1/incident-groups", [("count", "500")])
        open = (incidents?["groups"]?.listValue ?? []).reduce(Int64(0)) {
            $0 + ($1["count"]?.intValue ?? 0)
        }
        firing = (try? await visit.firing(count: 1))?.number ?? 0
    }
}
