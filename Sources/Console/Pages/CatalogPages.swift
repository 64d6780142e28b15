import Diagram
import Values

/// Workflows with what runs on each version.
struct WorkflowsPage: PageContent {
    static let template = "workflows"
    let title = "Workflows"
    let section = Section.workflows

    struct Row: Sendable {
        let name: String
        let path: String
        let text: String
        let version: String
        let running: String
        let instances: String
        let stuck: String
        let isStuck: Bool
        let stuckPath: String
        let isRemoved: Bool
    }

    let rows: [Row]

    init(_ visit: Visit) async throws {
        var rows: [Row] = []
        for workflow in try await visit.get("/v1/workflows")["workflows"]?.listValue ?? [] {
            let name = workflow["name"]?.stringValue ?? ""
            let running = Total(runningOn: workflow["versions"]?.listValue ?? [])
            let filter = "workflow:\(name) health:stuck"
            let stuck = try await visit.total(filter)
            rows.append(
                Row(
                    name: name, path: "/workflows/\(name.urlEncoded)",
                    text: workflow["description"]?.stringValue ?? "",
                    version: workflow["version"]?.intValue.map { "\($0)" } ?? "–",
                    running: running.text,
                    instances: "/instances?filter="
                        + "workflow:\(name) status:running".urlEncoded,
                    stuck: stuck.text, isStuck: stuck.number > 0,
                    stuckPath: "/instances?filter=" + filter.urlEncoded,
                    isRemoved: workflow["removed"]?.boolValue ?? false))
        }
        self.rows = rows
    }
}

/// One workflow: where its instances are, its versions, what it listens to.
struct WorkflowPage: PageContent {
    static let template = "workflow"
    let section = Section.workflows
    var title: String { name }

    struct State: Sendable {
        let id: String
        let kind: String
        let count: String
        let isZero: Bool
        let path: String
        let outcome: String?
        /// How long instances stay here; nil: too few have left.
        let usual: Usual?
    }

    struct Version: Sendable {
        let number: String
        let running: String
        let starts: Bool
        let path: String
        /// Compares it with the one that starts; nil: it is that one.
        let difference: String?
    }

    struct Event: Sendable {
        let name: String
        let from: String
        let early: String
    }

    let name: String
    let text: String
    let version: String
    let startedBy: String?
    let picture: PictureView?
    let states: [State]
    let versions: [Version]
    let events: [Event]
    let hasEvents: Bool

    init(_ visit: Visit) async throws {
        let workflow = try await visit.get("/v1/workflows/\(visit.request.segments[1].urlEncoded)")
        name = workflow["name"]?.stringValue ?? ""
        text = workflow["description"]?.stringValue ?? ""
        version = "\(workflow["version"]?.intValue ?? 0)"
        startedBy = workflow["startedBy"]?.stringValue
        var states: [State] = []
        for state in workflow["states"]?.listValue ?? [] {
            let id = state["id"]?.stringValue ?? ""
            let kind = state["kind"]?.stringValue ?? ""
            guard kind != "history" else { continue }
            let filter = "workflow:\(name) state:\(id)"
            let total = try await visit.total(filter)
            states.append(
                State(
                    id: id, kind: kind, count: total.text, isZero: total.number == 0,
                    path: "/instances?filter=" + filter.urlEncoded,
                    outcome: state["outcome"]?.stringValue, usual: Usual(state["usual"])))
        }
        self.states = states
        let name = name
        picture = Self.picture(name, states, visit)
        versions = (workflow["versions"]?.listValue ?? []).map { version in
            let number = "\(version["version"]?.intValue ?? 0)"
            let starts = version["starts"]?.boolValue ?? false
            return Version(
                number: number, running: Total(runningOn: [version]).text,
                starts: starts,
                path: "/instances?filter="
                    + "workflow:\(name) version:\(number) status:running".urlEncoded,
                difference: starts
                    ? nil : "/workflows/\(name.urlEncoded)/difference?from=\(number)")
        }
        events = (workflow["events"]?.listValue ?? []).map { event in
            Event(
                name: event["name"]?.stringValue ?? "",
                from: event["from"]?.stringValue ?? "anybody",
                early: event["early"]?.stringValue ?? "")
        }
        hasEvents = !events.isEmpty
    }

    /// With how many are where.
    private static func picture(_ name: String, _ states: [State], _ visit: Visit) -> PictureView? {
        guard let (chart, hash) = visit.api.chart(of: name, version: nil),
            let drawing = visit.console.pictures.drawing(chart, hash: hash, .counts)
        else { return nil }
        let notes = chart.states.map { drawn -> Overlay.StateNote in
            guard let state = states.first(where: { $0.id == drawn.id }) else {
                return Overlay.StateNote()
            }
            let notes = [
                state.isZero ? nil : "\(state.count) here", state.usual.map { "p50 \($0.median)" },
            ]
            return Overlay.StateNote(
                text: notes.compactMap(\.self).joined(separator: " · "), href: state.path)
        }
        return PictureView(drawing, chart, Overlay(states: notes))
    }
}
