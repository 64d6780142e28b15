extension Value {
    /// What is left of the value after a trip through JSON; everything that is stored is plain.
    ///
    /// Timestamps become RFC 3339 strings, durations `3600s`, bytes base64, a uint an int (a double
    /// beyond `Int64`), types and map keys strings, optionals their value or null, NaN and the
    /// infinities null.
    public var plain: Value {
        switch self {
        case .null, .bool, .int, .string: self
        case .double(let number): number.isFinite ? self : .null
        case .uint(let number): Int64(exactly: number).map(Value.int) ?? .double(Double(number))
        case .bytes(let bytes): .string(Base64.encode(bytes))
        case .timestamp(let instant): .string(instant.rfc3339)
        case .duration(let span): .string(span.celString)
        case .type(let name): .string(name)
        case .optional(let value): value?.plain ?? .null
        case .list(let list): isPlain ? self : .list(list.map(\.plain))
        case .map(let map): isPlain ? self : .map(map.plain)
        }
    }

    /// Whether `plain` would change nothing.
    package var isPlain: Bool {
        switch self {
        case .null, .bool, .int, .string: true
        case .double(let number): number.isFinite
        case .uint, .bytes, .timestamp, .duration, .type, .optional: false
        case .list(let list): list.allSatisfy(\.isPlain)
        case .map(let map):
            map.entries.allSatisfy { $0.key.stringValue != nil && $0.value.isPlain }
        }
    }

    /// The key's text in a JSON object.
    package var plainKey: String {
        switch self {
        case .string(let text): text
        case .int(let number): String(number)
        case .uint(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        default: JSON.string(self)
        }
    }
}

extension ValueMap {
    fileprivate var plain: ValueMap {
        ValueMap(entries.map { ($0.key.plainKey, $0.value.plain) })
    }
}
