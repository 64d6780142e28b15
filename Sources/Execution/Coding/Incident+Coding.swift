import Values

extension CallError: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "name": .string(name), "message": .string(message), "isRetryable": .bool(isRetryable),
        ]
        if !detail.isNull { map["detail"] = detail.plain }
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            name: try fields.string("name"), message: try fields.string("message"),
            isRetryable: try fields.bool("isRetryable"), detail: fields.optional("detail") ?? .null)
    }
}

extension Incident: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["number": .int(number), "kind": .string(kind.rawValue)]
        map.set("activation", activation.map(Value.int))
        map.set("task", task.map(Value.string))
        map["error"] = error.encoded
        map["openedAt"] = openedAt.encoded
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            number: try fields.int64("number"), kind: try fields.choice("kind"),
            activation: try fields.optionalInt64("activation"),
            task: fields.optional("task")?.stringValue, error: try fields.decode("error"),
            openedAt: try fields.timestamp("openedAt"))
    }
}
