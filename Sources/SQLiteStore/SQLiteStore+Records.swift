import Encryption
import Execution
import Sabotage
import Values

extension SQLiteStore {
    package func records(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        try readers.read { (connection) throws(StoreError) in try connection.records(query) }
    }

    package func reading<T: Sendable>(
        _ body: (@escaping RecordReader) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        if isMutant(.statementOfTwoMoments) {
            return try body { (query) throws(StoreError) in try self.records(query) }
        }
        return try readers.read { (connection) throws(StoreError) in
            try connection.snapshot { (connection) throws(StoreError) in
                try body { (query) throws(StoreError) in try connection.records(query) }
            }
        }
    }
}

extension Connection {
    fileprivate func records(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        if case .index(let scan) = query.selection { return try self.scan(scan, query) }
        let statement = try statement(query.selection.sql)
        statement.bind(query.collection)
        switch query.selection {
        case .id(let id): statement.bind(id)
        case .group(let group):
            statement.bind(group)
            statement.bind(query.after ?? "")
        case .all, .index: statement.bind(query.after ?? "")
        }
        statement.bind(max(query.limit, 0))
        let records = try statement.rows { (row) throws(StoreError) in try row.record() }
        return RecordSet(query: query, records: records)
    }
}

extension RecordQuery.Selection {
    fileprivate var sql: SQL {
        switch self {
        case .id: .recordByID
        case .group: .recordsByGroup
        case .all, .index: .recordsAll
        }
    }
}

extension Connection {
    func write(_ record: RecordWrite) throws(StoreError) {
        switch (record.body, record.expectedRevision) {
        case (let body?, 0): try insert(record, body: body)
        case (let body?, _): try update(record, body: body)
        case (nil, 0): try requireAbsent(record)
        case (nil, _): try delete(record)
        }
    }

    private func insert(_ record: RecordWrite, body: Value) throws(StoreError) {
        try requirePosting(record)
        let entries = try stored(record.entries, of: record.collection)
        let statement = try statement(.insertRecord)
        statement.bind(record.collection)
        statement.bind(record.id)
        statement.bind(record.group)
        statement.bind(sealing: JSON.encode(body), at: .record(record.collection, record.id))
        statement.bind(blob: entries.bytes)
        try statement.run(orConflict: "record \(record.collection)/\(record.id) exists")
        try replace(StoredEntries(), by: entries, of: record.id)
    }

    private func update(_ record: RecordWrite, body: Value) throws(StoreError) {
        let isIndexed = try hasIndexes(record.collection)
        let old = isIndexed ? try remembered(record.collection, record.id) : nil
        let new = try stored(record.entries, of: record.collection)
        let statement = try statement(.updateRecord)
        statement.bind(record.group)
        statement.bind(sealing: JSON.encode(body), at: .record(record.collection, record.id))
        statement.bind(blob: new.bytes)
        statement.bind(record.collection)
        statement.bind(record.id)
        statement.bind(record.expectedRevision)
        try requireOne(try statement.run(), record)
        if let old { try replace(old, by: new, of: record.id) }
    }

    private func delete(_ record: RecordWrite) throws(StoreError) {
        let isIndexed = try hasIndexes(record.collection)
        let old = isIndexed ? try remembered(record.collection, record.id) : nil
        let statement = try statement(.deleteRecord)
        statement.bind(record.collection)
        statement.bind(record.id)
        statement.bind(record.expectedRevision)
        try requireOne(try statement.run(), record)
        if let old { try replace(old, by: StoredEntries(), of: record.id) }
    }

    private func requireAbsent(_ record: RecordWrite) throws(StoreError) {
        let statement = try statement(.recordExists)
        statement.bind(record.collection)
        statement.bind(record.id)
        let exists = try statement.first { (_) throws(StoreError) in true } ?? false
        if exists { throw .conflict("record \(record.collection)/\(record.id) exists") }
    }

    private func requireOne(_ changed: Int, _ record: RecordWrite) throws(StoreError) {
        guard changed == 1 || isMutant(.recordRevisionIgnored) else {
            throw .conflict(
                "record \(record.collection)/\(record.id) is not at revision "
                    + "\(record.expectedRevision)")
        }
    }
}

extension Statement {
    func record() throws(StoreError) -> RecordRow {
        let collection = try text(0)
        let id = try text(1)
        return RecordRow(
            collection: collection, id: id, group: try text(2), revision: int64(3),
            body: try value(
                4, at: .record(collection, id), of: "record \(collection)/\(id)"))
    }
}
