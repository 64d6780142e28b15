import Values

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
