/// How much a JSON text may hold.
public struct JSONLimits: Sendable, Hashable {
    public var maxDepth: Int
    public var maxBytes: Int
    /// Whether an integer beyond 64 bits is an error; else it becomes a double, which is another number.
    public var isExact: Bool

    public init(maxDepth: Int = 64, maxBytes: Int = 1 << 20, isExact: Bool = true) {
        self.maxDepth = maxDepth
        self.maxBytes = maxBytes
        self.isExact = isExact
    }

    /// For what comes from outside: 1 MiB, 64 levels.
    public static let `default` = JSONLimits()
    /// For what Pawl itself has written: 64 MiB, 256 levels, and numbers as they were taken then.
    public static let trusted = JSONLimits(maxDepth: 256, maxBytes: 64 << 20, isExact: false)
}

/// Why a text is no JSON, and where: line and column count from 1 (columns in code points), the
/// offset in bytes from 0.
public struct JSONError: Error, Hashable, CustomStringConvertible {
    public let message: String
    public let line: Int
    public let column: Int
    public let offset: Int

    public init(message: String, line: Int, column: Int, offset: Int) {
        self.message = message
        self.line = line
        self.column = column
        self.offset = offset
    }

    public var description: String { "line \(line), column \(column): \(message)" }
}

/// Strict RFC 8259: duplicate keys, lone surrogates and invalid UTF-8 are errors.
public enum JSON {
    /// Integers without fraction or exponent that fit `Int64` become ints, all other numbers
    /// doubles; a number beyond double's range is an error.
    public static func parse(
        _ bytes: [UInt8], limits: JSONLimits = .default
    ) throws(JSONError) -> Value {
        try parse(bytes.withUnsafeBufferPointer { attempt($0, limits) }, in: bytes)
    }

    public static func parse(
        _ text: String, limits: JSONLimits = .default
    ) throws(JSONError) -> Value {
        let outcome = text.utf8.withContiguousStorageIfAvailable { attempt($0, limits) }
        guard let outcome else { return try parse(Array(text.utf8), limits: limits) }
        switch outcome {
        case .success(let value): return value
        case .failure: return try parse(outcome, in: Array(text.utf8))
        }
    }

    /// Whether a text is what JSON calls a number, without point and exponent, and no `Int64` holds it.
    public static func isIntegerBeyond64Bits(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        return digits.count > 1 && digits.first != UInt8(ascii: "0")
            && digits.allSatisfy { (0x30...0x39).contains($0) } && Int64(text) == nil
    }

    /// Compact UTF-8, entries in order of insertion. Kinds that JSON lacks are written as in
    /// `Value.plain`. Doubles keep a point or an exponent, so that they come back as doubles.
    public static func encode(_ value: Value) -> [UInt8] {
        var writer = JSONWriter(indented: false)
        writer.write(value)
        return writer.bytes
    }

    public static func string(_ value: Value) -> String {
        String(decoding: encode(value), as: UTF8.self)
    }

    /// Indented by two spaces, for people.
    public static func pretty(_ value: Value) -> String {
        var writer = JSONWriter(indented: true)
        writer.write(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func attempt(
        _ bytes: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits
    ) -> Result<Value, JSONParser.Failure> {
        do throws(JSONParser.Failure) {
            var parser = JSONParser(bytes: bytes, limits: limits)
            return .success(try parser.document())
        } catch {
            return .failure(error)
        }
    }

    private static func parse(
        _ outcome: Result<Value, JSONParser.Failure>, in bytes: [UInt8]
    ) throws(JSONError) -> Value {
        switch outcome {
        case .success(let value):
            return value
        case .failure(let failure):
            let before = bytes.prefix(failure.offset)
            let lines = before.split(separator: 10, omittingEmptySubsequences: false)
            let column = lines.last.map { $0.count { $0 & 0xC0 != 0x80 } } ?? 0
            throw JSONError(
                message: failure.message, line: max(lines.count, 1), column: column + 1,
                offset: failure.offset)
        }
    }
}
