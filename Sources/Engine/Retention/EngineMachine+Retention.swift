import Definition
import Execution
import Sabotage
import Values

/// What ended long ago goes, and comes back (docs/decisions/0047-kept-no-longer-than-needed.md).
///
/// Who looks for it, and archives it first, is the desk (`RetentionDesk`); here it is decided in the order of the commits,
/// so that nothing goes that has changed since somebody looked.
extension EngineMachine {
    mutating func remove(
        _ ended: [EndedInstance], _ mark: ArchiveMark?, now: Timestamp
    ) throws(StoreError) -> Reply {
        // No instance is to blame should this be what takes the process down.
        claims.release()
        var commit = Commit()
        for instance in ended where try goes(instance) { commit.removed.append(instance) }
        guard !commit.removed.isEmpty else { return .removed([]) }
        commit.records = try retentionRecords(of: commit.removed, mark, now: now)
        for instance in commit.removed {
            if let write = try restorationEnds(instance.id) { commit.records.append(write) }
            commit.records += try startKeysEnd(of: instance.id)
        }
        records.decided(commit.records)
        append(commit, run: nil)
        return .removed(commit.removed.map(\.id))
    }

    /// It is as it was looked at, and nothing of it is on its way to the store.
    private mutating func goes(_ instance: EndedInstance) throws(StoreError) -> Bool {
        if isMutant(.removedAlthoughChanged) { return true }
        guard !unflushed.isRemoved(instance.id), runs.forget(instance.id),
            let row = try store.instance(instance.id)
        else { return false }
        return row.revision == instance.revision && row.status.isTerminal
    }

    /// What has gone of each workflow.
    private func retentionRecords(
        of removed: [EndedInstance], _ mark: ArchiveMark?, now: Timestamp
    ) throws(StoreError) -> [RecordWrite] {
        var counts: [(workflow: ExactText, count: Int64)] = []
        for instance in removed {
            let workflow = ExactText(instance.name.workflow)
            if let index = counts.firstIndex(where: { $0.workflow == workflow }) {
                counts[index].count += 1
            } else {
                counts.append((workflow, 1))
            }
        }
        var writes: [RecordWrite] = []
        for (workflow, count) in counts {
            let (revision, record) = try retention(of: workflow.text)
            writes.append(
                RecordWrite(
                    collection: RetentionRecord.collection, id: workflow.text, group: "",
                    expectedRevision: revision,
                    body: RetentionRecord(
                        removed: record.removed + count, lastAt: now, mark: mark ?? record.mark
                    ).encoded))
        }
        return writes
    }

    private func retention(
        of workflow: String
    ) throws(StoreError) -> (revision: Int64, record: RetentionRecord) {
        let query = RecordQuery(
            collection: RetentionRecord.collection, selection: .id(workflow), limit: 1)
        let found = try records.records(query, from: store).records.first
        // One that cannot be read begins anew: it only counts.
        let record = found.flatMap { try? RetentionRecord(decoding: $0.body) }
        return (found?.revision ?? 0, record ?? RetentionRecord(removed: 0, lastAt: nil))
    }

    // MARK: Back

    mutating func restore(
        _ document: InstanceDocument, until: Timestamp, _ actor: Actor, now: Timestamp
    ) throws(StoreError) -> Reply {
        claims.release()
        guard case .none = try find(document.name) else {
            return .refused(
                Problem(
                    .keyConflict, "there is an instance \(document.name)",
                    fix: "`pawl why \(document.name.pasted)` shows it; "
                        + "what the archive has of that name stays in it"))
        }
        let isOurs = document.id <= lastInstance && document.id > InstanceID(0)
        guard isOurs, case .none = try find(document.id) else {
            return .refused(
                Problem(
                    .keyConflict,
                    "instance \(document.id) of this database is another than \(document.name)",
                    fix: "the archive is that of another database: put it back there"))
        }
        guard let definition = catalog.definition(document.name.workflow, version: document.version)
        else { return .refused(.definitionMissing(document.name, version: document.version)) }
        var commit = Commit()
        do throws(DecodingFailure) {
            commit.restored = [try RestoredInstance(document, definition)]
        } catch {
            return .refused(
                Problem(
                    .invalid, "the archive's copy of \(document.name) cannot be read: \(error)",
                    fix: "`pawl doctor --deep` says what else is wrong with the archive"))
        }
        let restoration = Restoration(name: document.name, by: actor, at: now, until: until)
        commit.records = [
            RecordWrite(
                collection: Restoration.collection, id: Restoration.id(document.id), group: "",
                expectedRevision: try revision(ofRestoration: document.id),
                body: restoration.encoded)
        ]
        for restored in commit.restored {
            commit.records += try erasures(of: restored, definition, now: now)
        }
        records.decided(commit.records)
        append(commit, run: nil)
        return .receipts([])
    }

    private func revision(ofRestoration id: InstanceID) throws(StoreError) -> Int64 {
        let query = RecordQuery(
            collection: Restoration.collection, selection: .id(Restoration.id(id)), limit: 1)
        return try records.records(query, from: store).records.first?.revision ?? 0
    }

    private func restorationEnds(_ id: InstanceID) throws(StoreError) -> RecordWrite? {
        let revision = try revision(ofRestoration: id)
        guard revision > 0 else { return nil }
        return RecordWrite(
            collection: Restoration.collection, id: Restoration.id(id), group: "",
            expectedRevision: revision, body: nil)
    }
}
