import Execution
import Sabotage
import Values

/// Indexes of records. An entry is a row of one table in order of index, key and id; the record's own row remembers its
/// entries, so that a write knows which ones go. Indexes are numbers there, never given out twice.
extension SQLiteStore {
    package func indexes() throws(StoreError) -> [IndexName] {
        try readers.read { (connection) throws(StoreError) in
            try connection.statement(.indexesBuilt).rows { (row) throws(StoreError) in
                IndexName(collection: try row.text(0), text: try row.text(1))
            }.sorted()
        }
    }

    package func declare(_ indexes: [IndexName], areBuilt: Bool) throws(StoreError) {
        try write(commits: 0) { (connection) throws(StoreError) in
            try connection.declare(indexes, areBuilt: areBuilt)
        }
    }

    package func ledgers() throws(StoreError) -> [String] {
        try readers.read { (connection) throws(StoreError) in
            try connection.statement(.ledgers).rows { (row) throws(StoreError) in try row.text(0) }
        }
    }

    package func declare(ledgers: [String]) throws(StoreError) {
        try write(commits: 0) { (connection) throws(StoreError) in
            for ledger in ledgers {
                let statement = try connection.statement(.declareLedger)
                statement.bind(ledger)
                try statement.run()
            }
        }
    }

    package func reindex(_ records: [IndexedRecord]) throws(StoreError) {
        try write(commits: 0) { (connection) throws(StoreError) in
            for record in records { try connection.reindex(record) }
        }
    }

    package func indexed(
        _ collection: String, after id: String?, count: Int
    ) throws(StoreError) -> [IndexedRecord] {
        try readers.read { (connection) throws(StoreError) in
            let numbers = try connection.readIndexNumbers()
            let statement = try connection.statement(.recordsWithEntries)
            statement.bind(collection)
            statement.bind(id ?? "")
            statement.bind(max(count, 0))
            let rows = try statement.rows { (row) throws(StoreError) in
                (try row.record(), row.bytes(5))
            }
            var result: [IndexedRecord] = []
            for (row, bytes) in rows {
                var entries: [IndexEntry] = []
                for entry in try StoredEntries(bytes).entries {
                    guard let name = numbers.first(where: { $0.value == entry.number })?.key,
                        try connection.holds(entry, row.id)
                    else { continue }
                    entries.append(IndexEntry(index: name.text, key: entry.key))
                }
                result.append(IndexedRecord(row: row, entries: entries))
            }
            return result
        }
    }

}

extension Connection {
    func scan(_ scan: IndexScan, _ query: RecordQuery) throws(StoreError) -> RecordSet {
        let statement = try statement(scan.sql)
        statement.bind(scan.index.collection)
        statement.bind(scan.index.text)
        statement.bind(blob: scan.lower)
        statement.bind(blob: scan.upper)
        statement.bind(max(query.limit, 0))
        if let after = scan.after {
            statement.bind(blob: after.key)
            statement.bind(after.id)
        }
        var keys: [[UInt8]] = []
        let records = try statement.rows { (row) throws(StoreError) in
            keys.append(row.bytes(5))
            return try row.record()
        }
        return RecordSet(query: query, records: records, keys: keys)
    }
}

extension IndexScan {
    fileprivate var sql: SQL {
        switch (isDescending, after) {
        case (false, nil): .indexForwards
        case (false, _): .indexForwardsAfter
        case (true, nil): .indexBackwards
        case (true, _): .indexBackwardsAfter
        }
    }
}

extension Connection {
    func readIndexNumbers() throws(StoreError) -> [IndexName: Int64] {
        let rows = try statement(.indexNumbers).rows { (row) throws(StoreError) in
            (IndexName(collection: try row.text(1), text: try row.text(2)), row.int64(0))
        }
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }

    /// The numbers of a collection's indexes, remembered until they are declared anew.
    private func numbers(of collection: String) throws(StoreError) -> [ExactText: Int64] {
        if indexNumbers == nil {
            var known: [ExactText: [ExactText: Int64]] = [:]
            for (name, number) in try readIndexNumbers() {
                known[name.collection, default: [:]][name.text] = number
            }
            indexNumbers = known
        }
        return indexNumbers?[collection] ?? [:]
    }

    func declare(_ names: [IndexName], areBuilt: Bool) throws(StoreError) {
        indexNumbers = nil
        let wanted = Set<IndexName>(names)
        for (name, number) in try readIndexNumbers() where !wanted.contains(name) {
            for sql in [SQL.deleteIndexEntries, .deleteIndex] {
                let statement = try statement(sql)
                statement.bind(number)
                try statement.run()
            }
        }
        for name in names {
            let statement = try statement(.declareIndex)
            statement.bind(name.collection)
            statement.bind(name.text)
            statement.bind(areBuilt)
            try statement.run()
        }
    }

    /// Those of indexes that are declared, as the record's row remembers them.
    func stored(
        _ entries: [IndexEntry], of collection: String
    ) throws(StoreError) -> StoredEntries {
        guard !entries.isEmpty else { return StoredEntries() }
        let numbers = try numbers(of: collection)
        return StoredEntries(
            entries.compactMap { entry in
                numbers[entry.index].map { StoredEntries.Entry(number: $0, key: entry.key) }
            })
    }

    /// nil: there is no such record.
    func remembered(_ collection: String, _ id: String) throws(StoreError) -> StoredEntries? {
        let statement = try statement(.entriesOfRecord)
        statement.bind(collection)
        statement.bind(id)
        return try statement.first { (row) throws(StoreError) in try StoredEntries(row.bytes(0)) }
    }

    func hasIndexes(_ collection: String) throws(StoreError) -> Bool {
        try !numbers(of: collection).isEmpty
    }

    func replace(_ old: StoredEntries, by new: StoredEntries, of id: String) throws(StoreError) {
        guard old != new else { return }
        let kept = Set<StoredEntries.Entry>(old.entries).intersection(new.entries)
        for entry in old.entries where !kept.contains(entry) && !isMutant(.indexEntryLeft) {
            try run(.deleteEntry, entry, id)
        }
        for entry in new.entries where !kept.contains(entry) { try run(.insertEntry, entry, id) }
    }

    private func run(
        _ sql: SQL, _ entry: StoredEntries.Entry, _ id: String
    ) throws(StoreError) {
        let statement = try statement(sql)
        statement.bind(entry.number)
        statement.bind(blob: entry.key)
        statement.bind(id)
        try statement.run()
    }

    func holds(_ entry: StoredEntries.Entry, _ id: String) throws(StoreError) -> Bool {
        let statement = try statement(.entryExists)
        statement.bind(entry.number)
        statement.bind(blob: entry.key)
        statement.bind(id)
        return try statement.first { (_) throws(StoreError) in true } ?? false
    }

    func reindex(_ record: IndexedRecord) throws(StoreError) {
        let row = record.row
        guard let old = try remembered(row.collection, row.id) else { return }
        let new = try stored(record.entries, of: row.collection)
        let statement = try statement(.updateEntries)
        statement.bind(blob: new.bytes)
        statement.bind(row.collection)
        statement.bind(row.id)
        statement.bind(row.revision)
        guard try statement.run() == 1 else { return }
        try replace(old, by: new, of: row.id)
    }
}

/// A record's entries as its row remembers them: for each the index's number, the key's length and the key.
struct StoredEntries: Hashable {
    struct Entry: Hashable {
        let number: Int64
        let key: [UInt8]
    }

    private(set) var entries: [Entry] = []

    init(_ entries: [Entry] = []) { self.entries = entries }

    init(_ bytes: [UInt8]) throws(StoreError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let number = rest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let length = rest.dropFirst(8).prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 12, rest.count - 12 >= length else {
                throw .corrupt("pawl.db: a record does not say where it stands in its indexes")
            }
            let key = rest.dropFirst(12).prefix(length)
            entries.append(Entry(number: Int64(bitPattern: number), key: Array(key)))
            rest = rest.dropFirst(12 + length)
        }
    }

    var bytes: [UInt8] {
        var result: [UInt8] = []
        for entry in entries {
            let number = UInt64(bitPattern: entry.number)
            for shift in stride(from: 56, through: 0, by: -8) {
                result.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
            }
            for shift in stride(from: 24, through: 0, by: -8) {
                result.append(UInt8(truncatingIfNeeded: entry.key.count >> shift))
            }
            result += entry.key
        }
        return result
    }
}
