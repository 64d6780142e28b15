import Values

extension TaskRow.Facts: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["title": .string(title), "openedAt": openedAt.encoded]
        map.set("claim", claim?.encoded)
        if reminders > 0 { map["reminders"] = .int(Int64(reminders)) }
        map.set("hold", hold.map { .string($0) })
        map.set("decidedBy", decidedBy?.encoded)
        map.set("cause", cause?.encoded)
        map.set("endedAt", endedAt?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            title: try fields.string("title"), openedAt: try fields.timestamp("openedAt"),
            claim: try fields.decodeOptional("claim"),
            reminders: Int(try fields.optionalInt64("reminders") ?? 0),
            hold: try fields.optionalString("hold"),
            decidedBy: try fields.decodeOptional("decidedBy"),
            cause: try fields.decodeOptional("cause"),
            endedAt: try fields.optionalTimestamp("endedAt"))
    }
}
