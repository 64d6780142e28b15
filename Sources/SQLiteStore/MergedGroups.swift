import Execution
import Values

// What is counted by a text that is sealed alike is counted once for each key, until everything is sealed with one.

extension [IncidentGroup] {
    var merged: [IncidentGroup] {
        var places: [ExactText: Int] = [:]
        var result: [IncidentGroup] = []
        for group in self {
            guard let index = places[ExactText(group.cause)] else {
                places[ExactText(group.cause)] = result.count
                result.append(group)
                continue
            }
            let known = result[index]
            result[index] = IncidentGroup(
                cause: known.cause, count: known.count + group.count,
                first: Swift.min(known.first, group.first), last: Swift.max(known.last, group.last))
        }
        return result
    }
}

extension [PauseGroup] {
    private struct Name: Hashable {
        let by: ExactText
        let reason: ExactText
    }

    var merged: [PauseGroup] {
        var places: [Name: Int] = [:]
        var result: [PauseGroup] = []
        for group in self {
            let name = Name(by: ExactText(group.by), reason: ExactText(group.reason))
            guard let index = places[name] else {
                places[name] = result.count
                result.append(group)
                continue
            }
            let known = result[index]
            result[index] = PauseGroup(
                by: known.by, reason: known.reason, count: known.count + group.count,
                first: Swift.min(known.first, group.first), last: Swift.max(known.last, group.last))
        }
        return result
    }
}
