import Values

/// A request body's members, read with the reason why one is refused.
///
/// The sandbox is what a newcomer's adapter talks to first, so a wrong body must say which member
/// is wrong and what would be right, not merely 400.
public struct RemoteFields {
    public let members: ValueMap
    private static let lengthLimit = 200

    /// Parses an object; the error names what is wrong with the body as a whole.
    public init(body: [UInt8]) throws(FieldError) {
        let value: Value
        do {
            value = try JSON.parse(body)
        } catch {
            throw FieldError(pointer: "", detail: "the body is not JSON: \(error)")
        }
        guard case .map(let members) = value else {
            throw FieldError(pointer: "", detail: "the body must be a JSON object")
        }
        self.members = members
    }

    /// Refuses members that nobody reads: most are misspelt.
    public func only(_ names: [String]) throws(FieldError) {
        for name in members.keys.compactMap(\.stringValue) where !names.contains(name) {
            throw FieldError(
                pointer: "/\(name)",
                detail: "`\(name)` is unknown; use \(names.joined(separator: ", "))")
        }
    }

    public func required(_ name: String) throws(FieldError) -> String {
        guard let text = try optional(name) else {
            throw FieldError(pointer: "/\(name)", detail: "`\(name)` is required, a string")
        }
        return text
    }

    public func optional(_ name: String) throws(FieldError) -> String? {
        guard let value = members[name], value != .null else { return nil }
        guard let text = value.stringValue, !text.isEmpty,
            text.utf8.count <= RemoteFields.lengthLimit
        else {
            let limit = RemoteFields.lengthLimit
            throw FieldError(
                pointer: "/\(name)", detail: "`\(name)` must be a string of 1 to \(limit) bytes")
        }
        return text
    }

    public func integer(_ name: String, in range: ClosedRange<Int64>) throws(FieldError) -> Int64 {
        guard let number = members[name]?.intValue, range.contains(number) else {
            throw FieldError(
                pointer: "/\(name)",
                detail: "`\(name)` must be an integer from \(range.lowerBound)"
                    + " to \(range.upperBound)")
        }
        return number
    }

    public func optionalInteger(
        _ name: String, in range: ClosedRange<Int64>
    ) throws(FieldError) -> Int64? {
        guard let value = members[name], value != .null else { return nil }
        return try integer(name, in: range)
    }

    public func choice(_ name: String, of allowed: [String]) throws(FieldError) -> String {
        guard let text = members[name]?.stringValue, allowed.contains(text) else {
            let list = allowed.joined(separator: ", ")
            throw FieldError(pointer: "/\(name)", detail: "`\(name)` must be one of \(list)")
        }
        return text
    }
}
