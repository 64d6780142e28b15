import Definition
import Values

extension OpenTask: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["title": .string(title)]
        map.set("assignee", assignee.map { .string($0) })
        map.set("claim", claim?.encoded)
        if revision > 1 { map["revision"] = .int(revision) }
        if !comments.isEmpty { map["comments"] = .list(comments.map(\.encoded)) }
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
        claim = try fields.decodeOptional("claim")
        revision = try fields.optionalInt64("revision") ?? 1
        comments = try fields.decodeList("comments")
        reminders = Int(try fields.optionalInt64("reminders") ?? 0)
        reckoning = try fields.decodeOptional("reckoning")
    }
}

extension OpenTask.Claim: ValueCodable {
    package var encoded: Value { ["by": by.encoded, "at": at.encoded] }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(by: try fields.decode("by"), at: try fields.timestamp("at"))
    }
}

extension OpenTask.Comment: ValueCodable {
    package var encoded: Value {
        ["by": by.encoded, "at": at.encoded, "text": .string(text)]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            by: try fields.decode("by"), at: try fields.timestamp("at"),
            text: try fields.string("text"))
    }
}
