import Values

/// A request body's members, read with the reason why one is refused.
///
/// The sandbox is what a newcomer's adapter talks to first, so a wrong body must say which member
/// is wrong and what would be right, not merely 400.
struct Fields {
    let members: ValueMap
    private static let lengthLimit = 200

    /// Parses an object; the error names what is wrong with the body as a whole.
    init(body: [UInt8]) throws(FieldError) {
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
    func only(_ names: [String]) throws(FieldError) {
        for name in members.keys.compactMap(\.stringValue) where !names.contains(name) {
            throw FieldError(
                pointer: "/\(name)",
                detail: "`\(name)` is unknown; use \(names.joined(separator: ", "))")
        }
    }

    func required(_ name: String) throws(FieldError) -> String {
        guard let text = try optional(name) else {
            throw FieldError(pointer: "/\(name)", detail: "`\(name)` is required, a string")
        }
        return text
    }

    func optional(_ name: String) throws(FieldError) -> String? {
        guard let value = members[name], value != .null else { return nil }
        guard let text = value.stringValue, !text.isEmpty,
            text.utf8.count <= Fields.lengthLimit
        else {
            let limit = Fields.lengthLimit
            throw FieldError(
                pointer: "/\(name)", detail: "`\(name)` must be a string of 1 to \(limit) bytes")
        }
        return text
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(FieldError) -> Int64 {
        guard let number = members[name]?.intValue, range.contains(number) else {
            throw FieldError(
                pointer: "/\(name)",
                detail: "`\(name)` must be an integer from \(range.lowerBound)"
                    + " to \(range.upperBound)")
        }
        return number
    }

    func optionalInteger(
        _ name: String, in range: ClosedRange<Int64>
    ) throws(FieldError) -> Int64? {
        guard let value = members[name], value != .null else { return nil }
        return try integer(name, in: range)
    }

    func choice(_ name: String, of allowed: [String]) throws(FieldError) -> String {
        guard let text = members[name]?.stringValue, allowed.contains(text) else {
            let list = allowed.joined(separator: ", ")
            throw FieldError(pointer: "/\(name)", detail: "`\(name)` must be one of \(list)")
        }
        return text
    }
}
