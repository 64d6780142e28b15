import Values

/// Where something stands in an expression's source, in UTF-8 bytes.
struct Span: Sendable, Hashable {
    var offset: Int
    var length: Int

    var end: Int { offset + length }

    func union(_ other: Span) -> Span {
        let start = min(offset, other.offset)
        return Span(offset: start, length: max(end, other.end) - start)
    }
}

/// Why a text is no expression. `offset` and `length` count UTF-8 bytes of the source.
package struct ParseError: Error, Hashable, CustomStringConvertible {
    package let message: String
    package let offset: Int
    package let length: Int

    package init(message: String, offset: Int, length: Int) {
        self.message = message
        self.offset = offset
        self.length = length
    }

    init(_ message: String, at span: Span) {
        self.init(message: message, offset: span.offset, length: span.length)
    }

    package var description: String { message }

    /// The line of the source with a caret under the place and the message behind it.
    package func caretFrame(source: String) -> String {
        frame(source: source, offset: offset, length: length, message: message)
    }
}

/// Why an expression has no value for these bindings.
package struct EvaluationError: Error, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        case unknownIdentifier, unknownFunction, noSuchField, noSuchOverload, indexOutOfRange
        case duplicateKey, divideByZero, overflow, invalidArgument, budgetExceeded, tooLarge
    }

    /// Of a message, in code points: it may quote what was sent.
    private static let messageLimit = 500

    package let kind: Kind
    package let message: String
    package private(set) var offset: Int
    package private(set) var length: Int

    package init(kind: Kind, message: String, offset: Int = 0, length: Int = 0) {
        self.kind = kind
        self.message = message.shortened(to: Self.messageLimit)
        self.offset = offset
        self.length = length
    }

    init(_ kind: Kind, _ message: String) {
        self.init(kind: kind, message: message)
    }

    init(_ kind: Kind, _ message: String, at span: Span) {
        self.init(kind: kind, message: message, offset: span.offset, length: span.length)
    }

    package var description: String { message }

    /// The line of the source with a caret under the place and the message behind it.
    package func caretFrame(source: String) -> String {
        frame(source: source, offset: offset, length: length, message: message)
    }

    /// Functions know no place; the node that called them gives its own.
    func placed(at span: Span) -> EvaluationError {
        guard length == 0 else { return self }
        var error = self
        error.offset = span.offset
        error.length = span.length
        return error
    }

    static func noOverload(_ name: String, _ arguments: Value...) -> EvaluationError {
        noOverload(name, arguments)
    }

    static func noOverload(_ name: String, _ arguments: [Value]) -> EvaluationError {
        let kinds = arguments.map(\.typeName).joined(separator: ", ")
        return EvaluationError(.noSuchOverload, "'\(name)' is not defined for (\(kinds))")
    }
}

private func frame(source: String, offset: Int, length: Int, message: String) -> String {
    let bytes = Array(source.utf8)
    let place = min(max(offset, 0), bytes.count)
    let start = bytes[..<place].lastIndex(of: 10).map { $0 + 1 } ?? 0
    let end = bytes[place...].firstIndex(of: 10) ?? bytes.count
    let width = max(scalarCount(bytes[place..<min(end, place + max(length, 0))]), 1)
    let indent = String(repeating: " ", count: scalarCount(bytes[start..<place]))
    let marks = "^" + String(repeating: "~", count: width - 1)
    return String(decoding: bytes[start..<end], as: UTF8.self) + "\n\(indent)\(marks) \(message)"
}

private func scalarCount(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.count { $0 & 0xC0 != 0x80 }
}
