import Values

extension Pause: ValueCodable {
    package var encoded: Value {
        [
            "by": by.encoded, "reason": .string(reason), "since": since.encoded,
            "number": .int(number),
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            by: try fields.decode("by"), reason: try fields.string("reason"),
            since: try fields.timestamp("since"), number: try fields.int64("number"))
    }
}

extension HeldInput: ValueCodable {
    package var encoded: Value {
        var map: ValueMap =
            switch kind {
            case .event(let event): ["event": event.encoded]
            case .answer(let id, let outcome): ["call": id.encoded, "outcome": outcome.encoded]
            case .childEnded(let activation, let status, let output):
                ["ended": .int(activation), "status": .string(status.rawValue), "output": output]
            case .childRefused(let activation, let error):
                ["refused": .int(activation), "error": error.encoded]
            case .decision(let request): ["decision": request.encoded]
            case .cancel(let reason, let actor):
                ["cancel": .string(reason), "by": actor.encoded]
            }
        map["arrivedAt"] = arrivedAt.encoded
        if hasFailed { map["failed"] = true }
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        arrivedAt = try fields.timestamp("arrivedAt")
        hasFailed = fields.optional("failed") != nil
        if let event = try fields.decodeOptional("event", as: InboundEvent.self) {
            kind = .event(event)
        } else if let id = try fields.decodeOptional("call", as: CallID.self) {
            kind = .answer(id, try fields.decode("outcome"))
        } else if let activation = try fields.optionalInt64("ended") {
            kind = .childEnded(
                activation: activation, status: try fields.choice("status"),
                output: fields.optional("output") ?? .null)
        } else if let request = try fields.decodeOptional("decision", as: TaskRequest.self) {
            kind = .decision(request)
        } else if let reason = try fields.optionalString("cancel") {
            kind = .cancel(reason: reason, actor: try fields.decode("by"))
        } else {
            kind = .childRefused(
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
        case .withdrawn(let recall): ["withdrawn": .int(recall)]
        case .held(let mayHaveLeft): ["held": .bool(mayHaveLeft)]
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        switch value {
        case .string("notApplied"): self = .notApplied
        case .string("undecided"): self = .undecided
        default:
            let fields = try FieldReader(value)
            if let recall = try fields.optionalInt64("withdrawn") {
                self = .withdrawn(recall: recall)
            } else if fields.optional("held") != nil {
                self = .held(mayHaveLeft: try fields.flag("held"))
            } else if let error = try fields.decodeOptional("failed", as: CallError.self) {
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
