import Definition
import Execution
import Values

/// A live instance that another version of its workflow cannot take over.
package struct StrandedInstance: Sendable, Hashable {
    package let name: InstanceName
    package let states: [String]
    package let reasons: [Problem.Detail]
}

extension Inspector {
    /// Every running instance of the older version that the newer one cannot take over now, newest first.
    /// - Parameter new: it need not be loaded.
    /// - Returns: how many were looked at, too.
    package func stranded(
        from old: WorkflowDefinition, to new: WorkflowDefinition
    ) throws(Problem) -> (checked: Int, instances: [StrandedInstance]) {
        let map = VersionMap(from: old, to: new)
        let filter = InstanceFilter(terms: [
            .workflow(old.name), .version(old.version), .status(.running),
        ])
        var checked = 0
        var found: [StrandedInstance] = []
        var before: InstanceID?
        while true {
            let page = try list(filter, before: before, count: Self.page, countedUpTo: 0)
            for row in page.instances {
                checked += 1
                let reasons = try refusals(of: row, by: map, old)
                guard !reasons.isEmpty else { continue }
                found.append(
                    StrandedInstance(
                        name: row.name, states: row.summary.states, reasons: reasons))
            }
            guard page.hasMore, let last = page.instances.last else { return (checked, found) }
            before = last.id
        }
    }

    private static let page = 500

    private func refusals(
        of row: InstanceWrite, by map: VersionMap, _ old: WorkflowDefinition
    ) throws(Problem) -> [Problem.Detail] {
        let whole: InstanceWrite?
        do { whole = try store.instance(row.id) } catch { throw .store(error) }
        guard let whole, whole.version == old.version else { return [] }
        do throws(DecodingFailure) {
            let run = try Run(decoding: whole, definition: old)
            let settings = catalog.params[old.name] ?? ValueMap()
            return Carriage(of: run, by: map, settings: settings, now: now).refusals
        } catch {
            return [Problem.Detail(pointer: "", detail: "its row is damaged: \(error)")]
        }
    }
}
