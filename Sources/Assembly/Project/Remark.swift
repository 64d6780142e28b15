import Definition
import Engine
import Execution
import Logging
import Values

/// What the operator must know of the database beside the folder: said when the server starts.
package struct Remark: Equatable {
    package let level: Logger.Level
    package let message: String
    package let workflow: String
    /// What runs on versions that start nothing.
    package let running: String

    /// One for each workflow of which the database knows another version than the one that starts, or none that does.
    package static func beside(_ catalog: Catalog, _ store: any Store) throws(Problem) -> [Remark] {
        let inspector = Inspector(store: store, catalog: catalog, now: Timestamp(milliseconds: 0))
        var remarks: [Remark] = []
        for name in catalog.knownNames {
            let versions = catalog.versions(of: name)
            let current = catalog.current(name)?.version
            guard let highest = versions.last, versions != [current] else { continue }
            let others = try inspector.versions(of: name).filter { !$0.starts }
            remarks.append(Remark(name, current: current, highest: highest, others: others))
        }
        return remarks
    }

    private init(_ workflow: String, current: Int?, highest: Int, others: [VersionView]) {
        let running = others.map { "\($0.runningText) on version \($0.version)" }
        self.workflow = workflow
        self.running = running.isEmpty ? "none" : running.joined(separator: ", ")
        if let current, current < highest {
            level = .warning
            message =
                "rolled back: new instances start on version \(current), "
                + "though version \(highest) is known"
        } else if let current {
            level = .info
            message =
                "new instances start on version \(current); older ones serve what runs on them"
        } else {
            level = others.isEmpty ? .info : .warning
            message = "removed: nothing new starts, what runs goes on"
        }
    }
}
