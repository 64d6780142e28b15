// Mind `condition ? value : nil` where a `Value?` is wanted: the compiler may take the nil for
// `Value.null`. Write `.none` there, or `return nil` in a branch of its own.
extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) { self = .map(ValueMap(elements)) }
}

extension Value {
    /// The field of a map; nil when this is no map or has no such field. Setting a field of
    /// anything but a map makes it a map.
    public subscript(key: String) -> Value? {
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
    public subscript(index: Int) -> Value? {
        guard case .list(let list) = self, list.indices.contains(index) else { return nil }
        return list[index]
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var boolValue: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    /// The integer, also of a uint or a double that is exactly one.
    public var intValue: Int64? {
        switch self {
        case .int(let number): number
        case .uint(let number): Int64(exactly: number)
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }

    /// The number as a double, whichever kind it is.
    public var doubleValue: Double? {
        switch self {
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    public var listValue: [Value]? {
        if case .list(let list) = self { list } else { nil }
    }

    public var mapValue: ValueMap? {
        if case .map(let map) = self { map } else { nil }
    }

    public var timestampValue: Timestamp? {
        if case .timestamp(let instant) = self { instant } else { nil }
    }

    public var durationValue: Duration? {
        if case .duration(let span) = self { span } else { nil }
    }

    /// CEL's name of the kind, as `type(x)` prints it.
    public var typeName: String {
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
