import Definition
import Execution
import Values

extension InstanceFilter {
    /// A term about a search attribute that no instance can have finds nothing, which looks like an answer: it is refused
    /// with what may have been meant.
    func check(_ catalog: Catalog) throws(Problem) {
        var workflow: String?
        for case .workflow(let name) in terms where catalog.knows(name) { workflow = name }
        for case .search(let name, _, _) in terms {
            let known = catalog.searchNames(of: workflow)
            guard !known.contains(exactly: name) else { continue }
            throw unknown(name, of: workflow, known, catalog)
        }
    }

    private func unknown(
        _ name: String, of workflow: String?, _ known: [String], _ catalog: Catalog
    ) -> Problem {
        let shown = name.shortened(to: 100)
        let others = catalog.knownNames.filter {
            catalog.searchNames(of: $0).contains(exactly: name)
        }
        let fix: String
        if Self.names.contains(exactly: name) {
            fix = "what all instances have is asked for with a colon: \(name):…"
        } else if let nearest = nearestName(to: name, among: known) {
            fix = "did you mean \(nearest)?"
        } else if let other = others.first {
            fix = "instances of \(other) have it"
        } else if known.isEmpty {
            fix = "there are none; a workflow declares them under `search`"
        } else {
            fix = "known: \(known.joined(separator: ", "))"
        }
        return Problem(
            .invalid,
            workflow.map { "workflow \($0) has no search attribute `\(shown)`" }
                ?? "no workflow has a search attribute `\(shown)`", fix: fix)
    }
}
