import CEL
import Values

/// `JSON`, and with a second part `Schema`: the first is a schema, the second a value.
enum JSONEntry {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let parts = bytes.parts
        guard let first = try value(parts[0]) else { return }
        try check(first)
        guard parts.count > 1, let second = try value(parts[1]),
            let schema = try? Schema(parsing: first)
        else { return }
        try check(second, against: schema)
    }

    private static func value(_ bytes: [UInt8]) throws(FuzzFailure) -> Value? {
        let failure: JSONError
        do throws(JSONError) { return try JSON.parse(bytes) } catch { failure = error }
        try require(failure.offset <= bytes.count, "the error's place is outside of the text")
        try require(failure.line >= 1 && failure.column >= 1, "the error has no place")
        return nil
    }

    private static func check(_ value: Value) throws(FuzzFailure) {
        let isSame = (try? JSON.parse(JSON.encode(value), limits: .trusted)) == value
        try require(isSame, "what was written is read as another value")
        let isPrettySame = (try? JSON.parse(JSON.pretty(value), limits: .trusted)) == value
        try require(isPrettySame, "what was written in lines is read as another value")
        try require(value.isPlain && value.plain == value, "a value of JSON is not plain")
        try require(value.celEquals(value), "a value of JSON does not equal itself")
        try require(value.hashValue == value.plain.hashValue, "equal values differ in their hash")
        try require(value.excess(over: .outside) == nil, "what was read is beyond the limits")
        _ = try? Template(parsing: value)
    }

    private static func check(_ value: Value, against schema: Schema) throws(FuzzFailure) {
        switch schema.decode(value) {
        case .invalid(let violations):
            try require(!violations.isEmpty, "refused without a reason")
            try require(violations.count <= Schema.violationLimit, "too many reasons")
        case .valid(let decoded):
            try require(schema.decode(decoded) == .valid(decoded), "decoding twice is not once")
        }
    }
}

extension ValueLimits {
    /// What `JSONLimits.default` lets in, and a number of few digits weighs up to eight bytes.
    fileprivate static let outside = ValueLimits(maximumBytes: 8 << 20, maximumDepth: 64)
}
