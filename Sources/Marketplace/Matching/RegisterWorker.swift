import Guest
import Values

/// `matching.register {worker, name, skills, place?} -> {worker}`: a worker's characteristics, before anybody is offered
/// them. `worker-exists` when somebody else has the id.
struct RegisterWorker: LocalOperation {
    /// Of somebody whom nobody has rated yet.
    static let firstRating = 4.0

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let worker = try call.input.text("worker")
        guard try records.find(NormalSample.collection, id: worker) == nil else {
            throw Refusal("worker-exists", "there is a worker `\(worker)` already")
        }
        var body: ValueMap = [
            "name": .string(try call.input.text("name")),
            OfferWorker.waiting: call.input["skills"] ?? .list([]),
            "rating": .double(Self.firstRating),
            "registeredBy": .string(call.key),
        ]
        if let place = call.input["place"], !place.isNull {
            body["lat"] = place["lat"] ?? .null
            body["lon"] = place["lon"] ?? .null
        }
        records.add(NormalSample.collection, id: worker, .map(body))
        return ["worker": .string(worker)]
    }
}

/// `matching.offer {worker} -> {worker}`: from now on the worker is in the pool. Again is the same; one whom nobody
/// registered is nobody's error but the workflow's.
struct OfferWorker: LocalOperation {
    /// The skills of one who is not in the pool yet: a worker is found by `skills`, in every index, and by nothing else.
    static let waiting = "skillsWhenOffered"

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let worker = try call.input.text("worker")
        guard let record = try records.find(NormalSample.collection, id: worker) else {
            throw .invalid("worker", "a worker who is registered")
        }
        if let skills = record.body[Self.waiting] {
            var body = record.body
            body["skills"] = skills
            body[Self.waiting] = .none
            records.put(NormalSample.collection, id: worker, body)
        }
        return ["worker": .string(worker)]
    }
}

/// `matching.unregister {key, input}`: undoes the `matching.register` of that key and no other's.
struct UnregisterWorker: LocalOperation {
    func perform(
        _ call: Call<Undo<Value, Value>>, _ records: inout Records
    ) throws(Refusal) -> Value {
        let worker = call.input.input["worker"]?.stringValue ?? ""
        guard let record = try records.find(NormalSample.collection, id: worker),
            record.body["registeredBy"] == .string(call.input.key)
        else { return ["removed": false] }
        records.delete(NormalSample.collection, id: worker)
        return ["removed": true]
    }
}
