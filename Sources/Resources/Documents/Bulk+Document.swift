import Execution
import Values

extension BulkOperation {
    /// The API's resource `operation`.
    package var document: Value {
        var map: ValueMap = [
            "id": .int(number), "action": .string(plan.verb.name),
            "status": .string(status.rawValue),
            "reason": .string(plan.reason), "by": .string(plan.actor.description),
            "canary": .int(Int64(plan.canary)), "rate": .double(plan.rate),
            "stopAfter": .int(Int64(plan.stopAfter)), "createdAt": .string(createdAt.rfc3339),
            "counts": .map(counts.document(pending: counts.asked - next)),
        ]
        switch plan.target {
        case .filter(let text): map["filter"] = .string(text)
        case .cause(let text): map["cause"] = .string(text)
        }
        if !plan.arguments.isEmpty { map["arguments"] = .map(plan.arguments) }
        map.set("note", note.map(Value.string))
        map.set("nextAt", dueAt.map { .string($0.rfc3339) })
        map.set("endedAt", endedAt.map { .string($0.rfc3339) })
        return .map(map)
    }
}

extension BulkOperation.Counts {
    /// In the order of the stages.
    fileprivate func document(pending: Int) -> ValueMap {
        ValueMap(
            (members + [("pending", pending), ("unsettled", unsettled)]).map {
                ($0.name, .int(Int64($0.count)))
            })
    }
}

extension BulkItem {
    /// The API's resource `operation item`.
    package var document: Value {
        var map: ValueMap = [
            "number": .int(Int64(index) + 1), "name": .string(name.description),
            "status": .string(state.rawValue), "seen": .int(seen),
        ]
        map.set("incident", incident.map(Value.int))
        map.set("revision", revision.map(Value.int))
        map.set("message", message.map(Value.string))
        map.set("at", at.map { .string($0.rfc3339) })
        return .map(map)
    }
}
