import Execution
import Values

/// What every store does with entries of indexes: compares bytes, and writes them with their records or not at all.
extension StoreSuite {
    private static let one = IndexName(collection: "workers", text: "1: one")
    private static let two = IndexName(collection: "workers", text: "1: two")

    private static func declared(_ store: any Store, _ names: [IndexName] = [one, two]) throws {
        try store.declare(names, areBuilt: false)
        try store.declare(names, areBuilt: true)
    }

    private static func record(
        _ id: String, expecting revision: Int64 = 0, _ keys: [[UInt8]]?,
        of index: IndexName = one
    ) -> RecordWrite {
        RecordWrite(
            collection: index.collection, id: id, group: "", expectedRevision: revision,
            body: keys.map { ["keys": .int(Int64($0.count))] },
            entries: (keys ?? []).map { IndexEntry(index: index.text, key: $0) })
    }

    private static func write(_ store: any Store, _ records: RecordWrite...) throws {
        try store.commit([commit(nil) { $0.records = records }])
    }

    private static func found(
        _ store: any Store, _ lower: [UInt8] = [], _ upper: [UInt8] = [0xFF],
        in index: IndexName = one, isDescending: Bool = false, after: IndexPosition? = nil,
        limit: Int = 100
    ) throws -> [String] {
        let scan = IndexScan(
            index: index, lower: lower, upper: upper, isDescending: isDescending, after: after)
        let set = try store.records(
            RecordQuery(collection: index.collection, selection: .index(scan), limit: limit))
        try expectEqual(set.keys.count, set.records.count, "a key for each record")
        return zip(set.records, set.keys).map { "\($0.id)@\($1)" }
    }

    static let indexCases: [StoreCase] = [
        StoreCase("an index is read in order of its bytes, then of ids, in both directions") {
            store in
            try declared(store)
            try write(
                store, record("b", [[1, 2]]), record("a", [[1, 2]]), record("c", [[1]]),
                record("d", [[1, 2, 0]]), record("e", [[2], [0xFE]]), record("f", []))
            let order = ["c@[1]", "a@[1, 2]", "b@[1, 2]", "d@[1, 2, 0]", "e@[2]", "e@[254]"]
            try expectEqual(try found(store), order, "forwards")
            try expectEqual(try found(store, isDescending: true), order.reversed(), "backwards")
            try expectEqual(try found(store, [1, 2], [2]), Array(order[1...3]), "a range")
            try expectEqual(try found(store, [1, 2], [1, 2]), [], "an empty range")
            try expectEqual(try found(store, limit: 2), Array(order[..<2]), "two")
            try expectEqual(try found(store, in: two), [], "another index")
        },
        StoreCase("an index is read page by page, also within one key") { store in
            try declared(store)
            let ids = ["a", "b", "c", "e\u{301}", "\u{E9}"]
            for id in ids { try write(store, record(id, [[7], [9]])) }
            for isDescending in [false, true] {
                let all = try found(store, isDescending: isDescending)
                try expectEqual(all.count, 10, "entries")
                var pages: [String] = []
                var after: IndexPosition?
                for _ in 0..<10 {
                    let scan = IndexScan(
                        index: one, lower: [], upper: [0xFF], isDescending: isDescending,
                        after: after)
                    let set = try store.records(
                        RecordQuery(collection: "workers", selection: .index(scan), limit: 3))
                    guard let record = set.records.last, let key = set.keys.last else { break }
                    pages += zip(set.records, set.keys).map { "\($0.id)@\($1)" }
                    after = IndexPosition(key: key, id: record.id)
                }
                try expectEqual(
                    pages.map { Array($0.utf8) }, all.map { Array($0.utf8) }, "page by page")
            }
        },
        StoreCase("a record that changes leaves its old places") { store in
            try declared(store)
            try write(store, record("a", [[1], [2]]))
            try write(store, record("a", expecting: 1, [[2], [3]]))
            try expectEqual(try found(store), ["a@[2]", "a@[3]"], "changed")
            try write(store, record("a", expecting: 2, [[2], [3]]))
            try expectEqual(try found(store), ["a@[2]", "a@[3]"], "unchanged")
            try write(store, record("a", expecting: 3, nil))
            try expectEqual(try found(store), [], "deleted")
            try write(store, record("a", [[4]]))
            try expectEqual(try found(store), ["a@[4]"], "made again")
        },
        StoreCase("a commit that is refused leaves no entry") { store in
            try declared(store)
            try write(store, record("a", [[1]]))
            try expectConflict(
                store, [commit(nil) { $0.records = [record("b", [[2]]), record("a", [[3]])] }],
                "the second exists")
            try expectConflict(
                store,
                [commit(nil) { $0.records = [record("a", expecting: 7, [[3]])] }], "stale")
            try expectEqual(try found(store), ["a@[1]"], "as before")
        },
        StoreCase(
            "an index that is not declared has no entries, and one that goes takes them along"
        ) {
            store in
            try write(store, record("a", [[1]]))
            try expectEqual(try found(store), [], "before it was declared")
            try declared(store, [one])
            try expectEqual(try store.indexes(), [one], "declared")
            try write(store, record("b", [[2]]), record("c", [[3]], of: two))
            try expectEqual(try found(store), ["b@[2]"], "since")
            try declared(store, [two])
            try expectEqual(try store.indexes(), [two], "declared anew")
            try expectEqual(try found(store), [], "gone")
            try declared(store)
            try expectEqual(try found(store), [], "come back empty")
            try expectEqual(try found(store, in: two), [], "c was not in it")
            try write(store, record("b", expecting: 1, [[4]]))
            try expectEqual(try found(store), ["b@[4]"], "written again")
        },
        StoreCase("an index is not built before it is said to be") { store in
            try store.declare([one, two], areBuilt: false)
            try expectEqual(try store.indexes(), [], "under way")
            try store.declare([one], areBuilt: true)
            try store.declare([one, two], areBuilt: false)
            try expectEqual(try store.indexes(), [one], "one stays built")
        },
        StoreCase("records are indexed anew in place, and said to be") { store in
            try write(store, record("a", [[1]]), record("b", [[1]]))
            try declared(store, [one])
            let rows = try store.indexed("workers", after: nil, count: 10)
            try expectEqual(rows.map(\.row.id), ["a", "b"], "all")
            try expectEqual(rows.flatMap(\.entries), [], "no entries")
            let entry = IndexEntry(index: one.text, key: [5])
            try store.reindex(rows.map { IndexedRecord(row: $0.row, entries: [entry]) })
            try expectEqual(try found(store), ["a@[5]", "b@[5]"], "built")
            let again = try store.indexed("workers", after: "a", count: 10)
            try expectEqual(again.map(\.row.id), ["b"], "behind the first")
            try expectEqual(again.flatMap(\.entries), [entry], "what is there")
            try write(store, record("a", expecting: 1, [[6]]))
            try store.reindex(rows.map { IndexedRecord(row: $0.row, entries: []) })
            try expectEqual(try found(store), ["a@[6]"], "one that moved on is left alone")
        },
    ]
}
