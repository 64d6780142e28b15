import Values

/// A type that travels: in and out of workflows, and into records.
///
/// A type that is `Codable` need only say that it conforms; its members are then those of a map, by the names of its
/// coding keys. `Timestamp` members are RFC 3339 text, `Duration` members are spans such as `90s`, a `Value` is itself.
/// Both requirements by hand are the faster way (a few times), where a profile asks for it.
public protocol ValueConvertible: Sendable {
    /// - Throws: which part of the value is not what this type needs.
    init(_ value: Value) throws(ValueMismatch)
    /// What ``init(_:)`` makes this from again.
    var value: Value { get throws(ValueMismatch) }
}

/// A value that is not what a type needs.
public struct ValueMismatch: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where, as a JSON pointer; empty: the value itself.
    public let pointer: String
    /// What is wrong there: `is an int, Licence wants a string`.
    public let message: String

    public init(_ pointer: String, _ message: String) {
        self.pointer = pointer
        self.message = message
    }

    /// The same mismatch, seen from the value that holds the wrong one under a name.
    public func inside(_ name: String) -> ValueMismatch {
        ValueMismatch("/\(name.pointerToken)\(pointer)", message)
    }

    public var description: String { "\(pointer.isEmpty ? "the value" : pointer) \(message)" }
}

extension Value: ValueConvertible {
    public init(_ value: Value) { self = value }
    public var value: Value { self }
}

extension ValueConvertible where Self: Codable {
    public init(_ value: Value) throws(ValueMismatch) {
        self = try ValueDecoder.decode(Self.self, from: value)
    }

    public var value: Value {
        get throws(ValueMismatch) { try ValueEncoder.encode(self) }
    }
}
