import Diagram
import Values

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
    /// Who holds it, and why; nil: nobody does.
    let paused: String?
    /// How many still wait for their turn to go on, or to which something has come.
    let held: String?
    let forms: [SubjectForm]
    let done: Accepted?
    let log: HoldLog
    let problem: String?
    let fix: String?

    init(_ visit: Visit, refusal: APIProblem? = nil) async throws {
        let workflow = try await visit.get("/v1/workflows/\(visit.request.segments[1].urlEncoded)")
        name = workflow["name"]?.stringValue ?? ""
        text = workflow["description"]?.stringValue ?? ""
        let number = workflow["version"]?.intValue ?? 0
        version =
            "version \(number)"
            + (workflow["removed"]?.boolValue == true ? ", taken out of the folder" : "")
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
        paused = workflow["pause"].map(HoldLog.standing)
        held = Self.held(workflow)
        forms = [
            SubjectForm(
                paused == nil ? .pauseWorkflow : .resumeWorkflow,
                to: "/workflows/\(name.urlEncoded)",
                isFirst: paused != nil, visit, refusal)
        ]
        log = HoldLog(workflow["log"], now: visit.now)
        let latest = workflow["log"]?.listValue?.first
        let isHold = latest?["paused"]?.boolValue ?? false
        done =
            visit.request.option("done") == (isHold ? "pause" : "resume")
            ? Accepted(isHold ? .pauseWorkflow : .resumeWorkflow, latest, visit.now) : nil
        problem = refusal?.detail
        fix = refusal?.fix
    }

    private static func held(_ workflow: Value) -> String? {
        let count = workflow["held"]?.intValue ?? 0
        guard count > 0 else { return nil }
        let number =
            workflow["heldIsLeast"]?.boolValue == true
            ? "more than \(count.grouped)" : count.grouped
        return workflow["pause"] == nil
            ? "\(number) \(count == 1 ? "instance has" : "instances have") still to go on."
            : "Something has come to \(number) \(count == 1 ? "instance" : "instances") since."
    }

    static func act(_ visit: Visit) async throws -> ConsoleResponse {
        let path = "/workflows/\(visit.request.segments[1].urlEncoded)"
        switch try await SubjectForm.carryOut(.workflow, "/v1" + path, visit) {
        case .refused(let refusal):
            return await visit.console.page(
                try await WorkflowPage(visit, refusal: refusal), of: visit, status: refusal.status)
        case .done(let action, _), .tried(let action, _):
            return .seeOther("\(path)?done=\(action.verb.name)")
        }
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
