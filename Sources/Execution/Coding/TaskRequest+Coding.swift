import Values

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
