import Values

/// A journal line's members by name and type; nil for anything missing or of another type.
public struct JournalRecord {
    private let members: ValueMap

    public init?(_ value: Value) {
        guard case .map(let members) = value else { return nil }
        self.members = members
    }

    public func string(_ name: String) -> String? { members[name]?.stringValue }
    public func integer(_ name: String) -> Int64? { members[name]?.intValue }
    public func time(_ name: String) -> Timestamp? {
        string(name).flatMap { Timestamp(rfc3339: $0) }
    }
}
