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

    /// Those of them that the version cannot take over now, in their order; each goes by whichever version it does.
    package func stranded(
        among targets: [BulkTarget], to version: Int
    ) throws(Problem) -> [StrandedInstance] {
        var maps: [VersionMap] = []
        var found: [StrandedInstance] = []
        for target in targets {
            let row: InstanceWrite?
            do { row = try store.instance(target.instance) } catch { throw .store(error) }
            guard let row, let old = catalog.definition(row.name.workflow, version: row.version)
            else { continue }
            guard let new = catalog.definition(row.name.workflow, version: version) else {
                throw .versionMissing(version, of: row.name.workflow, catalog: catalog)
            }
            let known = maps.first { $0.isBetween(old, new) }
            let map = known ?? VersionMap(from: old, to: new)
            if known == nil { maps.append(map) }
            let reasons = try refusals(of: row, by: map, old)
            guard !reasons.isEmpty else { continue }
            found.append(
                StrandedInstance(name: row.name, states: row.summary.states, reasons: reasons))
        }
        return found
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
