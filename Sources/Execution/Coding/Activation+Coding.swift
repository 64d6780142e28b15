import Definition
import Values

extension Activation: ValueDecodable {
    func write(to json: inout JSONText) {
        json.object { json in
            json.member("number", number)
            json.member("purpose", purpose.encoded)
            json.name("target")
            target.write(to: &json)
            json.member("input", input)
            json.member("key", key)
            json.member("startedAt", startedAt)
            json.member("phase", phase.encoded)
            json.member("deadline", optional: deadline?.encoded)
            json.member("attempts", Int64(attempts))
            if asks > 0 { json.member("asks", Int64(asks)) }
            json.member("dispatches", dispatches)
            json.member("firstSentAt", optional: firstSentAt?.encoded)
            json.member("lastSentAt", optional: lastSentAt?.encoded)
            json.member("lastError", optional: lastError?.encoded)
            json.member("lastAnswer", optional: lastAnswer.map { .string($0) })
            if mayHaveApplied { json.member("mayHaveApplied", true) }
            if isAbandoned { json.member("isAbandoned", true) }
            json.member("fanOut", optional: fanOut?.encoded)
            json.member("member", optional: membership?.encoded)
            json.member("task", optional: task?.encoded)
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            number: try fields.int64("number"), purpose: try fields.decode("purpose"),
            target: try fields.decode("target"), input: try fields.value("input"),
            key: try fields.string("key"), startedAt: try fields.timestamp("startedAt"),
            deadline: try fields.optionalTimestamp("deadline"), phase: try fields.decode("phase"))
        attempts = try fields.int("attempts")
        asks = Int(try fields.optionalInt64("asks") ?? 0)
        dispatches = try fields.int64("dispatches")
        firstSentAt = try fields.optionalTimestamp("firstSentAt")
        lastSentAt = try fields.optionalTimestamp("lastSentAt")
        lastError = try fields.decodeOptional("lastError")
        lastAnswer = try fields.optionalString("lastAnswer")
        mayHaveApplied = try fields.flag("mayHaveApplied")
        isAbandoned = try fields.flag("isAbandoned")
        fanOut = try fields.decodeOptional("fanOut")
        membership = try fields.decodeOptional("member")
        task = try fields.decodeOptional("task")
    }
}

extension Activation.Purpose: ValueCodable {
    package var encoded: Value {
        switch self {
        case .invocation(let index): ["invocation": .int(Int64(index))]
        case .notification: "notification"
        case .compensation(let effect): ["compensation": .int(effect)]
        case .cancellation: "cancellation"
        case .page(let fanOut): ["page": .int(fanOut)]
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        switch value {
        case .string("notification"): self = .notification
        case .string("cancellation"): self = .cancellation
        default:
            let fields = try FieldReader(value)
            if let effect = try fields.optionalInt64("compensation") {
                self = .compensation(of: effect)
            } else if let fanOut = try fields.optionalInt64("page") {
                self = .page(of: fanOut)
            } else {
                self = .invocation(try fields.int("invocation"))
            }
        }
    }
}

extension Activation.Target: ValueDecodable {
    fileprivate func write(to json: inout JSONText) {
        json.object { json in
            switch self {
            case .operation(let adapter, let operation):
                json.member("adapter", adapter)
                json.member("operation", operation)
            case .child(let name): json.member("child", name.encoded)
            case .compensate(let scope): json.member("compensate", scope.encoded)
            case .members: json.member("members", true)
            case .person(let role): json.member("person", role)
            }
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        if let child = try fields.decodeOptional("child", as: InstanceName.self) {
            self = .child(child)
        } else if fields.optional("compensate") != nil {
            self = .compensate(try fields.decode("compensate"))
        } else if try fields.flag("members") {
            self = .members
        } else if let role = try fields.optionalString("person") {
            self = .person(role: role)
        } else {
            self = .operation(
                adapter: try fields.string("adapter"), operation: try fields.string("operation"))
        }
    }
}

extension Activation.Phase: ValueCodable {
    package var encoded: Value {
        switch self {
        case .local: "local"
        case .calling: "calling"
        case .asking: "asking"
        case .waiting: "waiting"
        case .backingOff(let until): ["backingOff": until.encoded]
        case .askingLater(let until): ["askingLater": until.encoded]
        case .incident(let number): ["incident": .int(number)]
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        switch value {
        case .string("local"): self = .local
        case .string("calling"): self = .calling
        case .string("asking"): self = .asking
        case .string("waiting"): self = .waiting
        default:
            let fields = try FieldReader(value)
            if let until = try fields.optionalTimestamp("backingOff") {
                self = .backingOff(until: until)
            } else if let until = try fields.optionalTimestamp("askingLater") {
                self = .askingLater(until: until)
            } else {
                self = .incident(try fields.int64("incident"))
            }
        }
    }
}

extension Invocation.CompensationScope: ValueCodable {
    package var encoded: Value {
        switch self {
        case .all: "all"
        case .named(let tasks): .list(tasks.map(Value.string))
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        if let tasks = value.listValue {
            self = .named(tasks.compactMap(\.stringValue))
        } else {
            self = .all
        }
    }
}

extension EffectRecord: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "activation": .int(activation), "task": .string(task), "key": .string(key),
            "input": input, "status": .string(status.rawValue),
        ]
        switch compensation {
        case .task(let adapter, let operation):
            map["undo"] = ["adapter": .string(adapter), "operation": .string(operation)]
        case .workflow(let name, _): map["undo"] = ["workflow": .string(name)]
        case .compensate, .person: break
        }
        map.set("output", output)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let undo = try FieldReader(try fields.value("undo"))
        let target: Invocation.Target
        if let workflow = try undo.optionalString("workflow") {
            target = .workflow(name: workflow, key: nil)
        } else {
            target = .task(
                adapter: try undo.string("adapter"), operation: try undo.string("operation"))
        }
        self.init(
            activation: try fields.int64("activation"), task: try fields.string("task"),
            key: try fields.string("key"), input: try fields.value("input"), compensation: target,
            output: fields.optional("output"), status: try fields.choice("status"))
    }
}
