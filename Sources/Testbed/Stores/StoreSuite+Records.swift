import Execution
import Values

extension StoreSuite {
    static func record(
        _ id: String, group: String = "", expecting revision: Int64 = 0, _ body: Value? = ["a": 1],
        in collection: String = "workers"
    ) -> RecordWrite {
        RecordWrite(
            collection: collection, id: id, group: group, expectedRevision: revision, body: body)
    }

    private static func write(_ store: any Store, _ records: RecordWrite...) throws {
        try store.commit([commit(nil) { $0.records = records }])
    }

    private static func found(
        _ store: any Store, _ selection: RecordQuery.Selection, after: String? = nil,
        limit: Int = 100
    ) throws -> [RecordRow] {
        let query = RecordQuery(
            collection: "workers", selection: selection, after: after, limit: limit)
        let set = try store.records(query)
        try expectEqual(set.query, query, "the query of the answer")
        return set.records
    }

    private static func expectConflict(
        _ store: any Store, _ record: RecordWrite, _ why: String
    ) throws {
        try expectConflict(store, [commit(nil) { $0.records = [record] }], why)
    }

    static let recordCases: [StoreCase] = [
        StoreCase("a record counts its revisions and is deleted") { store in
            try write(store, record("w1", group: "baker", ["n": 1]))
            let first = RecordRow(
                collection: "workers", id: "w1", group: "baker", revision: 1, body: ["n": 1])
            try expectEqual(try found(store, .id("w1")), [first], "the first revision")
            try write(store, record("w1", group: "cook", expecting: 1, ["n": 2]))
            let second = RecordRow(
                collection: "workers", id: "w1", group: "cook", revision: 2, body: ["n": 2])
            try expectEqual(try found(store, .id("w1")), [second], "the second revision")
            try expectEqual(try found(store, .group("baker")), [], "the group that it left")
            try write(store, record("w1", expecting: 2, nil))
            try expectEqual(try found(store, .all), [], "after the deletion")
            try write(store, record("w1"))
            try expectEqual(try found(store, .id("w1")).count, 1, "made again")
        },
        StoreCase("several reads of one moment see nothing that comes in between") { store in
            try write(store, record("w1", group: "baker"))
            let query = RecordQuery(collection: "workers", selection: .all, limit: 100)
            let counts = try store.reading { (read) throws(StoreError) in
                let first = try read(query).records.count
                try store.commit([commit(nil) { $0.records = [record("w2", group: "baker")] }])
                let group = RecordQuery(
                    collection: "workers", selection: .group("baker"), limit: 100)
                return [first, try read(query).records.count, try read(group).records.count]
            }
            try expectEqual(counts, [1, 1, 1], "of one moment")
            try expectEqual(try found(store, .all).count, 2, "afterwards")
            do throws(StoreError) {
                try store.reading { (_) throws(StoreError) in throw .unavailable("enough") }
            } catch {
                try expectEqual(error, .unavailable("enough"), "what the reader throws")
            }
            try write(store, record("w3"))
        },
        StoreCase("a record at another revision than expected is a conflict") { store in
            try write(store, record("w1"))
            try write(store, record("w1", expecting: 1))
            try expectConflict(store, record("w1"), "must not exist")
            try expectConflict(store, record("w1", expecting: 1), "stale")
            try expectConflict(store, record("w1", expecting: 3), "ahead")
            try expectConflict(store, record("w1", expecting: 1, nil), "stale deletion")
            try expectConflict(store, record("w1", nil), "deletion of one that must not exist")
            try expectConflict(store, record("w2", expecting: 1), "no such record")
            try expectConflict(store, record("w2", expecting: 1, nil), "deletion of nothing")
            try write(store, record("w2", nil))
            try expectEqual(try found(store, .all).map(\.revision), [2], "revisions")
        },
        StoreCase("records are found by id, group and all, in order of id, up to a limit") {
            store in
            let ids = ["b", "a10", "a2", "Z", "\u{E9}", "e\u{301}", "c"]
            for id in ids { try write(store, record(id, group: id.count == 1 ? "one" : "more")) }
            try write(store, record("a", in: "other"))
            let order = ["Z", "a10", "a2", "b", "c", "e\u{301}", "\u{E9}"]
            try expectEqual(
                try found(store, .all).map { Array($0.id.utf8) }, order.map { Array($0.utf8) },
                "all")
            try expectEqual(
                try found(store, .group("more")).map(\.id), ["a10", "a2"], "the group")
            try expectEqual(
                try found(store, .group("one"), limit: 2).map(\.id), ["Z", "b"], "two of a group")
            try expectEqual(try found(store, .all, limit: 3).count, 3, "three of all")
            try expectEqual(
                try found(store, .all, after: "a2", limit: 2).map(\.id), ["b", "c"], "a page")
            try expectEqual(
                try found(store, .group("one"), after: "b").map(\.id), ["c", "e\u{301}", "\u{E9}"],
                "the rest of a group")
            try expectEqual(try found(store, .id("a")), [], "another collection's")
            try expectEqual(try found(store, .id("e\u{301}")).count, 1, "by bytes")
        },
    ]
}
