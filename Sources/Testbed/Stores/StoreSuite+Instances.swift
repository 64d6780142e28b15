import Execution

extension StoreSuite {
    static let instanceCases: [StoreCase] = [
        StoreCase("an empty store answers with nothing") { store in
            try expectEqual(try store.lastInstanceID(), InstanceID(0), "last id")
            try expect(try store.instance(InstanceID(1)) == nil, "an instance was found")
            try expect(try store.nextTimer(after: nil) == nil, "a timer was found")
            try expectEqual(try store.calls(after: nil, count: 10), [], "calls")
            try expect(try store.setting("x") == nil, "a setting was found")
            try store.commit([])
        },
        StoreCase("an inserted instance comes back by id and by name") { store in
            let written = instance(
                7, "1009", states: ["open.paid", "shipping"], overdueAt: instant(99),
                search: [(name: "city", value: "Basel"), (name: "total", value: 12.5)],
                body: Array("{\"a\":[1,2]}".utf8))
            try store.commit([commit(written)])
            try expectEqual(try store.instance(InstanceID(7)), written, "by id")
            try expectEqual(try store.instance(named: written.name), written, "by name")
            try expectEqual(try store.lastInstanceID(), InstanceID(7), "last id")
        },
        StoreCase("the last moment is that of the last history entry") { store in
            try expect(try store.lastMoment() == nil, "an empty store has a moment")
            let two = commit(instance(1)) { $0.history = [entry(1, 1), entry(1, 2)] }
            try store.commit([two])
            let last = try store.history(InstanceID(1), after: 1, count: 1).first?.at
            try expectEqual(try store.lastMoment(), last, "last moment")
        },
        StoreCase("a stale revision is refused within a batch") { store in
            try store.commit([commit(instance(1))])
            let twice = [commit(instance(1, revision: 2)), commit(instance(1, revision: 2))]
            try expectConflict(store, twice, "revision 2 twice")
            try expectEqual(try store.instance(InstanceID(1))?.revision, 1, "revision")
        },
        StoreCase("an update replaces the row of the revision before") { store in
            try store.commit([commit(instance(1, search: [(name: "city", value: "Bern")]))])
            let second = instance(
                1, revision: 2, states: ["closed"], search: [(name: "city", value: "Bern")],
                body: Array("{\"b\":2}".utf8))
            try store.commit([commit(second)])
            try expectEqual(try store.instance(InstanceID(1)), second, "second revision")
            let third = instance(
                1, revision: 3, status: .completed, states: [], incidents: 2,
                search: [(name: "city", value: "Chur")])
            try store.commit([commit(third)])
            try expectEqual(try store.instance(InstanceID(1)), third, "third revision")
        },
        StoreCase("a stale revision is refused") { store in
            try store.commit([commit(instance(1)), commit(instance(1, revision: 2))])
            try expectConflict(store, [commit(instance(1, revision: 2))], "revision 2 again")
            try expectConflict(store, [commit(instance(1, revision: 4))], "revision 4 after 2")
            try expectConflict(store, [commit(instance(9, revision: 2))], "no such instance")
            try expectEqual(try store.instance(InstanceID(1))?.revision, 2, "revision")
        },
        StoreCase("a (workflow, key) names one instance") { store in
            try store.commit([commit(instance(1, "a"))])
            try expectConflict(store, [commit(instance(2, "a"))], "the same name")
            try expectConflict(store, [commit(instance(1, "b"))], "the same id")
            try store.commit([commit(instance(2, "a", workflow: "invoice"))])
            try expectEqual(try store.lastInstanceID(), InstanceID(2), "last id")
        },
        StoreCase("nothing is written when any commit of a batch conflicts") { store in
            try store.commit([commit(instance(1))])
            let full = commit(instance(2)) { fill(&$0) }
            try expectConflict(store, [full, commit(instance(3, "k1"))], "the last of a batch")
            try expect(try store.instance(InstanceID(2)) == nil, "an instance was written")
            try expectEqual(
                try store.history(InstanceID(2), after: 0, count: 10), [], "history")
            try expectEqual(try store.timers(dueBy: instant(1000), count: 10), [], "timers")
            try expectEqual(try store.calls(after: nil, count: 10), [], "calls")
            try expectEqual(try store.messages(after: nil, count: 10), [], "messages")
            try expectEqual(try store.incidents(cause: nil, after: 0, count: 10), [], "incidents")
            let everything = RecordQuery(collection: "workers", selection: .all)
            try expectEqual(try store.records(everything).records, [], "records")
            try store.commit([full])
            try expectEqual(try store.calls(after: nil, count: 10).count, 1, "calls afterwards")
        },
        StoreCase("later commits of a batch see the earlier ones") { store in
            let batch = (1...50).map { commit(instance(1, revision: Int64($0))) }
            try store.commit(batch)
            try expectEqual(try store.instance(InstanceID(1))?.revision, 50, "revision")
        },
        StoreCase("keys are bytes: composed and decomposed letters differ") { store in
            let composed = instance(1, "caf\u{E9}")
            let decomposed = instance(2, "cafe\u{301}")
            try store.commit([commit(composed), commit(decomposed)])
            try expectEqual(
                try store.instance(named: composed.name)?.id, InstanceID(1), "composed")
            try expectEqual(
                try store.instance(named: decomposed.name)?.id, InstanceID(2), "decomposed")
            let key = try store.instance(InstanceID(2))?.name.key ?? ""
            try expectEqual(Array(key.utf8), Array("cafe\u{301}".utf8), "the key's bytes")
        },
        StoreCase("any text is a key") { store in
            let keys = ["", " ", "a\u{0}b", "a", "日本", "🙂", "'; DROP TABLE x; --", "a/b", "%_"]
            let commits = keys.enumerated().map {
                commit(instance(Int64($0.offset + 1), $0.element))
            }
            try store.commit(commits)
            for (offset, key) in keys.enumerated() {
                let name = InstanceName(workflow: "order", key: key)
                try expectEqual(
                    try store.instance(named: name)?.id, InstanceID(Int64(offset + 1)), key)
            }
        },
        StoreCase("big values come back whole") { store in
            let text = String(repeating: "0123456789abcdef", count: 1 << 16)
            let body = Array(text.utf8)
            let big = commit(instance(1, body: body)) {
                $0.history = [entry(1, 1, ["text": .string(text)])]
            }
            try store.commit([big])
            try expect(try store.instance(InstanceID(1))?.body == body, "the body differs")
            let history = try store.history(InstanceID(1), after: 0, count: 1)
            try expect(history.first?.data["text"]?.stringValue == text, "the history differs")
        },
    ]

    /// A commit that writes to every table.
    private static func fill(_ commit: inout Commit) {
        let call = CallID(instance: InstanceID(2), activation: 1, dispatch: 1)
        commit.history = [entry(2, 1)]
        commit.timersSet = [timer(2, .chart(0), 5)]
        commit.callsSet = [self.call(call)]
        commit.messagesSent = [
            Message(
                id: MessageID(source: InstanceID(2), number: 1),
                body: .cancelChild(InstanceName(workflow: "w", key: "k"), reason: "r"))
        ]
        commit.records = [
            RecordWrite(
                collection: "workers", id: "w1", group: "", expectedRevision: 0, body: [:])
        ]
        commit.incidentsOpened = [incident(2, 1, 5)]
    }
}
