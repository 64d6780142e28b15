import Definition
import Execution
import Sabotage
import Values

extension Engine {
    /// Before `run`: whatever calls something is held as by `pawl adapter pause`, so that no call leaves, those that an
    /// earlier process left included. It is one commit, durable when this returns. What somebody holds already is left as it is, and
    /// so is what is held because its record cannot be read.
    /// - Returns: the adapters that are held by it, in order.
    package func holdCalls(
        reason: String, by actor: Actor
    ) throws(StoreError) -> [String] {
        let now = clock.now().ceilingToMilliseconds
        let query = RecordQuery(collection: PauseRecord.ofAdapters, selection: .all)
        let known = try store.records(query).records
        var commit = Commit()
        for adapter in catalog.adapterNames
        where catalog.adapter(adapter)?.transport != .local {
            let row = known.first { sameUTF8($0.id, adapter) }
            var pause = PauseRecord()
            if let row {
                guard let kept = try? PauseRecord(decoding: row.body) else { continue }
                pause = kept
            }
            guard pause.take(.pause(reason: reason), by: actor, at: now) else { continue }
            commit.records.append(
                RecordWrite(
                    collection: PauseRecord.ofAdapters, id: adapter, group: "",
                    expectedRevision: row?.revision ?? 0, body: pause.encoded))
        }
        guard !commit.records.isEmpty else { return [] }
        if !isMutant(.callsHeldTooLate) { try store.commit([commit]) }
        return commit.records.map(\.id)
    }
}
