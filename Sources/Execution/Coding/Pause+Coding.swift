import CEL

extension Pause: ValueCodable {
    package var encoded: Value {
        [
            "by": by.encoded, "reason": .string(reason), "since": since.encoded,
            "held": .list(held.map(\.encoded)),
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            by: try fields.decode("by"), reason: try fields.string("reason"),
            since: try fields.timestamp("since"))
        held = try fields.decodeList("held")
    }
}

extension HeldInput: ValueCodable {
    package var encoded: Value {
        switch self {
        case .event(let event): ["event": event.encoded]
        case .answer(let id, let outcome): ["call": id.encoded, "outcome": outcome.encoded]
        case .childEnded(let activation, let status, let output):
            ["ended": .int(activation), "status": .string(status.rawValue), "output": output]
        case .childRefused(let activation, let error):
            ["refused": .int(activation), "error": error.encoded]
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        if let event = try fields.decodeOptional("event", as: InboundEvent.self) {
            self = .event(event)
        } else if let id = try fields.decodeOptional("call", as: CallID.self) {
            self = .answer(id, try fields.decode("outcome"))
        } else if let activation = try fields.optionalInt64("ended") {
            self = .childEnded(
                activation: activation, status: try fields.choice("status"),
                output: fields.optional("output") ?? .null)
        } else {
            self = .childRefused(
                activation: try fields.int64("refused"), error: try fields.decode("error"))
        }
    }
}

extension CallOutcome: ValueCodable {
    package var encoded: Value {
        switch self {
        case .succeeded(let output): ["succeeded": output.plain]
        case .failed(let error): ["failed": error.encoded]
        case .failedAfterRestart(let error): ["failedAfterRestart": error.encoded]
        case .unknown(let error): ["unknown": error.encoded]
        case .notApplied: "notApplied"
        case .undecided: "undecided"
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        switch value {
        case .string("notApplied"): self = .notApplied
        case .string("undecided"): self = .undecided
        default:
            let fields = try FieldReader(value)
            if let error = try fields.decodeOptional("failed", as: CallError.self) {
                self = .failed(error)
            } else if let error = try fields.decodeOptional(
                "failedAfterRestart", as: CallError.self)
            {
                self = .failedAfterRestart(error)
            } else if let error = try fields.decodeOptional("unknown", as: CallError.self) {
                self = .unknown(error)
            } else {
                self = .succeeded(fields.optional("succeeded") ?? .null)
            }
        }
    }
}
