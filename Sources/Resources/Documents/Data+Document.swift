import Definition
import Engine
import Execution
import Values

extension DataView {
    /// The API's resource `data`.
    package func document(of name: InstanceName, masking sensitive: Sensitive) -> Value {
        [
            "name": .string(name.description),
            "members": .list(members.map { $0.document(masking: sensitive) }),
            "from": .int(from), "total": .int(last),
        ]
    }
}

extension DataMember {
    /// The API's resource `data member`.
    func document(masking sensitive: Sensitive) -> Value {
        var map: ValueMap = [
            "name": .string(name), "value": sensitive.masked(value, of: name),
        ]
        map.set("changed", change?.document)
        return .map(map)
    }
}

extension DataChange {
    fileprivate var document: Value {
        var map: ValueMap = [
            "sequence": .int(entry.sequence), "at": .string(entry.at.rfc3339),
            "kind": .string(entry.kind), "isCertain": .bool(isCertain),
            "sentence": .string(sentence),
        ]
        for member in ["by", "reason", "event", "task"] {
            map.set(member, cause?.data[member].flatMap { $0.stringValue.map { .string($0) } })
        }
        map.set("because", cause.map { .string($0.kind) })
        return .map(map)
    }

    /// Who or what it was, in a few words: the same in API, command line and console.
    private var sentence: String {
        let words = sentenceOfCause
        return isCertain ? words.prefix(1).uppercased() + words.dropFirst() : "Perhaps " + words
    }

    private var sentenceOfCause: String {
        guard let cause else { return "by a step of its own" }
        let data = cause.data
        let by = data["by"]?.stringValue.map { " by \($0)" } ?? ""
        let event = data["event"]?.stringValue.map { " `\($0)`" } ?? ""
        let task = data["task"]?.stringValue.map { " of `\($0)`" } ?? ""
        return switch HistoryKind(rawValue: cause.kind) {
        case .started: "as it was started\(by)"
        case .contextAssigned:
            "set\(by)" + (data["reason"]?.stringValue.map { ": \"\($0)\"" } ?? "")
        case .eventApplied: "on\(event)\(by)"
        case .callCompleted, .callFailed, .callDeadline, .incidentCompleted, .incidentFailed:
            "on the end\(task)\(by)"
        case .childEnded, .childReported, .childRefused: "on the end of a child"
        case .membersEnded: "on the end of its members"
        case .taskDecided: "decided\(by)"
        case .timerFired, .timerMoved: "when a timer fired\(by)"
        default: "with `\(cause.kind)`\(by)"
        }
    }
}
