import Encryption
import Execution
import Values

extension SQLiteStore {
    package func ended(_ query: EndedQuery) throws(StoreError) -> [EndedInstance] {
        let parameters: [Parameter] = [
            .text(query.workflow), .integer(query.after?.endedAt.milliseconds ?? .min),
            .integer(query.after?.id.rawValue ?? 0), .integer(query.endedBy.milliseconds),
            .count(query.count),
        ]
        return try rows(.ended, parameters) { (row) throws(StoreError) in
            EndedInstance(
                id: InstanceID(row.int64(0)),
                name: InstanceName(workflow: try row.text(1), key: try row.text(2)),
                revision: row.int64(3), endedAt: row.moment(4))
        }
    }

    /// Nothing changes one that has ended but what takes it away: its rows are of one moment.
    package func document(of id: InstanceID) throws(StoreError) -> InstanceDocument? {
        guard let instance = try instance(id) else { return nil }
        if let damage = instance.damage { throw .corrupt(damage) }
        guard instance.status.isTerminal else { return nil }
        let run: Value
        do throws(DecodingFailure) {
            run = try Value(storedJSON: instance.body)
        } catch {
            throw .corrupt("pawl.db: instance \(id): \(error)")
        }
        var attachments: [AttachmentRow] = []
        for reference in try references(of: instance.name) {
            if let row = try attachment(reference.sha256) { attachments.append(row) }
        }
        return InstanceDocument(
            instance, run: run, history: try history(id, after: 0, count: .max),
            receipts: try receipts(of: instance.name), members: try members(of: id),
            attachments: attachments)
    }

    private func receipts(of name: InstanceName) throws(StoreError) -> [ReceiptRow] {
        try rows(.receiptsOf, name.parameters) { (row) throws(StoreError) in
            let eventID = try row.text(0)
            return ReceiptRow(
                name: name, eventID: eventID,
                receipt: try row.decode(
                    3, at: .receipt(name, eventID), of: "a receipt for \(name)"),
                at: row.moment(1), fingerprint: try row.fingerprint(2, name, eventID))
        }
    }

    private func members(of id: InstanceID) throws(StoreError) -> [MemberRow] {
        try rows(.membersOf, [.integer(id.rawValue)]) { (row) throws(StoreError) in
            guard let status = MemberRow.Status(rawValue: try row.text(2)) else {
                throw .corrupt("pawl.db: a member of instance \(id) has an unknown status")
            }
            let outcome: MemberOutcome = try row.decode(
                3, at: .member(id, row.int64(0), row.int64(1)), of: "a member of instance \(id)")
            return MemberRow(
                instance: id, activation: row.int64(0), number: row.int64(1), status: status,
                key: outcome.key, output: outcome.output, error: outcome.error)
        }
    }

    package func lastRemovedJournalRow() throws(StoreError) -> Int64 {
        try setting(Connection.lastRemoved)?.intValue ?? 0
    }
}

extension Connection {
    fileprivate static let lastRemoved = "journal.removed"

    /// Whoever reads the journal learns from the setting that something of it is gone.
    func remove(_ instances: [EndedInstance]) throws(StoreError) {
        guard !instances.isEmpty else { return }
        var last: Int64 = 0
        for instance in instances {
            let row = try statement(.lastHistoryRow)
            row.bind(instance.id.rawValue)
            last = max(last, try row.first { $0.optionalInt64(0) ?? 0 } ?? 0)
            try remove(instance)
        }
        let known = try statement(.setting)
        known.bind(Self.lastRemoved)
        let before = try known.first { (row) throws(StoreError) in
            try row.value(0, of: "setting \(Self.lastRemoved)").intValue
        }
        guard last > (before ?? 0) ?? 0 else { return }
        let setting = try statement(.setSetting)
        setting.bind(Self.lastRemoved)
        setting.bind(text: JSON.encode(.int(last)))
        try setting.run()
    }

    private func remove(_ instance: EndedInstance) throws(StoreError) {
        let statement = try statement(.removeInstance)
        statement.bind(instance.id.rawValue)
        statement.bind(instance.revision)
        guard try statement.run() == 1 else {
            throw .conflict("\(instance.name) is not at revision \(instance.revision) any more")
        }
        for sql in [
            SQL.deleteSearch, .removeHistory, .removeMembers, .removeTasks, .removeIncidents,
        ] {
            let statement = try self.statement(sql)
            statement.bind(instance.id.rawValue)
            try statement.run()
        }
        for sql in [SQL.removeReceipts, .deleteKept, .removeReferences] {
            let statement = try self.statement(sql)
            statement.bind(instance.name)
            try statement.run()
        }
    }

    func restore(_ restored: RestoredInstance) throws(StoreError) {
        let instance = restored.instance
        try insert(
            instance, search: JSON.encode(instance.summary.searchMap), body: instance.body)
        try writeSearch(of: instance)
        for entry in restored.history {
            let statement = try statement(.restoreHistory)
            statement.bind(entry.instance.rawValue)
            statement.bind(entry.sequence)
            statement.bind(
                sealing: [entry].encodedJSON, at: .history(entry.instance, last: entry.sequence))
            try statement.run(orConflict: "\(instance.name) has a history")
        }
        for receipt in restored.receipts { try write(receipt) }
        try writeMembers(restored.members)
        try writeTasks(cleared: [], set: restored.tasks)
        for reference in restored.references {
            let statement = try statement(.setReference)
            statement.bind(reference.sha256.text)
            statement.bind(reference.instance)
            try statement.run()
        }
    }
}
