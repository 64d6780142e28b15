import Values

/// Reads the fields of a map that Pawl wrote; each failure names its field.
package struct FieldReader {
    private let map: ValueMap

    package init(_ value: Value) throws(DecodingFailure) {
        guard case .map(let map) = value else {
            throw DecodingFailure(message: "an object is expected, not \(value.typeName)")
        }
        self.map = map
    }

    /// nil when the field is absent or null.
    package func optional(_ name: String) -> Value? {
        guard let value = map[name], !value.isNull else { return nil }
        return value
    }

    /// Null when the field is null; absent fields fail.
    package func value(_ name: String) throws(DecodingFailure) -> Value {
        guard let value = map[name] else {
            throw DecodingFailure(message: "the field is missing", path: name)
        }
        return value
    }

    /// Fails when the field is absent or no string; so do the others for their kinds.
    package func string(_ name: String) throws(DecodingFailure) -> String {
        guard let text = try value(name).stringValue else { throw mismatch(name, "a string") }
        return text
    }

    /// nil when the field is absent or null; a field of another kind fails.
    package func optionalString(_ name: String) throws(DecodingFailure) -> String? {
        optional(name) == nil ? nil : try string(name)
    }

    package func int64(_ name: String) throws(DecodingFailure) -> Int64 {
        guard case .int(let number) = try value(name) else { throw mismatch(name, "an integer") }
        return number
    }

    package func optionalInt64(_ name: String) throws(DecodingFailure) -> Int64? {
        optional(name) == nil ? nil : try int64(name)
    }

    package func int(_ name: String) throws(DecodingFailure) -> Int {
        guard let number = Int(exactly: try int64(name)) else { throw mismatch(name, "an Int") }
        return number
    }

    package func bool(_ name: String) throws(DecodingFailure) -> Bool {
        guard let flag = try value(name).boolValue else { throw mismatch(name, "true or false") }
        return flag
    }

    /// False when the field is absent.
    package func flag(_ name: String) throws(DecodingFailure) -> Bool {
        optional(name) == nil ? false : try bool(name)
    }

    /// Written as whole milliseconds.
    package func timestamp(_ name: String) throws(DecodingFailure) -> Timestamp {
        let milliseconds = try int64(name)
        let moment = Timestamp(milliseconds: milliseconds)
        guard moment.milliseconds == milliseconds else { throw mismatch(name, "a moment") }
        return moment
    }

    /// How often something was, or the number of the last of something: there is room for more.
    package func count(_ name: String) throws(DecodingFailure) -> Int {
        let number = try int(name)
        guard (0...Int(Int32.max)).contains(number) else { throw mismatch(name, "a count") }
        return number
    }

    package func optionalTimestamp(_ name: String) throws(DecodingFailure) -> Timestamp? {
        optional(name) == nil ? nil : try timestamp(name)
    }

    /// Written as CEL's text, `30s`.
    package func optionalDuration(_ name: String) throws(DecodingFailure) -> Duration? {
        guard let text = try optionalString(name) else { return nil }
        guard let span = Duration(parsing: text) else { throw mismatch(name, "a duration") }
        return span
    }

    package func list(_ name: String) throws(DecodingFailure) -> [Value] {
        guard let list = try value(name).listValue else { throw mismatch(name, "a list") }
        return list
    }

    /// A field of a type that reads itself.
    package func decode<T: ValueDecodable>(
        _ name: String, as type: T.Type = T.self
    ) throws(DecodingFailure) -> T {
        let field = try value(name)
        do throws(DecodingFailure) {
            return try T(decoding: field)
        } catch {
            throw error.inside(name)
        }
    }

    /// nil when the field is absent or null.
    package func decodeOptional<T: ValueDecodable>(
        _ name: String, as type: T.Type = T.self
    ) throws(DecodingFailure) -> T? {
        optional(name) == nil ? nil : try decode(name, as: type)
    }

    /// Every element in order; empty when the field is absent.
    package func decodeList<T: ValueDecodable>(
        _ name: String, of type: T.Type = T.self
    ) throws(DecodingFailure) -> [T] {
        guard optional(name) != nil else { return [] }
        let elements = try list(name)
        var result: [T] = []
        result.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do throws(DecodingFailure) {
                result.append(try T(decoding: element))
            } catch {
                throw error.inside("\(name)[\(index)]")
            }
        }
        return result
    }

    /// One of the names of an enumeration.
    package func choice<T: RawRepresentable>(
        _ name: String, of type: T.Type = T.self
    ) throws(DecodingFailure) -> T where T.RawValue == String {
        let text = try string(name)
        guard let choice = T(rawValue: text) else {
            throw DecodingFailure(message: "\"\(text)\" is not one of the known names", path: name)
        }
        return choice
    }

    private func mismatch(_ name: String, _ expected: String) -> DecodingFailure {
        DecodingFailure(message: "\(expected) is expected", path: name)
    }
}

extension ValueMap {
    /// Writes a field unless it is nil.
    package mutating func set(_ name: String, _ value: Value?) {
        if let value { self[name] = value }
    }
}

extension Timestamp {
    /// Whole milliseconds since 1970, rounded down.
    package var encoded: Value { .int(milliseconds) }

    /// For what must not happen before this moment (G5: a timer is never early).
    package var millisecondsRoundedUp: Int64 {
        milliseconds + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
    }
}

extension JSONText {
    /// As `Timestamp.encoded`.
    mutating func member(_ name: StaticString, _ moment: Timestamp) {
        member(name, moment.milliseconds)
    }
}
