import Execution
import Values

/// All rows of an instance, and writing over them.
extension StoreSuite {
    static let instanceRowCases: [StoreCase] = [
        StoreCase("what belongs to an instance is read whole, and nothing of another") { store in
            try commitOne(7, to: store)
            try commitOne(8, to: store)
            let rows = try store.rows(of: InstanceID(7), instance(7).name)
            let places = rows.map(\.place)
            try expectEqual(
                places.filter { place in
                    if case .history = place { false } else { true }
                }.count, 6, "receipt, task, member, incident, kept and unmatched: \(places)")
            for row in rows {
                try expect(row.data.description.contains("Ada 7"), "\(row.place): \(row.data)")
                try expect(!row.data.description.contains("Ada 8"), "\(row.place): \(row.data)")
            }
            try expectEqual(
                try store.rows(of: InstanceID(9), instance(9).name), [], "of nobody")
        },
        StoreCase("a row is written over, and where it stands stays") { store in
            try commitOne(7, to: store)
            try commitOne(8, to: store)
            let name = instance(7).name
            let before = try store.rows(of: InstanceID(7), name)
            let others = try store.rows(of: InstanceID(8), instance(8).name)
            let journal = try store.journal(after: 0, count: 99)
            let erased = before.map { row in
                InstanceRow(
                    instance: row.instance, name: row.name, place: row.place,
                    data: without(row.data))
            }
            try store.commit([
                commit(instance(7, revision: 2)) {
                    $0.history = [entry(7, 3)]
                    $0.rewritten = erased
                    $0.forgets = true
                }
            ])
            let after = try store.rows(of: InstanceID(7), name)
            try expectEqual(after.filter { $0.place != .history(last: 3) }, erased, "all of them")
            try expectEqual(
                try store.rows(of: InstanceID(8), instance(8).name), others, "another's")
            let now = try store.journal(after: 0, count: 99)
            try expectEqual(
                now.dropLast().map(\.position), journal.map(\.position), "the order of all")
            try expectEqual(
                try store.history(InstanceID(7), after: 0, count: 9).map(\.kind),
                ["transition", "transition", "transition"], "kinds")
            try expect(
                !"\(try store.incidents(cause: nil, after: 0, count: 9))".contains("Ada 7"),
                "an open incident")
            try expect(
                !"\(try store.tasks(TaskQuery(status: .decided, [], count: 9)))".contains("Ada 7"),
                "a task's title")
            try expectEqual(try store.hasRemains(), false, "in the files")
        },
        StoreCase("a row of a history that is not there is a conflict") { store in
            try commitOne(7, to: store)
            let row = InstanceRow(
                instance: InstanceID(7), name: instance(7).name, place: .history(last: 9),
                data: [[9, 0, "transition", [:]]])
            try expectConflict(
                store, [commit(instance(7, revision: 2)) { $0.rewritten = [row] }], "entry 9")
        },
    ]

    private static func commitOne(_ id: Int64, to store: any Store) throws {
        let text = "Ada \(id)"
        let name = instance(id).name
        try store.commit([
            commit(instance(id)) {
                $0.history = [entry(id, 1, ["who": .string(text)]), entry(id, 2, [.string(text)])]
                $0.tasksSet = [
                    TaskRow(
                        instance: InstanceID(id), activation: 4, name: name, status: .decided,
                        role: "clerk", due: nil,
                        facts: TaskRow.Facts(title: text, openedAt: instant(1)))
                ]
                $0.members = [
                    MemberRow(
                        instance: InstanceID(id), activation: 5, number: 1, status: .completed,
                        key: "k", output: ["who": .string(text)], error: nil)
                ]
                $0.incidentsOpened = [incident(id, 1, 3, message: text)]
                $0.receipt = ReceiptRow(
                    name: name, eventID: "e\(id)",
                    receipt: Receipt(.rejected, code: "late", message: text), at: instant(2),
                    fingerprint: "f")
                $0.keptAdded = [
                    KeptRow(
                        name: name, event: event("k\(id)", data: ["who": .string(text)]),
                        arrivedAt: instant(1), expiresAt: instant(9))
                ]
                $0.unmatched = [
                    UnmatchedRow(
                        at: instant(2), event: "a", workflow: name.workflow, key: name.key,
                        told: UnmatchedRow.Told(
                            id: "u", by: "worker/w", outcome: .rejected, code: nil, message: nil,
                            data: ["who": .string(text)]))
                ]
            }
        ])
    }

    private static func without(_ value: Value) -> Value {
        switch value {
        case .string(let text): .string(text == "Ada 7" ? "gone" : text)
        case .list(let list): .list(list.map(without))
        case .map(let map):
            .map(ValueMap(map.entries.map { ($0.key.stringValue ?? "", without($0.value)) }))
        default: value
        }
    }
}
