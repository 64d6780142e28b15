/// A recursive-descent parser over UTF-8 bytes; its depth is bounded by the limits.
struct JSONParser {
    struct Failure: Error {
        let message: String
        let offset: Int
    }

    let bytes: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(Failure) -> Value {
        guard bytes.count <= limits.maxBytes else {
            throw Failure(
                message: "the text has \(bytes.count) bytes, the limit is \(limits.maxBytes)",
                offset: limits.maxBytes)
        }
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("text after the end of the value") }
        return value
    }

    func failure(_ message: String) -> Failure {
        Failure(message: message, offset: position)
    }

    @inline(__always)
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    @inline(__always)
    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 32, 10, 13, 9: position += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(Failure) -> Value {
        skipSpace()
        guard let byte = next else {
            throw failure("the text ends where a value is expected")
        }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("a value is expected")
        }
    }

    private mutating func word(_ word: StaticString, _ value: Value) throws(Failure) -> Value {
        let length = word.utf8CodeUnitCount
        guard bytes.count - position >= length else { throw failure("a value is expected") }
        for i in 0..<length where bytes[position + i] != word.utf8Start[i] {
            throw failure("a value is expected")
        }
        position += length
        return value
    }

    private func checkDepth(_ depth: Int) throws(Failure) {
        guard depth <= limits.maxDepth else {
            throw failure("nested deeper than \(limits.maxDepth) levels")
        }
    }

    private mutating func array(depth: Int) throws(Failure) -> Value {
        try checkDepth(depth)
        position += 1
        skipSpace()
        var elements: [Value] = []
        if next == UInt8(ascii: "]") {
            position += 1
            return .list(elements)
        }
        while true {
            elements.append(try value(depth: depth))
            skipSpace()
            switch next {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return .list(elements)
            default: throw failure("',' or ']' is expected")
            }
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> Value {
        try checkDepth(depth)
        position += 1
        skipSpace()
        var map = ValueMap()
        if next == UInt8(ascii: "}") {
            position += 1
            return .map(map)
        }
        while true {
            try member(into: &map, depth: depth)
            skipSpace()
            switch next {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return .map(map)
            default: throw failure("',' or '}' is expected")
            }
        }
    }

    private mutating func member(into map: inout ValueMap, depth: Int) throws(Failure) {
        skipSpace()
        let start = position
        guard next == UInt8(ascii: "\"") else {
            throw failure("a name in double quotes is expected")
        }
        let name = try string()
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw failure("':' is expected") }
        position += 1
        let value = try value(depth: depth)
        guard map.insertNew(value, for: .string(name)) else {
            throw Failure(message: "duplicate key \"\(name)\"", offset: start)
        }
    }
}

// MARK: - Numbers

extension JSONParser {
    private mutating func number() throws(Failure) -> Value {
        let start = position
        let negative = next == UInt8(ascii: "-")
        if negative { position += 1 }
        guard var magnitude = try integerPart() else {
            return try fraction(from: start)
        }
        switch next {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            return try fraction(from: start)
        default: break
        }
        if negative {
            guard magnitude <= UInt64(Int64.max) + 1 else { return try fraction(from: start) }
            magnitude = 0 &- magnitude
            return .int(Int64(bitPattern: magnitude))
        }
        guard let exact = Int64(exactly: magnitude) else { return try fraction(from: start) }
        return .int(exact)
    }

    /// The digits before the point; nil when they don't fit 64 bits.
    private mutating func integerPart() throws(Failure) -> UInt64? {
        let start = position
        var magnitude: UInt64 = 0
        var fits = true
        while let digit = next, (48...57).contains(digit) {
            let (tens, tooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tens.addingReportingOverflow(UInt64(digit - 48))
            fits = fits && !tooLarge && !carried
            magnitude = sum
            position += 1
        }
        guard position > start else { throw failure("a digit is expected") }
        if bytes[start] == 48, position - start > 1 {
            position = start
            throw failure("a number must not begin with 0")
        }
        return fits ? magnitude : nil
    }

    /// Also an integer beyond 64 bits.
    private mutating func fraction(from start: Int) throws(Failure) -> Value {
        let whole = position
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        guard position > whole || !limits.isExact else {
            position = start
            throw failure("the number is beyond 64 bits; send it as a text")
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            position = start
            throw failure("the number is beyond the range of a double")
        }
        return .double(number)
    }

    private mutating func digits() throws(Failure) {
        let start = position
        while let digit = next, (48...57).contains(digit) { position += 1 }
        guard position > start else { throw failure("a digit is expected") }
    }
}
