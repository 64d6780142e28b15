import Values

extension OpenTask: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["title": .string(title)]
        map.set("assignee", assignee.map { .string($0) })
        map.set("due", due?.encoded)
        map.set("remindAt", remindAt?.encoded)
        if reminders > 0 { map["reminders"] = .int(Int64(reminders)) }
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            title: try fields.string("title"), assignee: try fields.optionalString("assignee"),
            due: try fields.optionalTimestamp("due"),
            remindAt: try fields.optionalTimestamp("remindAt"))
        reminders = Int(try fields.optionalInt64("reminders") ?? 0)
    }
}
