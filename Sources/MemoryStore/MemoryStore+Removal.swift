import Execution
import Values

extension MemoryStore {
    package func ended(_ query: EndedQuery) throws(StoreError) -> [EndedInstance] {
        try read { state in
            let matching = state.instances.newestFirst.compactMap { state.ended($0, query) }
            return Array(
                matching.sorted { ($0.endedAt, $0.id) < ($1.endedAt, $1.id) }
                    .prefix(max(query.count, 0)))
        }
    }

    package func document(of id: InstanceID) throws(StoreError) -> InstanceDocument? {
        try read { (state) throws(StoreError) -> InstanceDocument? in
            let number = RowKey(.number(id.rawValue))
            guard let instance = state.instances[number] else { return nil }
            let name = instance.name
            let run = try MemoryState.parse(instance.body)
            let history = try state.entries(of: id, after: 0, count: .max)
            let receipts = try state.receipts.rows(prefix: RowKey(name)).map {
                (entry) throws(StoreError) in try Self.receipt(entry.key, entry.row, name)
            }
            let members = try state.members.rows(prefix: number).map {
                (entry) throws(StoreError) in
                let outcome: MemberOutcome = try MemoryState.decode(entry.row.outcome)
                return MemberRow(
                    instance: id, activation: entry.row.activation, number: entry.row.number,
                    status: entry.row.status, key: outcome.key, output: outcome.output,
                    error: outcome.error)
            }
            let hashes = state.references.newestFirst.filter { $0.instance == name }.map(\.sha256)
            return InstanceDocument(
                instance, run: run, history: history, receipts: receipts, members: members,
                attachments: hashes.sorted().compactMap { state.attachments[RowKey($0)] })
        }
    }

    private static func receipt(
        _ key: RowKey, _ row: MemoryState.ReceiptData, _ name: InstanceName
    ) throws(StoreError) -> ReceiptRow {
        var event = ""
        if case .text(let bytes) = key.parts.last { event = String(decoding: bytes, as: UTF8.self) }
        return ReceiptRow(
            name: name, eventID: event, receipt: try MemoryState.decode(row.receipt),
            at: Timestamp(milliseconds: row.at), fingerprint: row.fingerprint)
    }

    package func lastRemovedJournalRow() throws(StoreError) -> Int64 {
        try read { state in state.lastRemoved }
    }
}

extension MemoryState {
    /// nil: it is not what is asked for.
    fileprivate func ended(_ row: InstanceWrite, _ query: EndedQuery) -> EndedInstance? {
        guard let endedAt = row.summary.endedAt, endedAt <= query.endedBy,
            sameUTF8(row.name.workflow, query.workflow), row.summary.incidents == 0
        else { return nil }
        if let after = query.after, (endedAt, row.id) <= (after.endedAt, after.id) { return nil }
        let number = RowKey(.number(row.id.rawValue))
        let last = journal.rows(prefix: RowKey()).last?.row.instance
        guard timers.rows(prefix: number, count: 1).isEmpty,
            calls.rows(prefix: number, count: 1).isEmpty,
            messages.rows(prefix: number, count: 1).isEmpty,
            row.id != instances.newestFirst.first?.id, row.id.rawValue != last
        else { return nil }
        return EndedInstance(
            id: row.id, name: row.name, revision: row.revision, endedAt: endedAt)
    }

    mutating func remove(_ instance: EndedInstance) throws(StoreError) {
        let number = RowKey(.number(instance.id.rawValue))
        guard let row = instances[number], row.revision == instance.revision,
            row.summary.endedAt != nil
        else {
            throw .conflict("\(instance.name) is not at revision \(instance.revision) any more")
        }
        instances[number] = nil
        names[RowKey(instance.name)] = nil
        for (key, _) in history.rows(prefix: number) { history[key] = nil }
        for (key, row) in journal.rows(prefix: RowKey())
        where row.instance == instance.id.rawValue {
            if case .number(let position) = key.parts.first {
                lastRemoved = max(lastRemoved, position)
            }
            journal[key] = nil
        }
        for (key, _) in members.rows(prefix: number) { members[key] = nil }
        for (key, _) in tasks.rows(prefix: number) { tasks[key] = nil }
        for (key, _) in incidents.rows(prefix: number) { incidents[key] = nil }
        for (key, _) in receipts.rows(prefix: RowKey(instance.name)) { receipts[key] = nil }
        for (key, _) in kept.rows(prefix: RowKey(instance.name)) { kept[key] = nil }
        for (key, row) in references.rows(prefix: RowKey()) where row.instance == instance.name {
            references[key] = nil
        }
    }

    /// Its history is no part of the journal any more: it was there once.
    mutating func restore(_ restored: RestoredInstance) throws(StoreError) {
        let instance = restored.instance
        let number = RowKey(.number(instance.id.rawValue))
        guard instances[number] == nil, names[RowKey(instance.name)] == nil else {
            throw .conflict("\(instance.name) (instance \(instance.id)) exists")
        }
        names[RowKey(instance.name)] = instance.id.rawValue
        instances[number] = try instance.stored
        for entry in restored.history { try write(entry) }
        for receipt in restored.receipts { try write(receipt) }
        for member in restored.members { try write(member) }
        for task in restored.tasks { tasks[RowKey(task)] = task }
        for row in restored.references { references[RowKey(row)] = row }
    }
}
