import Diagram
import Values

/// The path of one instance through a diagram that its own page has no room for.
struct PathPage: PageContent {
    static let template = "picture"
    let section = Section.instances
    var title: String { "Path of \(link.name)" }

    let link: InstanceLink
    let picture: PictureView?

    static func path(_ link: InstanceLink) -> String { link.path + "/path" }

    init(_ visit: Visit) async throws {
        let segments = visit.request.segments
        link = InstanceLink(workflow: segments[1], key: segments[2])
        let why = try await visit.get(link.resource + "/why")
        let now = Timestamp(rfc3339: why["at"]?.stringValue ?? "")
        let history = try await visit.get(
            link.resource + "/history", [("last", "\(InstancePage.readCount)")])
        picture = PictureView(
            of: link, try await visit.get(link.resource),
            Reasons(why, link, now, from: nil, visit).mark,
            history["entries"]?.listValue ?? [], visit)
    }
}

extension PictureView {
    /// What an instance's page has room for, in bytes.
    private static let room = 24_000

    var isSmall: Bool {
        let table = rows.reduce(0) {
            $0 + 160 + $1.trigger.utf8.count + $1.condition.utf8.count + $1.actions.utf8.count
        }
        return svg.utf8.count + table <= Self.room
    }

    /// nil: there is no chart of its version here, or none that can be drawn.
    init?(
        of link: InstanceLink, _ instance: Value, _ mark: Overlay.Mark, _ entries: [Value],
        _ visit: Visit
    ) {
        let version = instance["version"]?.intValue.map { Int($0) }
        guard let (chart, hash) = visit.api.chart(of: link.workflow, version: version),
            let drawing = visit.console.pictures.drawing(chart, hash: hash, .path)
        else { return nil }
        let active = (instance["states"]?.listValue ?? []).compactMap(\.stringValue)
        let overlay = Overlay(chart, active: active, mark: mark, entries: entries) { state in
            let filter = "workflow:\(link.workflow) state:\(state)"
            return state.isEmpty ? "" : "/instances?filter=" + filter.urlEncoded
        }
        self.init(drawing, chart, overlay)
    }
}
