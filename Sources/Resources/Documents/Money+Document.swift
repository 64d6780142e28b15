import Execution
import Values

extension MoneyHold {
    /// As the API gives it.
    package var document: ValueMap {
        var map: ValueMap = [
            "number": .int(number), "scope": .string(scope.text), "holds": .string(scope.words),
            "by": .string(placed.by.description), "at": .string(placed.at.rfc3339),
            "reason": .string(placed.reason),
        ]
        map.set("released", released?.document)
        return map
    }
}
