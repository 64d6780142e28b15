// Mind `condition ? value : nil` where a `Value?` is wanted: the compiler may take the nil for
// `Value.null`. Write `.none` there, or `return nil` in a branch of its own.
extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: Value...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, Value)...) { self = .map(ValueMap(elements)) }
}

extension Value {
    /// The field of a map; nil when this is no map or has no such field. Setting a field of
    /// anything but a map makes it a map.
    package subscript(key: String) -> Value? {
        get {
            guard case .map(let map) = self else { return nil }
            return map[key]
        }
        set {
            var map = mapValue ?? ValueMap()
            map[key] = newValue
            self = .map(map)
        }
    }

    /// The element of a list; nil when this is no list or the index lies outside it.
    package subscript(index: Int) -> Value? {
        guard case .list(let list) = self, list.indices.contains(index) else { return nil }
        return list[index]
    }

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    package var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var boolValue: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    /// The integer, also of a uint or a double that is exactly one.
    package var intValue: Int64? {
        switch self {
        case .int(let number): number
        case .uint(let number): Int64(exactly: number)
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }

    /// The number as a double, whichever kind it is.
    package var doubleValue: Double? {
        switch self {
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    package var listValue: [Value]? {
        if case .list(let list) = self { list } else { nil }
    }

    package var mapValue: ValueMap? {
        if case .map(let map) = self { map } else { nil }
    }

    package var timestampValue: Timestamp? {
        if case .timestamp(let instant) = self { instant } else { nil }
    }

    package var durationValue: Duration? {
        if case .duration(let span) = self { span } else { nil }
    }

    /// CEL's name of the kind, as `type(x)` prints it.
    package var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .type: "type"
        case .optional: "optional_type"
        }
    }
}
