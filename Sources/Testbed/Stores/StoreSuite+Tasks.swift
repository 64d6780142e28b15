import Execution
import Values

/// Lists of tasks: each term and the order, against what the terms mean.
extension StoreSuite {
    static let taskCases: [StoreCase] = [
        StoreCase("tasks are listed by every term, the most urgent first") { store in
            let rows = try commitTasks(to: store)
            let manager = TaskQuery.Capacity(role: "manager", subject: "ana")
            let clerk = TaskQuery.Capacity(role: "clerk", subject: "", holder: "cy")
            let terms: [[TaskQuery.Term]] = [
                [], [.role("manager")], [.role("clerk"), .claimed("")], [.assignee("")],
                [.assignee("ana")], [.claimed("ana")], [.claimed("ana"), .role("manager")],
                [.can([manager])], [.can([clerk])], [.can([manager, clerk])], [.can([])],
                [.can([manager, clerk]), .due(.less, instant(60))],
                [.workflow("order")], [.key("o-1")], [.keyPrefix("o-")], [.state("a")],
                [.state("a.b")], [.due(.lessOrEqual, instant(30))], [.due(.greater, instant(30))],
                [.priority(.greaterOrEqual, 80)], [.priority(.less, 50), .role("clerk")],
                [.outcome("accept")], [.decidedBy("bo")],
            ]
            for status in TaskRow.Status.allCases {
                for terms in terms {
                    try expectAsMeant(store, rows, TaskQuery(status: status, terms, count: 99))
                }
            }
        },
        StoreCase("tasks come page by page, each once") { store in
            let rows = try commitTasks(to: store)
            let both: [TaskQuery.Term] = [
                .can([
                    TaskQuery.Capacity(role: "manager", subject: "ana"),
                    TaskQuery.Capacity(role: "manager", subject: ""),
                    TaskQuery.Capacity(role: "clerk", subject: "ana"),
                ])
            ]
            for terms in [[], both] {
                let all = try store.tasks(TaskQuery(terms, count: 99))
                try expectEqual(all, meant(rows, TaskQuery(terms, count: 99)), "at once")
                var found: [TaskRow] = []
                for _ in rows {
                    found += try store.tasks(
                        TaskQuery(terms, after: found.last?.position, count: 2))
                }
                try expectEqual(found, all, "by two")
            }
        },
        StoreCase("a task that changes is listed as it is now") { store in
            let rows = try commitTasks(to: store)
            guard let first = rows.first(where: { $0.status == .open }) else { return }
            let decided = task(
                first.instance.rawValue, first.activation, "manager", status: .decided,
                outcome: "accept", decidedBy: "bo")
            try store.commit([
                commit(instance(first.instance.rawValue, revision: 2)) {
                    $0.tasksSet = [decided]
                }
            ])
            let open = try store.tasks(TaskQuery(count: 99))
            try expect(!open.contains(first), "it is open still")
            let found = try store.tasks(
                TaskQuery(status: .decided, [.outcome("accept")], count: 99))
            try expect(found.contains(decided), "it is not listed as decided")
            try store.commit([
                commit(instance(first.instance.rawValue, revision: 3)) {
                    $0.tasksCleared = [decided]
                }
            ])
            let after = try store.tasks(TaskQuery(status: .decided, count: 99))
            try expect(!after.contains(decided), "it was not cleared")
        },
    ]

    private static func expectAsMeant(
        _ store: any Store, _ rows: [TaskRow], _ query: TaskQuery
    ) throws {
        try expectEqual(
            try store.tasks(query), meant(rows, query), "\(query.status) \(query.terms)")
    }

    private static func meant(_ rows: [TaskRow], _ query: TaskQuery) -> [TaskRow] {
        rows.filter { query.matches($0) }.sorted { $0.position < $1.position }
    }

    /// Two of each status and of much else, in two commits.
    private static func commitTasks(to store: any Store) throws(StoreError) -> [TaskRow] {
        let first = [
            task(1, 1, "manager", due: 60), task(1, 2, "clerk", priority: 80),
            task(1, 3, "manager", assignee: "ana", claimedBy: "ana", due: 30, state: "a.b"),
            task(1, 4, "", assignee: "ana", state: "a"),
            task(1, 5, "manager", assignee: "bo", priority: 90, state: "ab"),
        ]
        let second = [
            task(2, 1, "clerk", claimedBy: "cy", priority: 20, due: 30, state: "a.b.c"),
            task(2, 2, "manager", status: .decided, outcome: "accept", decidedBy: "bo"),
            task(2, 3, "clerk", claimedBy: "ana", status: .withdrawn, due: 60),
            task(2, 4, "manager", status: .decided, outcome: "decline", decidedBy: "ana"),
            task(2, 5, "clerk", due: 90),
        ]
        try store.commit([commit(instance(1)) { $0.tasksSet = first }])
        try store.commit([commit(instance(2)) { $0.tasksSet = second }])
        return first + second
    }

    static func task(
        _ instance: Int64, _ activation: Int64, _ role: String, assignee: String = "",
        claimedBy: String = "", status: TaskRow.Status = .open, priority: Int = 50,
        due: Int64? = nil, state: String = "s", outcome: String = "", decidedBy: String = ""
    ) -> TaskRow {
        let by = Actor(role: role, subject: claimedBy)
        return TaskRow(
            instance: InstanceID(instance), activation: activation,
            name: InstanceName(
                workflow: instance == 1 ? "order" : "hiring", key: "o-\(instance)"),
            status: status, role: role, assignee: assignee, claimedBy: claimedBy,
            priority: priority, due: due.map { Self.instant($0) }, state: state, outcome: outcome,
            decidedBy: decidedBy,
            facts: TaskRow.Facts(
                title: "Task \(activation)", openedAt: Self.instant(1),
                claim: claimedBy.isEmpty
                    ? nil : OpenTask.Claim(by: Doer(by), at: Self.instant(2))))
    }
}
