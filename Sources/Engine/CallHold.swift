import Definition
import Execution
import Sabotage
import Values

extension MoneyHold {
    /// What a restored database begins with: nobody knows yet what was paid after its backup was made. No server runs.
    /// - Returns: its number.
    package static func place(
        in store: any Store, _ scope: MoneyScope, reason: String, at now: Timestamp
    ) throws(StoreError) -> Int64 {
        let query = RecordQuery(collection: counter, selection: .id("last"), limit: 1)
        let known = try store.records(query).records.first
        let number = (known?.body.intValue ?? 0) + 1
        let standing = StandingPause(
            reason: reason, by: .system, at: now.ceilingToMilliseconds)
        var commit = Commit()
        commit.records = [
            RecordWrite(
                collection: counter, id: "last", group: "", expectedRevision: known?.revision ?? 0,
                body: .int(number)),
            MoneyHold(number, scope, standing).write(at: 0),
        ]
        try store.commit([commit])
        return number
    }
}

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
        if actor != .system {
            var deed = AuditEntry(
                at: now, .adapterPause, by: actor, AuditTarget("adapter", "all"),
                ["adapters": .string(commit.records.map(\.id).joined(separator: " "))],
                reason: reason)
            deed.outcome = "done"
            try store.audit(deed, seed: Self.auditSeed(), in: &commit)
        }
        if !isMutant(.callsHeldTooLate) { try store.commit([commit]) }
        return commit.records.map(\.id)
    }
}
