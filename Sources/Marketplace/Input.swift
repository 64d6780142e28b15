import Guest
import Values

extension Refusal {
    static let outOfRange = Refusal("out-of-range", "an amount would leave 64 bits of minor units")
}

extension Value {
    /// A member that must be a non-empty string.
    func text(_ member: String) throws(Refusal) -> String {
        guard let text = self[member]?.stringValue, !text.isEmpty else {
            throw .invalid(member, "a non-empty string")
        }
        return text
    }

    /// A person's id. It stands in the books for ever, which no erasure touches: a mail address is none.
    func person(_ member: String) throws(Refusal) -> String {
        let id = try text(member)
        guard !id.utf8.contains(UInt8(ascii: "@")) else {
            throw .invalid(member, "an id without `@`: the books keep it for ever")
        }
        return id
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

    /// A member as it was written by us; nil: there is none.
    func moment(_ member: String) -> Timestamp? {
        self[member].flatMap {
            $0.timestampValue ?? $0.stringValue.flatMap(Timestamp.init(rfc3339:))
        }
    }
}
