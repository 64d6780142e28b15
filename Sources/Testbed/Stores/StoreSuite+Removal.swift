import Execution
import Values

/// What ended long ago, as one value, gone, and back.
extension StoreSuite {
    private static func ended(
        _ id: Int64, revision: Int64 = 1, incidents: Int = 0, workflow: String = "order"
    ) -> InstanceWrite {
        instance(
            id, workflow: workflow, revision: revision, status: .completed, states: ["done"],
            incidents: incidents, search: [("n", .int(id))])
    }

    private static func query(
        _ seconds: Int64, after: EndedInstance? = nil, count: Int = 99
    ) -> EndedQuery {
        EndedQuery(workflow: "order", endedBy: instant(seconds), after: after, count: count)
    }

    /// All that can be kept of one.
    private static func full(_ id: Int64) throws -> Commit {
        let write = ended(id)
        let file = try hash("a")
        return commit(write) {
            $0.history = [entry(id, 1, ["x": 1]), entry(id, 2)]
            $0.receipt = ReceiptRow(
                name: write.name, eventID: "e\(id)", receipt: Receipt(.applied), at: instant(2),
                fingerprint: "f")
            $0.members = [
                MemberRow(
                    instance: write.id, activation: 3, number: 1, status: .failed, key: "m",
                    output: ["y": 2], error: callError)
            ]
            $0.referencesSet = [ReferenceRow(sha256: file, instance: write.name)]
            $0.attachmentsSet = [
                AttachmentRow(
                    sha256: file, size: 5, type: .jpeg, putBy: ["client/c"], putAt: instant(1))
            ]
        }
    }

    private static func restored(
        _ document: InstanceDocument, _ write: InstanceWrite
    ) -> RestoredInstance {
        RestoredInstance(
            instance: write, history: document.history, receipts: document.receipts,
            members: document.members, tasks: [],
            references: document.attachments.map {
                ReferenceRow(sha256: $0.sha256, instance: document.name)
            })
    }

    static let removalCases: [StoreCase] = [
        StoreCase("what ended is listed in order of its end, and nothing that has anything to do") {
            store in
            try store.commit([
                commit(ended(1)) { $0.history = [entry(1, 1)] },
                commit(instance(2)), commit(ended(3, incidents: 1)),
                commit(ended(4)) { $0.timersSet = [timer(4, .chart(0), 9)] },
                commit(ended(5, workflow: "other")), commit(ended(6)), commit(ended(7)),
                commit(instance(8, status: .failed)), commit(nil) { $0.history = [entry(7, 1)] },
                commit(ended(9)),
            ])
            // 7 is the last of the history, 9 the last that started.
            let all = try store.ended(query(99))
            try expectEqual(all.map(\.id.rawValue), [1, 6, 8], "all")
            try expectEqual(all.first?.endedAt, instant(2), "when")
            try expectEqual(try store.ended(query(7)).map(\.id.rawValue), [1, 6], "by then")
            try expectEqual(try store.ended(query(6)).map(\.id.rawValue), [1], "by its end")
            try expectEqual(
                try store.ended(query(99, after: all[0], count: 1)).map(\.id.rawValue), [6],
                "a page")
        },
        StoreCase("what is removed is gone with all that was kept for it, and nothing else is") {
            store in
            try store.commit([try full(1), try full(2)])
            try store.commit([commit(instance(3)) { $0.history = [entry(3, 1)] }])
            let before = try store.document(of: InstanceID(2))
            let gone = try store.ended(query(99)).filter { $0.id == InstanceID(1) }
            try store.commit([commit(nil) { $0.removed = gone }])
            try expect(try store.document(of: InstanceID(1)) == nil, "it has a document")
            try expect(try store.instance(InstanceID(1)) == nil, "it is there by id")
            let name = InstanceName(workflow: "order", key: "k1")
            try expect(try store.instance(named: name) == nil, "it is there by name")
            try expectEqual(try store.history(InstanceID(1), after: 0, count: 9), [], "history")
            try expect(try store.receipt(name, eventID: "e1") == nil, "it has a receipt")
            try expectEqual(try store.references(of: name), [], "references")
            try expect(try store.lastFanOut(of: InstanceID(1)) == nil, "it has members")
            let terms: [InstanceQuery.Term] = [
                .search(name: "n", comparison: .equal, value: .int(1))
            ]
            let list = InstanceQuery(terms: terms, now: instant(9), before: nil, count: 9)
            try expectEqual(try store.list(list).instances.count, 0, "found by an attribute")
            try expectEqual(try store.document(of: InstanceID(2)), before, "the other one")
            try expectEqual(
                try store.journal(after: 0, count: 9).map { $0.entries[0].instance.rawValue },
                [2, 3], "the journal")
            try expectEqual(try store.lastRemovedJournalRow(), 1, "how far it went")
            // Its name is free.
            try store.commit([commit(instance(4, "k1"))])
        },
        StoreCase("one that changed meanwhile is not removed, and nothing of the batch is written")
        {
            store in
            try store.commit([try full(1), commit(ended(2))])
            try store.commit([commit(instance(3)) { $0.history = [entry(3, 1)] }])
            let gone = try store.ended(query(99))
            try store.commit([commit(ended(1, revision: 2))])
            try expectConflict(
                store, [commit(nil) { $0.removed = gone }], "another revision was removed")
            try expect(try store.instance(InstanceID(2)) != nil, "half of it was removed")
            try expectConflict(
                store,
                [
                    commit(nil) {
                        $0.removed = [
                            EndedInstance(
                                id: InstanceID(3), name: InstanceName(workflow: "order", key: "k3"),
                                revision: 1, endedAt: instant(9))
                        ]
                    }
                ], "one that goes on was removed")
        },
        StoreCase("what is put back is as it was, and no part of the journal") { store in
            try store.commit([try full(1), try full(2)])
            try store.commit([commit(instance(3)) { $0.history = [entry(3, 5)] }])
            guard let document = try store.document(of: InstanceID(1)),
                let row = try store.instance(InstanceID(1))
            else { throw Violation(description: "there is no document") }
            let json = JSON.encode(document.encoded)
            let read = try InstanceDocument(decodingJSON: json)
            try expectEqual(read, document, "through JSON")
            try store.commit([commit(nil) { $0.removed = [document.ended] }])
            let back = restored(read, row)
            try store.commit([commit(nil) { $0.restored = [back] }])
            try expectEqual(try store.document(of: InstanceID(1)), document, "afterwards")
            try expectEqual(try store.instance(InstanceID(1)), row, "its row")
            try expectEqual(
                try store.journal(after: 0, count: 9).map { $0.entries[0].instance.rawValue },
                [2, 3], "the journal")
            try expectEqual(try store.lastMoment(), instant(5), "the last moment")
            try expectConflict(
                store, [commit(nil) { $0.restored = [back] }], "it was put back twice")
        },
    ]
}
