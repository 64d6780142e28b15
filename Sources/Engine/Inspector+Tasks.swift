import Definition
import Execution
import Values

extension Inspector {
    /// A page of tasks, the most urgent first: `{tasks, cursor?}`. Open ones, unless the filter says another status.
    /// - Parameter actor: who `me` is.
    package func tasks(
        _ filter: String, as actor: Actor?, after: TaskPosition?, count: Int
    ) throws(Problem) -> Value {
        let now = now
        var viewer: TaskFilter.Viewer?
        if let actor {
            viewer = TaskFilter.Viewer(
                actor, now: now, substitutions: try substitutions(by: actor))
        }
        let parsed = try TaskFilter(parsing: filter, viewer, now: now)
        let query = TaskQuery(
            status: parsed.status, parsed.terms, after: after,
            count: count.addingReportingOverflow(1).partialValue)
        let rows: [TaskRow]
        do throws(StoreError) { rows = try store.tasks(query) } catch { throw .store(error) }
        var tasks: [Value] = []
        for row in rows.prefix(count) { tasks.append(row.document(at: now, try claim(of: row))) }
        var page: ValueMap = ["tasks": .list(tasks)]
        if rows.count > count, let last = rows.dropLast().last {
            page["cursor"] = .string(last.position.cursor)
        }
        return .map(page)
    }

    /// As it is now; of a task that ended, as it was.
    private func claim(of row: TaskRow) throws(Problem) -> OpenTask.Claim? {
        guard let claim = row.facts.claim, row.facts.endedAt == nil else { return row.facts.claim }
        return try isVoid(claim, in: row.name.workflow) ? nil : claim
    }
}

extension TaskRow {
    /// What lists show of a task.
    fileprivate func document(at now: Timestamp, _ claim: OpenTask.Claim?) -> Value {
        var map: ValueMap = [
            "name": .string(name.description), "task": .int(activation),
            "status": .string(status.rawValue), "title": .string(facts.title),
            "state": .string(state), "since": .string(facts.openedAt.rfc3339),
            "priority": .int(Int64(priority)),
        ]
        map.set("role", role.isEmpty ? nil : .string(role))
        map.set("assignee", assignee.isEmpty ? nil : .string(assignee))
        map.set("claimedBy", claim.map { .string($0.by.actor.description) })
        map.set("claimedAt", claim.map { .string($0.at.rfc3339) })
        map.set("due", due.map { .string($0.rfc3339) })
        map.set("held", facts.hold.map { .string($0) })
        map["isOverdue"] = .bool(facts.endedAt == nil && due.map { $0 <= now } ?? false)
        map["reminders"] = .int(Int64(facts.reminders))
        map.set("outcome", outcome.isEmpty ? nil : .string(outcome))
        map.set("decidedBy", facts.decidedBy.map { .string($0.description) })
        map.set("because", facts.cause.map { .string($0.text) })
        map.set("endedAt", facts.endedAt.map { .string($0.rfc3339) })
        return .map(map)
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
            let task = activation.task?.asOf(now, isVoid: voidClaims.contains(number))
        else { return nil }
        let hold = run.hold(of: number)
        let status = hold == nil ? TaskRow.Status.open : .held
        var map: ValueMap = [
            "name": .string(row.name.description), "task": .int(number),
            "status": .string(status.rawValue),
            "revision": .int(task.revision),
            "title": .string(task.title), "since": .string(activation.startedAt.rfc3339),
        ]
        map.set("held", hold.map { .string("\($0)") })
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
            + [Int64(priority), dueOrder, instance.rawValue, activation]
            .map { String($0, radix: 36) }.joined(separator: ".")
    }

    package init?(cursor: String) {
        let parts = cursor.dropFirst().split(separator: ".").map { Int64($0, radix: 36) }
        guard cursor.hasPrefix("t"), parts.count == 4, let priority = parts[0], let due = parts[1],
            let instance = parts[2], let activation = parts[3], (0...100).contains(priority)
        else { return nil }
        self.init(
            priority: Int(priority),
            due: due == Self.noDue ? nil : Timestamp(milliseconds: due),
            instance: InstanceID(instance), activation: activation)
    }
}
