import Definition
import Values

extension OpenTask: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["title": .string(title)]
        map.set("assignee", assignee.map { .string($0) })
        if priority != UserTask.standardPriority { map["priority"] = .int(Int64(priority)) }
        map.set("due", due?.encoded)
        map.set("remindAt", remindAt?.encoded)
        if reminders > 0 { map["reminders"] = .int(Int64(reminders)) }
        map.set("reckoning", reckoning?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            title: try fields.string("title"), assignee: try fields.optionalString("assignee"),
            priority: Int(try fields.optionalInt64("priority") ?? Int64(UserTask.standardPriority)),
            due: try fields.optionalTimestamp("due"),
            remindAt: try fields.optionalTimestamp("remindAt"))
        reminders = Int(try fields.optionalInt64("reminders") ?? 0)
        reckoning = try fields.decodeOptional("reckoning")
    }
}

extension TaskDecision: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["outcome": .string(outcome), "form": form.plain]
        if !comment.isEmpty { map["comment"] = .string(comment) }
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            try fields.string("outcome"), form: try fields.value("form"),
            comment: try fields.optionalString("comment") ?? "")
    }
}
