import Values

extension InstanceName: ValueCodable {
    package var encoded: Value {
        ["workflow": .string(workflow), "key": .string(key)]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(workflow: try fields.string("workflow"), key: try fields.string("key"))
    }
}

extension Actor: ValueCodable {
    package var encoded: Value {
        ["role": .string(role), "subject": .string(subject)]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(role: try fields.string("role"), subject: try fields.string("subject"))
    }
}

extension ParentLink: ValueCodable {
    package var encoded: Value {
        ["instance": .int(instance.rawValue), "activation": .int(activation)]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            instance: InstanceID(try fields.int64("instance")),
            activation: try fields.int64("activation"))
    }
}

extension MessageID: ValueCodable {
    package var encoded: Value {
        ["source": .int(source.rawValue), "number": .int(number)]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            source: InstanceID(try fields.int64("source")), number: try fields.int64("number"))
    }
}

extension CallID: ValueCodable {
    package var encoded: Value {
        [
            "instance": .int(instance.rawValue), "activation": .int(activation),
            "dispatch": .int(dispatch),
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            instance: InstanceID(try fields.int64("instance")),
            activation: try fields.int64("activation"), dispatch: try fields.int64("dispatch"))
    }
}

extension ContentHash: ValueCodable {
    package var encoded: Value { .string(text) }

    package init(decoding value: Value) throws(DecodingFailure) {
        guard let hash = value.stringValue.flatMap({ ContentHash($0) }) else {
            throw DecodingFailure(message: "a hash is expected")
        }
        self = hash
    }
}
