import Definition
import Execution
import Values

extension Inspector {
    /// A page of the open tasks, the one due first first: `{tasks, cursor?}`.
    package func tasks(_ query: TaskQuery) throws(Problem) -> Value {
        let wider = TaskQuery(
            role: query.role, assignee: query.assignee, after: query.after, count: query.count + 1)
        let rows: [TaskRow]
        do throws(StoreError) { rows = try store.tasks(wider) } catch { throw .store(error) }
        var documents: [Value] = []
        for row in rows.prefix(query.count) {
            let view = try view(row.instance)
            guard let task = view.task(row.activation) else { continue }
            documents.append(task)
        }
        var page: ValueMap = ["tasks": .list(documents)]
        if rows.count > query.count, let last = rows.dropLast().last {
            page["cursor"] = .string(last.position.cursor)
        }
        return .map(page)
    }
}

extension InstanceView {
    /// Those of this instance, in the order in which they were opened.
    package var tasks: [Value] {
        run.activations.filter { $0.task != nil }.compactMap { task($0.number) }
    }

    /// The API's resource `task`; nil: it is not open.
    package func task(_ number: Int64) -> Value? {
        guard let activation = run.activations.first(where: { $0.number == number }),
            let task = activation.task
        else { return nil }
        var map: ValueMap = [
            "name": .string(row.name.description), "task": .int(number),
            "revision": .int(task.revision),
            "title": .string(task.title), "since": .string(activation.startedAt.rfc3339),
        ]
        map.set("role", activation.role.map { .string($0) })
        map.set("assignee", task.assignee.map { .string($0) })
        map.set("claimedBy", task.claim.map { .string($0.by.actor.description) })
        map.set("claimedFor", task.claim?.by.standsInFor.map { .string($0.description) })
        map.set("claimedAt", task.claim.map { .string($0.at.rfc3339) })
        map.set("due", task.due.map { .string($0.rfc3339) })
        map.set("dueName", task.reckoning.map { .string($0.text) })
        map["isOverdue"] = .bool(task.due.map { $0 <= now } ?? false)
        map.set("deadline", activation.deadline.map { .string($0.rfc3339) })
        map["reminders"] = .int(Int64(task.reminders))
        map["priority"] = .int(Int64(task.priority))
        map["show"] = activation.input
        if !task.comments.isEmpty {
            map["comments"] = .list(
                task.comments.map {
                    [
                        "by": .string($0.by.description), "at": .string($0.at.rfc3339),
                        "text": .string($0.text),
                    ]
                })
        }
        if let declared = definition.userTask(of: activation) {
            map["outcomes"] = .list(declared.outcomes.map(\.document))
        }
        return .map(map)
    }
}

extension UserTask.Outcome {
    /// What a page needs to ask for it.
    fileprivate var document: Value {
        var map: ValueMap = ["outcome": .string(name), "label": .string(label)]
        if style != .normal { map["style"] = .string(style.rawValue) }
        map.set("confirm", confirm.map { .string($0) })
        map["comment"] = .string(comment.rawValue)
        map["form"] = form.source
        return .map(map)
    }
}

extension TaskPosition {
    /// Opaque to clients.
    package var cursor: String {
        "t"
            + [dueOrder, instance.rawValue, activation].map { String($0, radix: 36) }
            .joined(separator: ".")
    }

    package init?(cursor: String) {
        let parts = cursor.dropFirst().split(separator: ".").map { Int64($0, radix: 36) }
        guard cursor.hasPrefix("t"), parts.count == 3, let due = parts[0], let instance = parts[1],
            let activation = parts[2]
        else { return nil }
        self.init(
            due: due == Self.noDue ? nil : Timestamp(milliseconds: due),
            instance: InstanceID(instance), activation: activation)
    }
}
