import Execution
import Values

extension Substitution {
    package var document: Value {
        var map: ValueMap = [
            "for": .string(absent.description), "by": .string(by.description),
            "from": .string(from.rfc3339), "until": .string(until.rfc3339),
        ]
        if !workflows.isEmpty { map["workflows"] = .list(workflows.map(Value.string)) }
        if !reason.isEmpty { map["reason"] = .string(reason) }
        return .map(map)
    }
}
