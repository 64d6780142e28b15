import Values

/// What a query finds, said once: for records that are not in a store (yet).
extension RecordQuery {
    package func matches(_ row: RecordRow) -> Bool {
        guard sameUTF8(collection, row.collection), isBehind(row) else { return false }
        return switch selection {
        case .id(let id): sameUTF8(id, row.id)
        case .group(let group): sameUTF8(group, row.group)
        case .all: true
        }
    }

    package func isBehind(_ row: RecordRow) -> Bool {
        after.map { compareUTF8($0, row.id) < 0 } ?? true
    }

    /// The answer over these rows, in whatever order they come.
    package func answer(from rows: some Sequence<RecordRow>) -> RecordSet {
        let found = rows.filter(matches).sorted { compareUTF8($0.id, $1.id) < 0 }
        return RecordSet(query: self, records: Array(found.prefix(max(limit, 0))))
    }
}

extension RecordQuery {
    /// With room for so many that may have gone since: a page that is too short would look like the last one.
    package func widened(by count: Int) -> RecordQuery {
        RecordQuery(
            collection: collection, selection: selection, after: after, limit: limit + count)
    }
}
