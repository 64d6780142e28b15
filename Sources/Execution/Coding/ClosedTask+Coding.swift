import Definition
import Values

extension ClosedTask: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "number": .int(number), "title": .string(title), "state": .string(state),
            "openedAt": openedAt.encoded, "endedAt": endedAt.encoded, "end": end.encoded,
        ]
        map.set("role", role.map { .string($0) })
        map.set("assignee", assignee.map { .string($0) })
        map.set("claim", claim?.encoded)
        if priority != UserTask.standardPriority { map["priority"] = .int(Int64(priority)) }
        map.set("due", due?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            number: try fields.int64("number"), title: try fields.string("title"),
            role: try fields.optionalString("role"), state: try fields.string("state"),
            assignee: try fields.optionalString("assignee"),
            claim: try fields.decodeOptional("claim"),
            priority: Int(
                try fields.optionalInt64("priority") ?? Int64(UserTask.standardPriority)),
            openedAt: try fields.timestamp("openedAt"), due: try fields.optionalTimestamp("due"),
            endedAt: try fields.timestamp("endedAt"), end: try fields.decode("end"))
    }
}

extension ClosedTask.End: ValueCodable {
    package var encoded: Value {
        switch self {
        case .decided(let outcome, let doer, let id, let fingerprint):
            var map: ValueMap = [
                "decided": .string(outcome), "by": doer.encoded,
                "fingerprint": .string(fingerprint),
            ]
            map.set("id", id.map { .string($0) })
            return .map(map)
        case .withdrawn(let cause): return ["withdrawn": cause.encoded]
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        if let outcome = try fields.optionalString("decided") {
            self = .decided(
                outcome: outcome, by: try fields.decode("by"), id: try fields.optionalString("id"),
                fingerprint: try fields.string("fingerprint"))
        } else {
            self = .withdrawn(try fields.decode("withdrawn"))
        }
    }
}

extension Cause: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["kind": .string(kind.rawValue)]
        map.set("name", name.map { .string($0) })
        map.set("by", by?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            try fields.choice("kind"), name: try fields.optionalString("name"),
            by: try fields.decodeOptional("by"))
    }
}
