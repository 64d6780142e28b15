import Engine
import Execution
import Values

extension Erasure {
    /// The API's resource `erasure`.
    package var document: Value {
        var map: ValueMap = [
            "number": .int(order.number), "person": .string(order.person),
            "id": .string(order.id), "reason": .string(order.reason),
            "by": .string(order.by.description), "at": .string(order.at.rfc3339),
            "status": .string(status.rawValue), "erased": .int(erased), "waiting": .int(waiting),
        ]
        map.set("endedAt", endedAt.map { .string($0.rfc3339) })
        return .map(map)
    }
}

extension AwaitedInstance {
    /// An instance that an erasure waits for, and why.
    package var document: Value {
        [
            "name": .string(name.description), "because": .string(because),
            "since": .string(since.rfc3339),
        ]
    }
}

extension ErasurePreview {
    /// What an erasure would do.
    package func document(_ person: String, _ id: String) -> Value {
        [
            "dryRun": true, "person": .string(person), "id": .string(id),
            "ended": .int(Int64(ended)), "running": .int(Int64(running)),
            "awaits": .list(awaited.map { .string($0.description) }),
        ]
    }
}
