import Values

extension CallRow: ValueDecodable {
    /// UTF-8. Written for every call, so straight into the text.
    package var encodedJSON: [UInt8] {
        var json = JSONText()
        json.object { json in
            json.member("id", id.encoded)
            json.member("purpose", purpose.rawValue)
            json.member("adapter", adapter)
            json.member("operation", operation)
            json.member("input", input)
            json.member("key", key)
            json.member("attempt", Int64(attempt))
            json.member("firstSentAt", firstSentAt)
            json.member("timeout", optional: timeout.map { .duration($0) })
            json.member("recall", optional: recall.map { .int($0) })
            if isHeld { json.member("held", true) }
            guard let trace = trace.value else { return }
            json.member("traceparent", trace.traceparent)
            if !trace.state.isEmpty { json.member("tracestate", trace.state) }
        }
        return json.bytes
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            id: try fields.decode("id"), purpose: try fields.choice("purpose"),
            adapter: try fields.string("adapter"), operation: try fields.string("operation"),
            input: try fields.value("input"), key: try fields.string("key"),
            attempt: try fields.int("attempt"), timeout: try fields.optionalDuration("timeout"),
            firstSentAt: try fields.timestamp("firstSentAt"),
            recall: try fields.optionalInt64("recall"), isHeld: try fields.flag("held"))
        let state = try fields.optionalString("tracestate")
        trace.value = try fields.optionalString("traceparent").flatMap {
            TraceContext(traceparent: $0, tracestate: state)
        }
    }
}

extension Message: ValueCodable {
    package var encoded: Value {
        ["id": id.encoded, "body": body.encoded]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(id: try fields.decode("id"), body: try fields.decode("body"))
    }
}

extension Message.Body: ValueCodable {
    /// The names under which the cases are stored.
    private enum Kind: String {
        case event
        case startChild
        case cancelChild
        case childEnded
        case childRefused
    }

    package var encoded: Value {
        switch self {
        case .event(let name, let event, let isStart):
            fields(
                .event,
                ["name": name.encoded, "event": event.encoded, "isStart": .bool(isStart)])
        case .startChild(let name, let input, let parent):
            fields(
                .startChild,
                ["name": name.encoded, "input": input.plain, "parent": parent.encoded])
        case .cancelChild(let name, let reason):
            fields(.cancelChild, ["name": name.encoded, "reason": .string(reason)])
        case .childEnded(let parent, let status, let output):
            fields(
                .childEnded,
                [
                    "parent": parent.encoded, "status": .string(status.rawValue),
                    "output": output.plain,
                ])
        case .childRefused(let parent, let error):
            fields(.childRefused, ["parent": parent.encoded, "error": error.encoded])
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let kind: Kind = try fields.choice("kind")
        switch kind {
        case .event:
            self = .event(
                try fields.decode("name"), try fields.decode("event"),
                isStart: try fields.bool("isStart"))
        case .startChild:
            self = .startChild(
                try fields.decode("name"), input: try fields.value("input"),
                parent: try fields.decode("parent"))
        case .cancelChild:
            self = .cancelChild(
                try fields.decode("name"), reason: try fields.string("reason"))
        case .childEnded:
            self = .childEnded(
                try fields.decode("parent"), status: try fields.choice("status"),
                output: try fields.value("output"))
        case .childRefused:
            self = .childRefused(
                try fields.decode("parent"), error: try fields.decode("error"))
        }
    }

    private func fields(_ kind: Kind, _ rest: ValueMap) -> Value {
        var map: ValueMap = ["kind": .string(kind.rawValue)]
        for entry in rest.entries { map[entry.key] = entry.value }
        return .map(map)
    }
}
