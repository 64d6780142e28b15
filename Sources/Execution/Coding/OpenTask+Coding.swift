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

extension TaskRequest: ValueCodable {
    /// Only decisions wait.
    package var encoded: Value {
        var map: ValueMap = ["by": actor.encoded]
        map.set("task", number.map { .int($0) })
        if case .decide(let decision) = action { map["decision"] = decision.encoded }
        map.set("revision", revision.map { .int($0) })
        map.set("id", id.map { .string($0) })
        if !substitutions.isEmpty { map["substitutions"] = .list(substitutions.map(\.encoded)) }
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            try fields.optionalInt64("task"),
            .decide(try fields.decode("decision", as: TaskDecision.self)),
            by: try fields.decode("by"), revision: try fields.optionalInt64("revision"),
            id: try fields.optionalString("id"))
        substitutions = try fields.decodeList("substitutions")
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

extension Doer: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["actor": actor.encoded]
        map.set("for", standsInFor.map { .string($0.description) })
        map.set("until", until?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            try fields.decode("actor"),
            standsInFor: try fields.optionalString("for").flatMap { Substitution.Absent($0) },
            until: try fields.optionalTimestamp("until"))
    }
}

extension Substitution: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "for": .string(absent.description), "by": by.encoded, "from": from.encoded,
            "until": until.encoded,
        ]
        if !workflows.isEmpty { map["workflows"] = .list(workflows.map(Value.string)) }
        if !reason.isEmpty { map["reason"] = .string(reason) }
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let text = try fields.string("for")
        guard let absent = Absent(text) else {
            throw DecodingFailure(message: "`\(text)` is no role and no person", path: "for")
        }
        self.init(
            of: absent, by: try fields.decode("by"), from: try fields.timestamp("from"),
            until: try fields.timestamp("until"),
            workflows: (fields.optional("workflows")?.listValue ?? []).compactMap(\.stringValue),
            reason: try fields.optionalString("reason") ?? "")
    }
}

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

extension TaskRow.Facts: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["title": .string(title), "openedAt": openedAt.encoded]
        map.set("claim", claim?.encoded)
        if reminders > 0 { map["reminders"] = .int(Int64(reminders)) }
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
            decidedBy: try fields.decodeOptional("decidedBy"),
            cause: try fields.decodeOptional("cause"),
            endedAt: try fields.optionalTimestamp("endedAt"))
    }
}
