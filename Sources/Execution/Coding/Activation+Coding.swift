import Definition
import Statechart
import Values

// One row form for all kinds of work: `purpose` says what it is for, `target` which kind it is, `phase` where it stands;
// members that a kind has not are left out, and what no kind can be is damage.

extension Activation: ValueDecodable {
    func write(to json: inout JSONText) {
        let call = call
        json.object { json in
            json.member("number", number)
            json.member("purpose", purpose.encoded)
            json.name("target")
            work.writeTarget(to: &json)
            json.member("input", input)
            json.member("key", key)
            json.member("startedAt", startedAt)
            json.member("phase", encodedPhase)
            json.member("deadline", optional: deadline?.encoded)
            json.member("attempts", Int64(call?.attempts ?? 0))
            if let call, call.asks > 0 { json.member("asks", Int64(call.asks)) }
            json.member("dispatches", call?.dispatches ?? 0)
            json.member("firstSentAt", optional: call?.firstSentAt?.encoded)
            json.member("lastSentAt", optional: call?.lastSentAt?.encoded)
            json.member("lastError", optional: lastError?.encoded)
            json.member("lastAnswer", optional: call?.lastAnswer.map { .string($0) })
            if let call, call.heldFor > .zero { json.member("heldFor", .duration(call.heldFor)) }
            if mayHaveApplied { json.member("mayHaveApplied", true) }
            if isAbandoned { json.member("isAbandoned", true) }
            json.member("fanOut", optional: fanOut?.encoded)
            json.member("member", optional: membership?.encoded)
            json.member("task", optional: task?.encoded)
        }
    }

    private var encodedPhase: Value {
        if case .call(let call) = work { return call.phase.encoded }
        return (incident.map { .incident($0) } ?? Work.Call.Phase.unsent).encoded
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            number: try fields.int64("number"), work: try Work(decoding: fields),
            input: try fields.value("input"), key: try fields.string("key"),
            startedAt: try fields.timestamp("startedAt"))
    }
}

extension Work {
    fileprivate func writeTarget(to json: inout JSONText) {
        json.object { json in
            switch self {
            case .call(let call):
                json.member("adapter", call.adapter)
                json.member("operation", call.operation)
            case .child(let child): json.member("child", child.name.encoded)
            case .undoing(let undoing): json.member("compensate", undoing.scope.encoded)
            case .members: json.member("members", true)
            case .task(let task): json.member("person", task.role ?? "")
            }
        }
    }

    fileprivate init(decoding fields: FieldReader) throws(DecodingFailure) {
        let target = try FieldReader(try fields.value("target"))
        let purpose = try Activation.Purpose(decoding: fields)
        if let name = try target.decodeOptional("child", as: InstanceName.self) {
            var child = Child(name, for: try Child.Purpose(purpose))
            child.standstill = try Standstill(decoding: fields)
            self = .child(child)
        } else if target.optional("compensate") != nil {
            var undoing = Undoing(
                try target.decode("compensate"), for: try Undoing.Purpose(purpose))
            undoing.standstill = try Standstill(decoding: fields)
            self = .undoing(undoing)
        } else if try target.flag("members") {
            guard case .invocation(let use) = purpose, use.membership == nil else {
                throw .misfit("a fan-out")
            }
            var members = Members(
                of: use.invocation, deadline: use.deadline,
                progress: try fields.decodeOptional("fanOut") ?? FanOut())
            members.standstill = try Standstill(decoding: fields)
            self = .members(members)
        } else if let role = try target.optionalString("person") {
            guard case .invocation(let use) = purpose else { throw .misfit("a task") }
            var task = Task(role: role.isEmpty ? nil : role, for: use)
            if let open = try fields.decodeOptional("task", as: OpenTask.self) { task.open(open) }
            if let standstill = try Standstill(decoding: fields) { task.stand(standstill) }
            self = .task(task)
        } else {
            self = .call(try Call(decoding: fields, target, purpose))
        }
    }
}

extension Work.Standstill {
    /// nil: it does not stand still.
    fileprivate init?(decoding fields: FieldReader) throws(DecodingFailure) {
        switch try fields.decode("phase", as: Work.Call.Phase.self) {
        case .unsent: return nil
        case .incident(let incident):
            self.init(incident: incident, error: try fields.decode("lastError"))
        case .local, .calling, .backingOff, .asking, .askingLater, .held:
            throw .misfit("what is no call", "phase")
        }
    }
}

extension Work.Child.Purpose {
    fileprivate init(_ purpose: Activation.Purpose) throws(DecodingFailure) {
        switch purpose {
        case .invocation(let use): self = .invocation(use)
        case .abandoned(let use): self = .abandoned(use)
        case .compensation(let effect): self = .compensation(of: effect)
        case .notification, .cancellation, .page: throw .misfit("a child")
        }
    }
}

extension Work.Undoing.Purpose {
    fileprivate init(_ purpose: Activation.Purpose) throws(DecodingFailure) {
        switch purpose {
        case .invocation(let use): self = .invocation(use)
        case .cancellation: self = .cancellation
        case .abandoned, .notification, .compensation, .page: throw .misfit("an undoing")
        }
    }
}

extension Work.Call {
    fileprivate init(
        decoding fields: FieldReader, _ target: FieldReader, _ purpose: Activation.Purpose
    ) throws(DecodingFailure) {
        self.init(
            adapter: try target.string("adapter"), operation: try target.string("operation"),
            for: try Purpose(purpose), phase: try fields.decode("phase"),
            attempts: try fields.count("attempts"),
            asks: fields.optional("asks") == nil ? 0 : try fields.count("asks"),
            dispatches: Int64(try fields.count("dispatches")),
            firstSentAt: try fields.optionalTimestamp("firstSentAt"),
            lastSentAt: try fields.optionalTimestamp("lastSentAt"),
            lastError: try fields.decodeOptional("lastError"),
            lastAnswer: try fields.optionalString("lastAnswer"),
            mayHaveApplied: try fields.flag("mayHaveApplied"),
            heldFor: try fields.optionalDuration("heldFor") ?? .zero)
    }
}

extension Work.Call.Purpose {
    fileprivate init(_ purpose: Activation.Purpose) throws(DecodingFailure) {
        switch purpose {
        case .invocation(let use): self = .invocation(use)
        case .abandoned(let use): self = .abandoned(use)
        case .notification: self = .notification
        case .compensation(let effect): self = .compensation(of: effect)
        case .page(let fanOut): self = .page(of: fanOut)
        case .cancellation: throw .misfit("a call")
        }
    }
}

extension DecodingFailure {
    /// What is written together is true of no kind of work.
    fileprivate static func misfit(
        _ work: String, _ path: String = "purpose"
    ) -> DecodingFailure {
        DecodingFailure(message: "\(work) cannot be for that", path: path)
    }
}

extension Activation.Purpose {
    fileprivate var encoded: Value {
        switch self {
        case .invocation(let use), .abandoned(let use):
            ["invocation": .int(Int64(use.invocation))]
        case .notification: "notification"
        case .compensation(let effect): ["compensation": .int(effect)]
        case .cancellation: "cancellation"
        case .page(let fanOut): ["page": .int(fanOut)]
        }
    }

    /// - Parameter activation: the fields of the activation, for a use has some beside `purpose`.
    fileprivate init(decoding activation: FieldReader) throws(DecodingFailure) {
        let purpose = try activation.value("purpose")
        switch purpose {
        case .string("notification"): self = .notification
        case .string("cancellation"): self = .cancellation
        default:
            let fields: FieldReader
            do throws(DecodingFailure) {
                fields = try FieldReader(purpose)
            } catch {
                throw error.inside("purpose")
            }
            if let effect = try fields.optionalInt64("compensation") {
                self = .compensation(of: effect)
            } else if let fanOut = try fields.optionalInt64("page") {
                self = .page(of: fanOut)
            } else {
                let use = try Use(try fields.int("invocation"), decoding: activation)
                self = try activation.flag("isAbandoned") ? .abandoned(use) : .invocation(use)
            }
        }
    }
}

extension Use {
    fileprivate init(
        _ invocation: InvocationIndex, decoding activation: FieldReader
    ) throws(DecodingFailure) {
        if let membership = try activation.decodeOptional("member", as: Membership.self) {
            self.init(invocation, as: membership)
        } else {
            self.init(invocation, deadline: try activation.optionalTimestamp("deadline"))
        }
    }
}

extension Work.Call.Phase: ValueCodable {
    package var encoded: Value {
        switch self {
        case .unsent: "waiting"
        case .local: "local"
        case .calling: "calling"
        case .asking: "asking"
        case .backingOff(let until): ["backingOff": until.encoded]
        case .askingLater(let until): ["askingLater": until.encoded]
        case .held(let since): ["held": since.encoded]
        case .incident(let number): ["incident": .int(number)]
        }
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        switch value {
        case .string("waiting"): self = .unsent
        case .string("local"): self = .local
        case .string("calling"): self = .calling
        case .string("asking"): self = .asking
        default:
            let fields = try FieldReader(value)
            if let until = try fields.optionalTimestamp("backingOff") {
                self = .backingOff(until: until)
            } else if let until = try fields.optionalTimestamp("askingLater") {
                self = .askingLater(until: until)
            } else if let since = try fields.optionalTimestamp("held") {
                self = .held(since: since)
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
