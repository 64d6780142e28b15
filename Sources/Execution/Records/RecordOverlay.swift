import Values

/// A record that is not in the store as it will be: written and not flushed, or changed and not written.
package struct OverlaidRecord: Sendable, Hashable {
    @ExactText package private(set) var id: String
    /// nil: it is deleted.
    package let row: RecordRow?
    package let entries: [IndexEntry]

    package init(id: String, row: RecordRow?, entries: [IndexEntry]) {
        self.id = id
        self.row = row
        self.entries = entries
    }
}

/// What a query finds when some records of its collection are other than the store has them.
extension RecordQuery {
    /// - Parameters:
    ///   - changes: of the query's collection.
    ///   - isChanged: whether the record of that id is among them.
    package func answer(
        over changes: [OverlaidRecord], isChanged: (String) -> Bool,
        read: (RecordQuery) throws(StoreError) -> RecordSet
    ) throws(StoreError) -> RecordSet {
        guard !changes.isEmpty else { return try read(self) }
        guard case .index(let scan) = selection else {
            let stored = try read(widened(by: changes.count)).records.filter {
                !isChanged($0.id)
            }
            return answer(from: stored + changes.compactMap(\.row))
        }
        var found = try unchanged(scan, isChanged, read)
        for change in changes {
            guard let row = change.row else { continue }
            for entry in change.entries where sameUTF8(entry.index, scan.index.text) {
                let position = IndexPosition(key: entry.key, id: row.id)
                if scan.includes(position) { found.append((position, row)) }
            }
        }
        found.sort { scan.isDescending ? $1.0 < $0.0 : $0.0 < $1.0 }
        let page = found.prefix(max(limit, 0))
        return RecordSet(query: self, records: page.map(\.1), keys: page.map(\.0.key))
    }

    /// As many as the limit, or all: a record that was changed may stand there many times.
    private func unchanged(
        _ scan: IndexScan, _ isChanged: (String) -> Bool,
        _ read: (RecordQuery) throws(StoreError) -> RecordSet
    ) throws(StoreError) -> [(IndexPosition, RecordRow)] {
        var found: [(IndexPosition, RecordRow)] = []
        var cursor: IndexPosition?
        let count = max(limit, 16)
        while found.count < limit {
            let page = try read(
                RecordQuery(
                    collection: collection, selection: .index(scan.beginning(after: cursor)),
                    limit: count))
            for (row, key) in zip(page.records, page.keys) {
                cursor = IndexPosition(key: key, id: row.id)
                if !isChanged(row.id) { found.append((IndexPosition(key: key, id: row.id), row)) }
            }
            if page.records.count < count { break }
        }
        return found
    }
}

extension RecordQuery {
    package func matches(_ row: RecordRow) -> Bool {
        guard sameUTF8(collection, row.collection), isBehind(row) else { return false }
        return switch selection {
        case .id(let id): sameUTF8(id, row.id)
        case .group(let group): sameUTF8(group, row.group)
        case .all: true
        case .index: false
        }
    }

    package func isBehind(_ row: RecordRow) -> Bool {
        after.map { compareUTF8($0, row.id) < 0 } ?? true
    }

    /// The answer over these rows, in whatever order they come; of no index.
    package func answer(from rows: some Sequence<RecordRow>) -> RecordSet {
        let found = rows.filter(matches).sorted { compareUTF8($0.id, $1.id) < 0 }
        return RecordSet(query: self, records: Array(found.prefix(max(limit, 0))))
    }

    /// With room for so many that may have gone since: a page that is too short would look like the last one.
    package func widened(by count: Int) -> RecordQuery {
        RecordQuery(
            collection: collection, selection: selection, after: after, limit: limit + count)
    }
}

/// Records in memory with their indexes: what operations are tried over.
package struct RecordTable: Sendable {
    private let rows: [RecordRow]
    /// In order.
    private let entries: [IndexName: [(position: IndexPosition, row: RecordRow)]]

    package init(_ rows: [RecordRow], indexes: RecordIndexes = RecordIndexes()) {
        self.rows = rows
        var entries: [IndexName: [(position: IndexPosition, row: RecordRow)]] = [:]
        for row in rows {
            for entry in indexes.entries(of: row.body, in: row.collection) {
                let name = IndexName(collection: row.collection, text: entry.index)
                let position = IndexPosition(key: entry.key, id: row.id)
                entries[name, default: []].append((position, row))
            }
        }
        self.entries = entries.mapValues { $0.sorted { $0.position < $1.position } }
    }

    package func answer(_ query: RecordQuery) -> RecordSet {
        guard case .index(let scan) = query.selection else { return query.answer(from: rows) }
        let all = entries[scan.index] ?? []
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if all[middle].position.key.lexicographicallyPrecedes(scan.lower) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        let behind = all[low...].prefix { $0.position.key.lexicographicallyPrecedes(scan.upper) }
        let found =
            scan.isDescending
            ? Array(
                behind.reversed().lazy.filter { scan.includes($0.position) }.prefix(query.limit))
            : Array(behind.lazy.filter { scan.includes($0.position) }.prefix(query.limit))
        return RecordSet(
            query: query, records: found.map(\.row), keys: found.map(\.position.key))
    }
}
