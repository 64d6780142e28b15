import Execution
import Values

extension IncidentRow {
    /// The API's resource `incident`.
    /// - Parameter name: nil: the instance's row is gone.
    package func document(name: InstanceName?) -> ValueMap {
        var map: ValueMap = [
            "instance": .string(name?.description ?? instance.description),
            "number": .int(incident.number),
            "kind": .string(incident.kind.rawValue), "error": .string(incident.error.name),
            "message": .string(incident.error.message),
            "cause": .string(incident.cause), "openedAt": .string(incident.openedAt.rfc3339),
        ]
        let retry = name.map { Blocker.LegalAction.retry($0, incident: incident.number) }
        map.set("command", retry.map { .string($0.command) })
        return map
    }
}

extension IncidentGroup {
    /// The API's resource `incidentGroup`.
    package var document: ValueMap {
        [
            "cause": .string(cause), "count": .int(Int64(count)),
            "firstAt": .string(first.rfc3339), "lastAt": .string(last.rfc3339),
        ]
    }
}
