import Execution
import Values

extension MemoryState {
    func scan(_ scan: IndexScan, _ query: RecordQuery) throws(StoreError) -> RecordSet {
        let index = RowKey(.text(scan.index.collection), .text(scan.index.text))
        var positions: [IndexPosition] = []
        if scan.isDescending {
            let start = RowKey(index.parts + [.text(scan.lower)])
            positions = entries.rows(from: start, prefix: index, count: .max)
                .map { $0.key.position }.filter(scan.includes).reversed()
            positions = Array(positions.prefix(max(query.limit, 0)))
        } else {
            var start = RowKey(index.parts + [.text(scan.lower)])
            if let after = scan.after {
                start = max(start, RowKey(index.parts + [.text(after.key), .text(after.id)]))
            }
            // One more: the one behind which it begins may be there still.
            positions = entries.rows(from: start, prefix: index, count: max(query.limit, 0) + 1)
                .map { $0.key.position }.filter(scan.includes)
            positions = Array(positions.prefix(max(query.limit, 0)))
        }
        var found: [RecordRow] = []
        for position in positions {
            guard let row = records[RowKey(.text(query.collection), .text(position.id))] else {
                throw .corrupt("\(scan.index.text) holds \(position.id), which is not there")
            }
            found.append(try row.record(in: query.collection))
        }
        return RecordSet(query: query, records: found, keys: positions.map(\.key))
    }

    /// Those of indexes that are there.
    func declared(_ entries: [IndexEntry], of collection: String) -> [IndexEntry] {
        entries.filter { indexes[RowKey(.text(collection), .text($0.index))] != nil }
    }

    mutating func setEntries(_ new: [IndexEntry], of collection: String, _ id: String) {
        for entry in records[RowKey(.text(collection), .text(id))]?.entries ?? [] {
            entries[RowKey(entry, collection, id)] = nil
        }
        for entry in new { entries[RowKey(entry, collection, id)] = true }
    }

    mutating func declare(_ names: [IndexName], areBuilt: Bool) {
        let wanted = Set<IndexName>(names)
        for (key, _) in indexes.rows(prefix: RowKey()) where !wanted.contains(key.indexName) {
            indexes[key] = nil
            for (entry, _) in entries.rows(prefix: key) { entries[entry] = nil }
        }
        for name in names {
            let key = RowKey(.text(name.collection), .text(name.text))
            if indexes[key] != true { indexes[key] = areBuilt }
        }
    }

    mutating func reindex(_ record: IndexedRecord) {
        let key = RowKey(.text(record.row.collection), .text(record.row.id))
        guard let old = records[key], old.revision == record.row.revision else { return }
        let declared = declared(record.entries, of: record.row.collection)
        setEntries(declared, of: record.row.collection, record.row.id)
        records[key] = RecordData(
            id: old.id, group: old.group, revision: old.revision, body: old.body,
            entries: declared)
    }
}

extension MemoryState.RecordData {
    func record(in collection: String) throws(StoreError) -> RecordRow {
        RecordRow(
            collection: collection, id: id, group: group, revision: revision,
            body: try MemoryState.parse(body))
    }
}

extension MemoryStore {
    package func indexes() throws(StoreError) -> [IndexName] {
        try read { (state) throws(StoreError) in
            state.indexes.rows(prefix: RowKey()).filter(\.row).map(\.key.indexName).sorted()
        }
    }

    package func declare(_ indexes: [IndexName], areBuilt: Bool) throws(StoreError) {
        write { $0.declare(indexes, areBuilt: areBuilt) }
    }

    package func ledgers() throws(StoreError) -> [String] {
        try read { (state) throws(StoreError) in state.ledgers.collections }
    }

    package func declare(ledgers: [String]) throws(StoreError) {
        write { state in
            let new = ledgers.filter { !state.ledgers.contains($0) }
            state.ledgers = LedgerRules(state.ledgers.collections + ledgers)
            for collection in new { state.rebook(collection) }
        }
    }

    package func reindex(_ records: [IndexedRecord]) throws(StoreError) {
        write { state in
            for record in records { state.reindex(record) }
        }
    }

    package func indexed(
        _ collection: String, after id: String?, count: Int
    ) throws(StoreError) -> [IndexedRecord] {
        try read { (state) throws(StoreError) in
            let prefix = RowKey(.text(collection))
            let cursor = RowKey(.text(collection), .text(id ?? ""))
            let rows =
                id == nil
                ? state.records.rows(prefix: prefix, count: count)
                : state.records.rows(after: cursor, prefix: prefix, count: count)
            return try rows.map { (entry) throws(StoreError) in
                let own = entry.row.entries.filter {
                    state.entries[RowKey($0, collection, entry.row.id)] == true
                }
                return IndexedRecord(row: try entry.row.record(in: collection), entries: own)
            }
        }
    }
}

extension RowKey {
    fileprivate init(_ entry: IndexEntry, _ collection: String, _ id: String) {
        self.init(.text(collection), .text(entry.index), .text(entry.key), .text(id))
    }

    fileprivate func bytes(_ index: Int) -> [UInt8] {
        guard parts.indices.contains(index), case .text(let bytes) = parts[index] else { return [] }
        return bytes
    }

    fileprivate var position: IndexPosition {
        IndexPosition(key: bytes(2), id: String(decoding: bytes(3), as: UTF8.self))
    }

    fileprivate var indexName: IndexName {
        IndexName(
            collection: String(decoding: bytes(0), as: UTF8.self),
            text: String(decoding: bytes(1), as: UTF8.self))
    }
}
