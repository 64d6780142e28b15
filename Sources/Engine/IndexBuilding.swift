import Execution
import Values

/// The indexes of a database are those that the business declares, before anything reads them.
package enum IndexBuilding {
    /// Records that are looked at between two flushes.
    private static let page = 1_000

    /// Builds what is new or was not finished, page by page, and lets go of what is declared no more.
    /// - Returns: the records that were looked at; 0: the database had it all.
    @discardableResult
    package static func prepare(
        _ store: any Store, for indexes: RecordIndexes
    ) throws(StoreError) -> Int {
        let ledgers = LedgerRules(try store.ledgers())
        let new = indexes.ledgers.collections.filter { !ledgers.contains($0) }
        if !new.isEmpty { try store.declare(ledgers: new) }
        let known = try store.indexes()
        guard known != indexes.names else { return 0 }
        let done = Set<IndexName>(known)
        try store.declare(indexes.names, areBuilt: false)
        var count = 0
        for collection in indexes.collections
        where indexes.names.contains(where: {
            sameUTF8($0.collection, collection) && !done.contains($0)
        }) {
            count += try build(collection, indexes, store)
        }
        try store.declare(indexes.names, areBuilt: true)
        return count
    }

    private static func build(
        _ collection: String, _ indexes: RecordIndexes, _ store: any Store
    ) throws(StoreError) -> Int {
        var count = 0
        var cursor: String?
        while true {
            let rows = try store.records(
                RecordQuery(
                    collection: collection, selection: .all, after: cursor, limit: page)
            ).records
            try store.reindex(
                rows.map {
                    IndexedRecord(
                        row: $0, entries: indexes.entries(of: $0.body, in: collection))
                })
            count += rows.count
            guard rows.count == page, let last = rows.last else { return count }
            cursor = last.id
        }
    }

    /// What the store has of a record and what its body says differ, one sentence each.
    static func differences(
        _ store: any Store, _ indexes: RecordIndexes, limit: Int = 100
    ) throws(StoreError) -> [String] {
        var findings: [String] = []
        // What is not built yet is built at the next start.
        let built = Set<IndexName>(try store.indexes())
        for collection in indexes.collections {
            var cursor: String?
            while findings.count < limit {
                let records = try store.indexed(collection, after: cursor, count: page)
                for record in records {
                    let wanted = indexes.entries(of: record.row.body, in: collection)
                    let isBuilt = { (entry: IndexEntry) in
                        built.contains(IndexName(collection: collection, text: entry.index))
                    }
                    guard
                        Set<IndexEntry>(wanted.filter(isBuilt))
                            != Set<IndexEntry>(record.entries.filter(isBuilt))
                    else { continue }
                    findings.append(
                        "the record \(collection)/\(record.row.id) is indexed otherwise than it is")
                }
                guard records.count == page, let last = records.last else { break }
                cursor = last.row.id
            }
        }
        return findings
    }
}
