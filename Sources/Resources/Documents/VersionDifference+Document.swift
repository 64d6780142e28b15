import Definition
import Engine
import Values

extension VersionDifference {
    /// The API's resource `version difference`.
    package func document(
        _ workflow: String, from old: Int, to new: Int, stranded: [StrandedState]
    ) -> Value {
        [
            "workflow": .string(workflow), "from": .int(Int64(old)), "to": .int(Int64(new)),
            "states": .list(
                states.map { change in
                    [
                        "state": .string(change.state), "change": .string(change.change.rawValue),
                        "removed": .list(change.removed.map(Value.string)),
                        "added": .list(change.added.map(Value.string)),
                    ]
                }),
            "stranded": .list(
                stranded.map {
                    [
                        "state": .string($0.state), "running": .int(Int64($0.running)),
                        "runningIsLeast": .bool($0.isLeast), "filter": .string($0.filter),
                    ]
                }),
        ]
    }
}
