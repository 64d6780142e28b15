import Definition
import Engine
import Execution
import Values

extension RetentionView {
    package var document: Value {
        var map: ValueMap = [
            "workflows": .list(workflows.map(\.document)),
            "restored": .list(restored.map(\.document)),
        ]
        map.set("failure", failure.map(Value.string))
        map["archived"] = .bool(isArchived)
        return .map(map)
    }
}

extension RetentionView.Row {
    fileprivate var document: Value {
        var map: ValueMap = [
            "workflow": .string(workflow), "removed": .int(removed),
            "due": .int(Int64(due)), "isDueLeast": .bool(isDueLeast),
        ]
        map.set("period", period.map { .string($0.shortText) })
        map.set("periodSeconds", period.map { .int($0.components.seconds) })
        map.set("lastAt", lastAt.map { .string($0.rfc3339) })
        return .map(map)
    }
}

extension Restoration {
    fileprivate var document: Value {
        [
            "name": .string(name.description), "by": .string(by.description),
            "at": .string(at.rfc3339), "until": .string(until.rfc3339),
        ]
    }
}

extension InstanceDocument {
    /// What the archive has of it, with the mask in the place of what is sensitive.
    package func document(masking sensitive: Sensitive) -> Value {
        guard var map = encoded.mapValue else { return encoded }
        map["name"] = .string(name.description)
        for member in ["run", "history", "receipts", "members"] {
            map.set(member, map[member].map { sensitive.masked($0.plain) })
        }
        return .map(map)
    }
}
