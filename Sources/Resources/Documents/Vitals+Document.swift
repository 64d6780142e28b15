import Engine
import Values

extension Vitals.Sample {
    /// Of the API's resource `system`.
    package var document: Value {
        var map: ValueMap = [
            "commits": .int(Int64(commits)), "flushes": .int(Int64(flushes)),
            "flushMs": .double(flush.inMilliseconds), "lateMs": .double(late.inMilliseconds),
            "waiting": .int(Int64(waiting)),
        ]
        map.set("bytes", bytes.map(Value.int))
        return .map(map)
    }
}

extension Duration {
    /// To the tenth.
    fileprivate var inMilliseconds: Double {
        let (seconds, attoseconds) = components
        let tenths = Double(seconds) * 10_000 + Double(attoseconds / 100_000_000_000_000)
        return tenths / 10
    }
}
