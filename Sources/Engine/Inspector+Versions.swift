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

extension Inspector {
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
