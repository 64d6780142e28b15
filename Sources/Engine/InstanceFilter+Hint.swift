import Execution
import Values

extension InstanceFilter {
    /// What may have been meant by a filter that finds nothing; nil: nothing comes to mind. It is no refusal: instances of
    /// a workflow that is not loaded any more are found by its name all the same.
    package func hint(_ catalog: Catalog) -> String? {
        for term in terms {
            guard case .workflow(let name) = term, catalog.versions(of: name).isEmpty else {
                continue
            }
            let nearest = nearestName(to: name, among: catalog.workflowNames)
            return "no workflow `\(name.shortened(to: 100))` is loaded"
                + (nearest.map { ": did you mean workflow:\($0)?" } ?? "")
        }
        return nil
    }
}

extension PauseGroup {
    /// Finds the instances of the group.
    package var filter: String { "paused:\(by.inQuotes) reason:\(reason.inQuotes)" }
}

extension String {
    /// A value of a term that is taken as it stands, whatever is in it.
    fileprivate var inQuotes: String {
        let escaped = replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }
}
