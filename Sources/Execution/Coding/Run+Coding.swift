import Definition
import Statechart
import Values

// A run as JSON. States are written by name, so that a row can be read by a person and outlives a change of
// the tables' order; empty members are left out, most runs have few.

extension Run {
    /// UTF-8. Written at every commit, so straight into the text.
    package func encodedJSON(_ machine: Machine) -> [UInt8] {
        var json = JSONText(capacity: 960)
        json.object { json in
            json.member("input", input)
            json.member("params", params)
            json.member("startedAt", startedAt)
            json.member("startedBy", optional: startedBy?.encoded)
            json.member("parent", optional: parent?.encoded)
            json.member("updatedAt", updatedAt)
            json.member("endedAt", optional: endedAt?.encoded)
            json.member("output", optional: output)
            json.member("report", optional: report)
            json.member("pendingEnd", optional: pendingEnd.map { .string($0.rawValue) })
            json.name("chart")
            snapshot.write(to: &json, machine)
            json.member("visits", unlessEmpty: visits) { $1.write(to: &$0, machine) }
            json.member("timers", unlessEmpty: timers.list) { $0.value($1.encoded) }
            json.member("activations", unlessEmpty: activations.list) { $1.write(to: &$0) }
            json.member("effects", unlessEmpty: effects.list) { $0.value($1.encoded) }
            json.member("kept", unlessEmpty: kept.list) { $0.value($1.encoded) }
            json.member("pause", optional: pause?.encoded)
            json.member("workflowHold", optional: workflowHold.map(Value.int))
            json.member("held", unlessEmpty: held.list) { $0.value($1.encoded) }
            json.member("closedTasks", unlessEmpty: closedTasks.list) { $0.value($1.encoded) }
            json.member("incidents", unlessEmpty: incidents.list) { $0.value($1.encoded) }
            json.member("attachments", unlessEmpty: attachments) { $0.value($1.text) }
            json.member("erased", unlessEmpty: erased) { $0.value($1.encoded) }
            json.member("lastFailure", optional: lastFailure?.encoded)
            json.member("lastIgnored", optional: lastIgnored?.encoded)
            json.name("last")
            json.list([
                activations.lastNumber, lastSequence, lastMessage, incidents.lastNumber,
                kept.lastNumber,
            ]) { $0.value($1) }
        }
        return json.bytes
    }

    /// - Parameter row: as the store returned it.
    package init(
        decoding row: InstanceWrite, definition: WorkflowDefinition
    ) throws(DecodingFailure) {
        if let damage = row.damage { throw DecodingFailure(message: damage) }
        let machine = definition.machine
        let fields = try FieldReader(Value(storedJSON: row.body))
        self.init(
            id: row.id, name: row.name, version: row.version,
            parent: try fields.decodeOptional("parent"), input: try fields.value("input"),
            params: try fields.value("params"),
            snapshot: try Snapshot(decoding: try fields.value("chart"), machine),
            startedAt: try fields.timestamp("startedAt"),
            startedBy: try fields.decodeOptional("startedBy"))
        revision = row.revision
        status = row.status
        updatedAt = try fields.timestamp("updatedAt")
        endedAt = try fields.optionalTimestamp("endedAt")
        output = fields.optional("output")
        report = fields.optional("report")
        pendingEnd = fields.optional("pendingEnd") == nil ? nil : try fields.choice("pendingEnd")
        visits = try fields.elements("visits") { value throws(DecodingFailure) in
            try StateVisit(decoding: value, machine)
        }
        timers = ChartTimers(try fields.decodeList("timers"))
        effects = CompensationLog(try fields.decodeList("effects"))
        pause = try fields.decodeOptional("pause")
        workflowHold = try fields.optionalInt64("workflowHold")
        held = HeldInputs(try fields.decodeList("held"))
        attachments = try fields.decodeList("attachments")
        erased = try fields.decodeList("erased")
        closedTasks = ClosedTasks(try fields.decodeList("closedTasks"))
        lastFailure = try fields.decodeOptional("lastFailure")
        lastIgnored = try fields.decodeOptional("lastIgnored")
        try readNumbered(fields)
        try checkIndexes(definition)
    }

    /// What has numbers that are never used again.
    private mutating func readNumbered(_ fields: FieldReader) throws(DecodingFailure) {
        // Numbers of the last ones: there is room for more.
        let counters = try fields.list("last").compactMap(\.intValue).filter {
            (0...1 << 53).contains($0)
        }
        guard counters.count == 5 else {
            throw DecodingFailure(message: "five counters are expected", path: "last")
        }
        activations = Activations(
            try fields.decodeList("activations"), lastNumber: counters[0])
        lastSequence = counters[1]
        lastMessage = counters[2]
        incidents = Incidents(try fields.decodeList("incidents"), lastNumber: counters[3])
        kept = KeptEvents(try fields.decodeList("kept"), lastNumber: counters[4])
    }

    /// What it refers to by an index is there: one that is not would end the process with the next decision.
    private func checkIndexes(_ definition: WorkflowDefinition) throws(DecodingFailure) {
        for activation in activations {
            let isThere =
                switch activation.purpose {
                case .invocation(let use): definition.invocations.indices.contains(use.invocation)
                case .abandoned:
                    activation.invocation.map { definition.invocations.indices.contains($0) }
                        ?? true
                case .notification, .compensation, .cancellation, .page: true
                }
            guard isThere else {
                throw DecodingFailure(
                    message: "no such invocation in this version", path: "activations")
            }
        }
        guard timers.allSatisfy({ definition.machine.timers.indices.contains($0.index) }) else {
            throw DecodingFailure(message: "no such timer in this version", path: "timers")
        }
    }
}

extension FieldReader {
    fileprivate func elements<T>(
        _ name: String, _ decode: (Value) throws(DecodingFailure) -> T
    ) throws(DecodingFailure) -> [T] {
        guard optional(name) != nil else { return [] }
        var result: [T] = []
        for element in try list(name) {
            do throws(DecodingFailure) {
                result.append(try decode(element))
            } catch {
                throw error.inside(name)
            }
        }
        return result
    }
}

extension Machine {
    fileprivate func write(_ states: [StateIndex], to json: inout JSONText) {
        json.list(states) { $0.value(self.states[$1].id) }
    }

    fileprivate func state(decoding value: Value) throws(DecodingFailure) -> StateIndex {
        guard let name = value.stringValue, let index = state(named: name) else {
            throw DecodingFailure(message: "no state \(JSON.string(value)) in this version")
        }
        return index
    }

    fileprivate func states(decoding values: [Value]) throws(DecodingFailure) -> [StateIndex] {
        var result: [StateIndex] = []
        for value in values { result.append(try state(decoding: value)) }
        return result
    }
}

extension Snapshot {
    fileprivate func write(to json: inout JSONText, _ machine: Machine) {
        json.object { json in
            json.name("states")
            machine.write(configuration, to: &json)
            json.member("context", .map(data))
            json.member("history", unlessEmpty: history) { json, value in
                json.object { json in
                    json.member("state", machine.states[value.state].id)
                    json.name("states")
                    machine.write(value.configuration, to: &json)
                }
            }
            json.member("final", optional: finalState.map { .string(machine.states[$0].id) })
        }
    }

    fileprivate init(decoding value: Value, _ machine: Machine) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let history = try fields.elements("history") { entry throws(DecodingFailure) in
            let entry = try FieldReader(entry)
            return HistoryValue(
                state: try machine.state(decoding: try entry.value("state")),
                configuration: try machine.states(decoding: try entry.list("states")))
        }
        let final = fields.optional("final")
        self.init(
            configuration: try machine.states(decoding: try fields.list("states")),
            history: history, data: try fields.value("context").mapValue ?? ValueMap(),
            finalState: final == nil ? nil : try machine.state(decoding: try fields.value("final")))
    }
}

extension StateVisit {
    fileprivate func write(to json: inout JSONText, _ machine: Machine) {
        json.object { json in
            json.member("state", machine.states[state].id)
            json.member("since", since)
            json.member("overdueAt", optional: overdueAt?.encoded)
            json.member("reckoning", optional: reckoning?.encoded)
        }
    }

    fileprivate init(decoding value: Value, _ machine: Machine) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            state: try machine.state(decoding: try fields.value("state")),
            since: try fields.timestamp("since"),
            overdueAt: try fields.optionalTimestamp("overdueAt"),
            reckoning: try fields.decodeOptional("reckoning"))
    }
}

extension RunTimer: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["index": .int(Int64(index)), "due": due.encoded]
        map.set("reckoning", reckoning?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            index: try fields.int("index"), due: try fields.timestamp("due"),
            reckoning: try fields.decodeOptional("reckoning"))
    }
}

extension Reckoning: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = ["text": .string(text)]
        map.set("calendar", calendar.map { .string($0) })
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            text: try fields.string("text"), calendar: try fields.optionalString("calendar"))
    }
}

extension KeptEvent: ValueCodable {
    package var encoded: Value {
        [
            "number": .int(number), "event": event.encoded, "arrivedAt": arrivedAt.encoded,
            "expiresAt": expiresAt.encoded,
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            number: try fields.int64("number"), event: try fields.decode("event"),
            arrivedAt: try fields.timestamp("arrivedAt"),
            expiresAt: try fields.timestamp("expiresAt"))
    }
}

extension CaughtError: ValueCodable {
    package var encoded: Value {
        [
            "task": .string(task), "error": .string(error), "message": .string(message),
            "at": at.encoded,
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            task: try fields.string("task"), error: try fields.string("error"),
            message: try fields.string("message"), at: try fields.timestamp("at"))
    }
}

extension IgnoredEvent: ValueCodable {
    package var encoded: Value {
        ["name": .string(name), "at": at.encoded, "guards": .list(guards.map(\.encoded))]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            name: try fields.string("name"), at: try fields.timestamp("at"),
            guards: try fields.decodeList("guards"))
    }
}

extension GuardValue: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "source": .string(source), "line": .int(Int64(location.line)),
            "column": .int(Int64(location.column)),
            "parts": .list(parts.map { ["text": .string($0.text), "value": $0.value.plain] }),
        ]
        map.set("error", error.map(Value.string))
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let parts = try fields.elements("parts") { part throws(DecodingFailure) in
            let part = try FieldReader(part)
            return (text: try part.string("text"), value: try part.value("value"))
        }
        self.init(
            source: try fields.string("source"),
            location: SourceLocation(
                line: try fields.int("line"), column: try fields.int("column")),
            parts: parts, error: try fields.optionalString("error"))
    }
}
