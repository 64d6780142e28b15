import Engine
import Values

extension ClockStanding {
    private var status: String { jump != nil ? "jumped" : isApart ? "ahead" : "followed" }

    /// The API's resource `clock`.
    package var document: ValueMap {
        var map: ValueMap = [
            "status": .string(status), "now": .string(store.rfc3339), "wall": .string(wall.rfc3339),
            "aheadSeconds": .int(ahead.components.seconds),
        ]
        map.set("sentence", sentence.map(Value.string))
        map.set("jump", jump?.document)
        return map
    }
}

extension ClockStanding.Jump {
    fileprivate var document: Value {
        [
            "seconds": .int(by.components.seconds), "since": .string(since.rfc3339),
            "followedInSeconds": .int(max(followedIn, .zero).components.seconds),
        ]
    }
}
