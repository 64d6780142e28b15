import Execution

/// What looks alike is not the same: identity is bytes.
extension StoreSuite {
    /// é as one scalar and as e with an accent, which Swift's `==` takes for one.
    private static let twins = ("caf\u{E9}", "cafe\u{301}")

    private static func expectSame(
        _ found: [String], _ expected: [String], _ what: String
    ) throws {
        try expectEqual(found.map { Array($0.utf8) }, expected.map { Array($0.utf8) }, what)
    }

    static let identityCases: [StoreCase] = [
        StoreCase("keys that look alike name two instances") { store in
            let (one, other) = twins
            try store.commit([
                commit(instance(1, one, search: [("city", .string(one))])),
                commit(instance(2, other, search: [("city", .string(other))])),
            ])
            for (id, key) in [(1, one), (2, other)] {
                let name = InstanceName(workflow: "order", key: key)
                try expectEqual(try store.instance(named: name)?.id.rawValue, Int64(id), "by name")
                let terms: [InstanceQuery.Term] = [
                    .key(key), .keyPrefix(key),
                    .search(name: "city", comparison: .equal, value: .string(key)),
                ]
                for term in terms {
                    let query = InstanceQuery(
                        terms: [term], now: instant(9), before: nil, count: 9)
                    try expectEqual(
                        try store.list(query).instances.map(\.id.rawValue), [Int64(id)], "\(term)")
                }
            }
        },
        StoreCase("receipts and kept events of ids and names that look alike are two") { store in
            let (one, other) = twins
            for (name, id) in [(one, one), (one, other), (other, one), (other, other)] {
                let name = InstanceName(workflow: "order", key: name)
                let row = ReceiptRow(
                    name: name, eventID: id, receipt: Receipt(.kept), at: instant(1),
                    fingerprint: id)
                let kept = KeptRow(
                    name: name, event: event(id), arrivedAt: instant(1), expiresAt: instant(9))
                try store.commit([
                    commit(nil) {
                        $0.receipt = row
                        $0.keptAdded = [kept]
                    }
                ])
                try expectSame(
                    [try store.receipt(name, eventID: id)?.fingerprint ?? ""], [id], "a receipt")
            }
            for key in [one, other] {
                let name = InstanceName(workflow: "order", key: key)
                try expectSame(try store.kept(name).map(\.event.id), [one, other], "kept events")
            }
        },
        StoreCase("records of ids, groups and collections that look alike are two") { store in
            let (one, other) = twins
            for id in [one, other] {
                for collection in [one, other] {
                    try store.commit([
                        commit(nil) {
                            $0.records = [record(id, group: id, in: collection)]
                        }
                    ])
                }
            }
            for id in [one, other] {
                for selection in [RecordQuery.Selection.id(id), .group(id)] {
                    let query = RecordQuery(collection: id, selection: selection)
                    try expectSame(try store.records(query).records.map(\.id), [id], "\(selection)")
                }
                let query = RecordQuery(collection: id, selection: .all)
                try expectSame(try store.records(query).records.map(\.id), [other, one], "all")
            }
        },
        StoreCase("tasks of people and roles that look alike are two") { store in
            let (one, other) = twins
            let rows = [(1, one), (2, other)].map { number, text in
                task(1, number, text, assignee: text, claimedBy: text)
            }
            try store.commit([commit(instance(1)) { $0.tasksSet = rows }])
            for row in rows {
                for term in [
                    TaskQuery.Term.role(row.role), .assignee(row.assignee),
                    .claimed(row.claimedBy),
                ] {
                    try expectEqual(
                        try store.tasks(TaskQuery([term], count: 9)), [row], "\(term)")
                }
            }
        },
        StoreCase("causes that look alike are two groups") { store in
            let (one, other) = twins
            let rows = [
                incident(1, 1, 1, message: one), incident(1, 2, 2, message: other),
                incident(1, 3, 3, message: other),
            ]
            try store.commit([commit(instance(1)) { $0.incidentsOpened = rows }])
            let groups = try store.incidentGroups(count: 9)
            try expectEqual(groups.map(\.count), [2, 1], "groups")
            for (group, numbers) in zip(groups, [[2, 3], [1]] as [[Int64]]) {
                let found = try store.incidents(cause: group.cause, after: 0, count: 9)
                try expectEqual(found.map(\.incident.number), numbers, "of a group")
            }
        },
        StoreCase("settings of names that look alike are two") { store in
            let (one, other) = twins
            try store.set(one, to: 1)
            try store.set(other, to: 2)
            try expectEqual(try store.setting(one), 1, "the one")
            try expectEqual(try store.setting(other), 2, "the other")
        },
    ]
}
