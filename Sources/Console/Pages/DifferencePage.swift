import Diagram
import Values

/// Two versions of a workflow: what differs, as a picture and line by line, and whom it would strand.
struct DifferencePage: PageContent {
    static let template = "difference"
    let section = Section.workflows
    var title: String { "\(name), \(old) and \(new)" }

    struct State: Sendable {
        let id: String
        let change: String
        let removed: [String]
        let added: [String]
    }

    struct Stranded: Sendable {
        let id: String
        let count: String
        let path: String
    }

    let name: String
    let old: String
    let new: String
    let path: String
    let picture: PictureView?
    let states: [State]
    let isSame: Bool
    let stranded: [Stranded]
    let isStranding: Bool

    init(_ visit: Visit) async throws {
        let workflow = visit.request.segments[1]
        let query = ["from", "to"].compactMap { name in
            visit.request.option(name).map { (name, $0) }
        }
        let difference = try await visit.get(
            "/v1/workflows/\(workflow.urlEncoded)/difference", query)
        let (from, to) = (difference["from"]?.intValue ?? 0, difference["to"]?.intValue ?? 0)
        name = workflow
        old = "\(from)"
        new = "\(to)"
        path = "/workflows/\(workflow.urlEncoded)"
        states = (difference["states"]?.listValue ?? []).map { state in
            let id = state["state"]?.stringValue ?? ""
            return State(
                id: id.isEmpty ? "the workflow itself" : id,
                change: state["change"]?.stringValue ?? "",
                removed: (state["removed"]?.listValue ?? []).compactMap(\.stringValue),
                added: (state["added"]?.listValue ?? []).compactMap(\.stringValue))
        }
        isSame = states.isEmpty
        stranded = (difference["stranded"]?.listValue ?? []).map { state in
            Stranded(
                id: state["state"]?.stringValue ?? "", count: Total(runningOn: [state]).text,
                path: "/instances?filter=" + (state["filter"]?.stringValue ?? "").urlEncoded)
        }
        isStranding = !stranded.isEmpty
        picture = Self.picture(workflow, Int(from), Int(to), visit)
    }

    private static func picture(
        _ workflow: String, _ from: Int, _ to: Int, _ visit: Visit
    ) -> PictureView? {
        guard let (before, oldHash) = visit.api.chart(of: workflow, version: from),
            let (after, newHash) = visit.api.chart(of: workflow, version: to)
        else { return nil }
        let (chart, overlay) = after.compared(with: before)
        guard
            let drawing = visit.console.pictures.drawing(
                chart, hash: "\(oldHash) \(newHash)", .versions)
        else { return nil }
        return PictureView(drawing, chart, overlay)
    }
}
