import Execution
import Values

/// `matching.register {worker, name, skills, place?} -> {worker}`: a hired worker's characteristics; from now on the
/// worker is in the pool. `worker-exists` when somebody else has the id.
enum RegisterWorker: LocalOperation {
    /// Of somebody whom nobody has rated yet.
    static let firstRating = 4.0

    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let worker = call.input["worker"]?.stringValue ?? ""
        return [RecordQuery(collection: NormalSample.collection, selection: .id(worker), limit: 1)]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let worker = try call.input.text("worker")
        guard reads.first(0) == nil else {
            throw Refusal(name: "worker-exists", message: "there is a worker `\(worker)` already")
        }
        var body: ValueMap = [
            "name": .string(try call.input.text("name")),
            "skills": call.input["skills"] ?? .list([]), "rating": .double(firstRating),
            "registeredBy": .string(call.key),
        ]
        if let place = call.input["place"], !place.isNull {
            body["lat"] = place["lat"] ?? .null
            body["lon"] = place["lon"] ?? .null
        }
        return Effect(
            output: ["worker": .string(worker)],
            writes: [
                RecordWrite(
                    collection: NormalSample.collection, id: worker, group: "",
                    expectedRevision: 0, body: .map(body))
            ])
    }
}

/// `matching.unregister {key, input}`: undoes the `matching.register` of that key and no other's.
enum UnregisterWorker: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let worker = call.input["input"]?["worker"]?.stringValue ?? ""
        return [RecordQuery(collection: NormalSample.collection, selection: .id(worker), limit: 1)]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let key = try call.input.text("key")
        guard let record = reads.first(0), record.body["registeredBy"] == .string(key) else {
            return Effect(output: ["removed": false])
        }
        return Effect(
            output: ["removed": true],
            writes: [
                RecordWrite(
                    collection: record.collection, id: record.id, group: record.group,
                    expectedRevision: record.revision, body: nil)
            ])
    }
}
