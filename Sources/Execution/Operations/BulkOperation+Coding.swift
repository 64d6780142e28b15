import Values

extension BulkOperation.Target: ValueCodable {
    package var encoded: Value {
        switch self {
        case .filter(let text): ["filter": .string(text)]
        case .cause(let text): ["cause": .string(text)]
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        if let filter = try fields.optionalString("filter") {
            self = .filter(filter)
        } else {
            self = .cause(try fields.string("cause"))
        }
    }
}

extension BulkOperation.Plan: ValueCodable {
    package var encoded: Value {
        [
            "verb": .string(verb.rawValue), "arguments": Value.map(arguments).plain,
            "reason": .string(reason), "actor": actor.encoded, "target": target.encoded,
            "canary": .int(Int64(canary)), "rate": .double(rate),
            "stopAfter": .int(Int64(stopAfter)),
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        guard let arguments = try fields.value("arguments").mapValue,
            let rate = try fields.value("rate").doubleValue, rate > 0
        else { throw DecodingFailure(message: "arguments and a rate are expected") }
        self.init(
            try fields.choice("verb"), arguments, reason: try fields.string("reason"),
            actor: try fields.decode("actor"), target: try fields.decode("target"),
            canary: try fields.int("canary"), rate: rate, stopAfter: try fields.int("stopAfter"))
    }
}

extension BulkOperation.Counts: ValueCodable {
    package var encoded: Value {
        .map(ValueMap(members.map { ($0.name, .int(Int64($0.count))) }))
    }

    /// In the order of the stages.
    package var members: [(name: String, count: Int)] {
        [
            ("asked", asked), ("accepted", accepted), ("effective", effective),
            ("verified", verified), ("failedAgain", failedAgain), ("refused", refused),
            ("movedOn", movedOn), ("skipped", skipped),
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(asked: try fields.int("asked"))
        accepted = try fields.int("accepted")
        effective = try fields.int("effective")
        verified = try fields.int("verified")
        failedAgain = try fields.int("failedAgain")
        refused = try fields.int("refused")
        movedOn = try fields.int("movedOn")
        // Operations of an earlier version know nothing of it.
        skipped = Int(try fields.optionalInt64("skipped") ?? 0)
    }
}

extension BulkOperation: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "number": .int(number), "plan": plan.encoded, "createdAt": createdAt.encoded,
            "status": .string(status.rawValue), "next": .int(Int64(next)),
            "nextAt": nextAt.encoded, "isPastCanary": .bool(isPastCanary),
            "counts": counts.encoded,
        ]
        map.set("note", note.map(Value.string))
        map.set("endedAt", endedAt?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            try fields.int64("number"), try fields.decode("plan"), asked: 0,
            at: try fields.timestamp("createdAt"))
        status = try fields.choice("status")
        next = try fields.int("next")
        nextAt = try fields.timestamp("nextAt")
        isPastCanary = try fields.bool("isPastCanary")
        counts = try fields.decode("counts")
        note = try fields.optionalString("note")
        endedAt = try fields.optionalTimestamp("endedAt")
    }
}

extension BulkItem: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "operation": .int(operation), "index": .int(Int64(index)),
            "instance": .int(instance.rawValue), "workflow": .string(name.workflow),
            "key": .string(name.key), "seen": .int(seen), "state": .string(state.rawValue),
        ]
        map.set("incident", incident.map(Value.int))
        map.set("message", message.map(Value.string))
        map.set("at", at?.encoded)
        map.set("revision", revision.map(Value.int))
        map.set("lastIncident", lastIncident.map(Value.int))
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            operation: try fields.int64("operation"), index: try fields.int("index"),
            instance: InstanceID(try fields.int64("instance")),
            name: InstanceName(
                workflow: try fields.string("workflow"), key: try fields.string("key")),
            seen: try fields.int64("seen"), incident: try fields.optionalInt64("incident"))
        state = try fields.choice("state")
        message = try fields.optionalString("message")
        at = try fields.optionalTimestamp("at")
        revision = try fields.optionalInt64("revision")
        lastIncident = try fields.optionalInt64("lastIncident")
    }
}

// MARK: As records

extension BulkOperation {
    /// The newest is the first in the order of ids.
    package static func id(_ number: Int64) -> String { (Int64.max - number).padded(to: 19) }

    package static func number(ofRecord id: String) -> Int64? {
        Int64(id).map { Int64.max - $0 }
    }

    /// What may still change is looked up by this.
    package static let openGroup = "open"

    package func write(at revision: Int64) -> RecordWrite {
        RecordWrite(
            collection: Self.collection, id: Self.id(number), group: isOpen ? Self.openGroup : "",
            expectedRevision: revision, body: encoded)
    }

}

extension BulkItem {
    package static func id(_ operation: Int64, _ index: Int) -> String {
        "\(operation)/" + index.padded(to: 5)
    }

    /// All of one operation's are a group.
    package static func group(_ operation: Int64) -> String { String(operation) }

    package func write(at revision: Int64) -> RecordWrite {
        RecordWrite(
            collection: Self.collection, id: Self.id(operation, index),
            group: Self.group(operation), expectedRevision: revision, body: encoded)
    }
}
