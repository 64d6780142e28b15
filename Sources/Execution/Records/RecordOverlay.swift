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

    /// The answer over these rows, in whatever order they come.
    package func answer(
        from rows: some Sequence<RecordRow>, indexes: RecordIndexes = RecordIndexes()
    ) -> RecordSet {
        guard case .index = selection else {
            let found = rows.filter(matches).sorted { compareUTF8($0.id, $1.id) < 0 }
            return RecordSet(query: self, records: Array(found.prefix(max(limit, 0))))
        }
        let all = rows.filter { sameUTF8($0.collection, collection) }.map {
            OverlaidRecord(
                id: $0.id, row: $0, entries: indexes.entries(of: $0.body, in: collection))
        }
        let set = try? answer(over: all, isChanged: { _ in true }) {
            (query) throws(StoreError) in RecordSet(query: query, records: [])
        }
        return set ?? RecordSet(query: self, records: [])
    }

    /// With room for so many that may have gone since: a page that is too short would look like the last one.
    package func widened(by count: Int) -> RecordQuery {
        RecordQuery(
            collection: collection, selection: selection, after: after, limit: limit + count)
    }
}
