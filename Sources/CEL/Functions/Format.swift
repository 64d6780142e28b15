import Foundation
import LinearRegex
import Values

/// `format` of the strings extension: `%s %d %f %e %b %o %x %X %%`, with a precision for `%f` and
/// `%e`.
struct Format {
    private let template: [UInt8]
    private let arguments: [Value]
    private var position = 0
    private var used = 0

    init(_ template: String, _ arguments: [Value]) {
        self.template = Array(template.utf8)
        self.arguments = arguments
    }

    consuming func result() throws(EvaluationError) -> String {
        var format = self
        return try format.run()
    }

    private mutating func run() throws(EvaluationError) -> String {
        var bytes: [UInt8] = []
        while position < template.count {
            let byte = template[position]
            position += 1
            if byte == UInt8(ascii: "%") {
                bytes.append(contentsOf: try clause().utf8)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func failure(_ message: String) -> EvaluationError {
        EvaluationError(.invalidArgument, "format: \(message)")
    }

    private mutating func clause() throws(EvaluationError) -> String {
        let precision = try precision()
        guard position < template.count else { throw failure("the text ends within a clause") }
        let verb = template[position]
        position += 1
        if verb == UInt8(ascii: "%") { return "%" }
        guard used < arguments.count else { throw failure("there are too few arguments") }
        let value = arguments[used]
        used += 1
        if let text = try render(value, verb, precision) { return text }
        let letter = String(decoding: [verb], as: UTF8.self)
        throw failure("%\(letter) is not defined for \(value.article)")
    }

    private mutating func precision() throws(EvaluationError) -> Int {
        guard position < template.count, template[position] == UInt8(ascii: ".") else { return 6 }
        position += 1
        var number = 0
        let start = position
        while position < template.count, isDigit(template[position]), position - start < 3 {
            number = number * 10 + Int(template[position] - 48)
            position += 1
        }
        guard position > start, number <= 100 else { throw failure("a precision is 0 to 100") }
        return number
    }

    private func render(
        _ value: Value, _ verb: UInt8, _ precision: Int
    ) throws(EvaluationError) -> String? {
        switch verb {
        case UInt8(ascii: "s"): return try Self.text(value)
        case UInt8(ascii: "d"): return decimal(value)
        case UInt8(ascii: "f"): return floating(value, "%.\(precision)f")
        case UInt8(ascii: "e"): return floating(value, "%.\(precision)e")
        case UInt8(ascii: "b"):
            if case .bool(let flag) = value { return flag ? "1" : "0" }
            return integer(value, radix: 2)
        case UInt8(ascii: "o"): return integer(value, radix: 8)
        case UInt8(ascii: "x"): return hexadecimal(value, uppercase: false)
        case UInt8(ascii: "X"): return hexadecimal(value, uppercase: true)
        default: return nil
        }
    }

    private func decimal(_ value: Value) -> String? {
        switch value {
        case .int, .uint, .double: value.celText
        default: nil
        }
    }

    private func floating(_ value: Value, _ format: String) -> String? {
        guard let number = value.doubleValue else { return nil }
        return number.isFinite ? String(format: format, number) : number.celText
    }

    private func integer(_ value: Value, radix: Int, uppercase: Bool = false) -> String? {
        switch value {
        case .int(let number): String(number, radix: radix, uppercase: uppercase)
        case .uint(let number): String(number, radix: radix, uppercase: uppercase)
        default: nil
        }
    }

    private func hexadecimal(_ value: Value, uppercase: Bool) -> String? {
        switch value {
        case .string(let text): hexadecimal(.bytes(Array(text.utf8)), uppercase: uppercase)
        case .bytes(let bytes):
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: uppercase) }
                .joined()
        default: integer(value, radix: 16, uppercase: uppercase)
        }
    }

    /// `%s` of any value; a map's entries are ordered by their keys' texts.
    private static func text(_ value: Value) throws(EvaluationError) -> String {
        switch value {
        case .null: return "null"
        case .type(let name): return name
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .list(let list):
            var parts: [String] = []
            for element in list { parts.append(try text(element)) }
            return "[" + parts.joined(separator: ", ") + "]"
        case .map(let map):
            var parts: [(key: String, text: String)] = []
            for (key, value) in map.entries {
                let name = try text(key)
                parts.append((name, name + ": " + (try text(value))))
            }
            parts.sort { compareUTF8($0.key, $1.key) < 0 }
            return "{" + parts.map(\.text).joined(separator: ", ") + "}"
        default:
            guard let text = value.celText else {
                throw EvaluationError.noOverload("format", value)
            }
            return text
        }
    }
}
