import Engine
import Execution
import Values

extension PauseSummary {
    /// Of the API's resource `instance`.
    var document: Value {
        ["by": .string(by), "reason": .string(reason), "since": .string(since.rfc3339)]
    }
}

extension PauseGroup {
    /// The API's resource `pauseGroup`.
    package var document: ValueMap {
        [
            "by": .string(by), "reason": .string(reason), "count": .int(Int64(count)),
            "firstAt": .string(first.rfc3339), "lastAt": .string(last.rfc3339),
            "filter": .string(filter),
        ]
    }
}
