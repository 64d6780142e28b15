import Definition
import Engine
import Execution
import Values

extension UnmatchedEvent {
    /// The API's resource `unmatched event`.
    package func document(masking sensitive: Sensitive) -> Value {
        var map: ValueMap = [
            "number": .int(row.number), "at": .string(row.at.rfc3339), "event": .string(row.event),
            "id": .string(row.told.id), "by": .string(row.told.by),
            "outcome": .string(row.told.outcome.rawValue),
        ]
        if !row.workflow.isEmpty { map["workflow"] = .string(row.workflow) }
        if !row.key.isEmpty { map["key"] = .string(row.key) }
        map.set("code", row.told.code.map { .string($0) })
        map.set("message", row.told.message.map { .string($0) })
        if !row.told.data.isNull { map["data"] = sensitive.masked(row.told.data) }
        map.set("since", since.map { .string($0) })
        map["nearMisses"] = .list(nearMisses.map(\.document))
        return .map(map)
    }
}

extension NearMiss {
    fileprivate var document: Value {
        [
            "kind": .string(kind.rawValue), "instance": .string(instance.description),
            "sentence": .string(sentence),
        ]
    }
}
