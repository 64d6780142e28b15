import Values

extension InboundEvent: ValueCodable {
    package var encoded: Value {
        [
            "id": .string(id), "name": .string(name), "data": data.plain,
            "sender": sender.encoded,
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            id: try fields.string("id"), name: try fields.string("name"),
            data: try fields.value("data"), sender: try fields.decode("sender"))
    }
}

extension Receipt: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["outcome": .string(outcome.rawValue)]
        map.set("code", code.map(Value.string))
        map.set("message", message.map(Value.string))
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            try fields.choice("outcome"), code: try fields.optionalString("code"),
            message: try fields.optionalString("message"))
    }
}
