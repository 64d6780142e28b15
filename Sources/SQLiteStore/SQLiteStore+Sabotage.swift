import Execution
import Sabotage

// What the deliberate bugs of this target need; dead code in a release.

extension SQLiteStore {
    /// The bug: between this look and the transaction the row may move on.
    func checkRevisions(of commits: [Commit]) throws(StoreError) {
        for write in commits.compactMap(\.instance) where write.revision > 1 {
            guard try instance(write.id)?.revision == write.revision - 1 else {
                throw .conflict("\(write.name) is not at revision \(write.revision - 1)")
            }
        }
    }
}

extension Connection {
    /// The revision that an update asks for; with the bug, whichever is there.
    func expectedRevision(of instance: InstanceWrite) throws(StoreError) -> Int64 {
        guard isMutant(.revisionCheckedOutside) else { return instance.revision - 1 }
        let statement = try prepare("SELECT revision FROM instances WHERE id = ?")
        statement.bind(instance.id.rawValue)
        return try statement.first { (row) throws(StoreError) in row.int64(0) } ?? 0
    }
}

extension [Commit] {
    /// Of the instances, for a failpoint's context.
    var names: String { compactMap { $0.instance?.name.description }.joined(separator: " ") }
}
