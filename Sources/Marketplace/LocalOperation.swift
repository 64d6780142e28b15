import Execution
import Values

/// One in-process operation.
protocol LocalOperation {
    /// What `perform` must see.
    static func queries(_ call: LocalCall) -> [RecordQuery]
    /// - Parameter reads: the answers to `queries`, in their order.
    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect
}

/// What an operation gives back and changes.
struct Effect: Hashable {
    let output: Value
    var writes: [RecordWrite] = []
}

/// Why an operation did nothing. Never retried: the same input and records give the same answer.
struct Refusal: Error, Hashable {
    let name: String
    let message: String

    var callError: CallError { CallError(name: name, message: message, isRetryable: false) }

    static func invalid(_ member: String, _ expected: String) -> Refusal {
        Refusal(name: "invalid-input", message: "`\(member)` must be \(expected)")
    }

    static let outOfRange = Refusal(
        name: "out-of-range", message: "an amount would leave 64 bits of minor units")
}

/// The answers to an operation's queries.
struct Reads {
    private let sets: [RecordSet]

    init(_ sets: [RecordSet]) { self.sets = sets }

    func all(_ query: Int) -> [Record] { sets.indices.contains(query) ? sets[query].records : [] }

    func first(_ query: Int) -> Record? { all(query).first }
}

extension Value {
    /// A member that must be a non-empty string.
    func text(_ member: String) throws(Refusal) -> String {
        guard let text = self[member]?.stringValue, !text.isEmpty else {
            throw .invalid(member, "a non-empty string")
        }
        return text
    }

    /// A member that may be missing or null.
    func optionalTime(_ member: String) throws(Refusal) -> Timestamp? {
        guard let value = self[member], !value.isNull else { return nil }
        guard let time = value.timestampValue ?? value.stringValue.flatMap(Timestamp.init(rfc3339:))
        else { throw .invalid(member, "an RFC 3339 time") }
        return time
    }

    func time(_ member: String) throws(Refusal) -> Timestamp {
        guard let time = try optionalTime(member) else {
            throw .invalid(member, "an RFC 3339 time")
        }
        return time
    }

    /// A member that counts something; missing is 0.
    func count(_ member: String) -> Int64 { self[member]?.intValue ?? 0 }
}
