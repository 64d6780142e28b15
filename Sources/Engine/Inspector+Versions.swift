import Definition
import Execution

/// One version of a workflow, and what runs on it.
package struct VersionView: Sendable, Hashable {
    package let version: Int
    /// Whether new instances start on it.
    package let starts: Bool
    package let running: Int
    /// There are more than `running`.
    package var isLeast = false

    /// `12`, or `more than 10000`.
    package var runningText: String { (isLeast ? "more than " : "") + "\(running)" }
}

/// Instances of a version in a state that another version has not.
package struct StrandedState: Sendable, Hashable {
    package let state: String
    package let running: Int
    /// There are more than `running`.
    package let isLeast: Bool
    /// Finds them.
    package let filter: String
}

extension Inspector {
    /// What differs between two versions that are loaded, and which instances of the first the second has no state for.
    package func difference(
        of workflow: String, from old: Int, to new: Int
    ) throws(Problem) -> (difference: VersionDifference, stranded: [StrandedState]) {
        let difference = VersionDifference(
            from: try loaded(workflow, old), to: try loaded(workflow, new))
        var stranded: [StrandedState] = []
        for state in difference.stranding {
            let page = try list(
                InstanceFilter(terms: [
                    .workflow(workflow), .version(old), .status(.running), .state(state),
                ]), count: 0, countedUpTo: InstanceQuery.screenful)
            guard page.total > 0 else { continue }
            stranded.append(
                StrandedState(
                    state: state, running: page.total, isLeast: page.isTotalLeast,
                    filter: "workflow:\(workflow) version:\(old) status:running state:\(state)"))
        }
        return (difference, stranded)
    }

    private func loaded(
        _ workflow: String, _ version: Int
    ) throws(Problem) -> WorkflowDefinition {
        if let definition = catalog.definition(workflow, version: version) { return definition }
        let versions = catalog.versions(of: workflow)
        guard !versions.isEmpty else { throw .unknownWorkflow(workflow, catalog: catalog) }
        throw Problem(
            .notFound, "version \(version) of \(workflow) is not loaded here",
            fix: "compare versions that are: \(versions.map { "\($0)" }.joined(separator: ", "))")
    }

    /// In order: the one that starts, and every other one that instances run on. They are counted up to a screenful,
    /// so that it takes no longer the more there are.
    package func versions(
        of workflow: String, countedUpTo limit: Int = InstanceQuery.screenful
    ) throws(Problem) -> [VersionView] {
        let current = catalog.current(workflow)?.version
        var views: [VersionView] = []
        for version in catalog.versions(of: workflow) {
            let page = try list(
                InstanceFilter(terms: [
                    .workflow(workflow), .version(version), .status(.running),
                ]), count: 0, countedUpTo: limit)
            guard page.total > 0 || version == current else { continue }
            views.append(
                VersionView(
                    version: version, starts: version == current, running: page.total,
                    isLeast: page.isTotalLeast))
        }
        return views
    }

    /// Every workflow that starts, and every other one of which instances run.
    package func workflows() throws(Problem) -> [(name: String, versions: [VersionView])] {
        var found: [(name: String, versions: [VersionView])] = []
        for name in catalog.knownNames {
            let versions = try versions(of: name)
            if !versions.isEmpty { found.append((name, versions)) }
        }
        return found
    }
}
