import Values

// How the core's types are written as values, and so as JSON, by every store.
//
// Theory of operation. A type that a store keeps inside one column is written as one `Value`:
// `encoded` gives it, `init(decoding:)` reads it back. Fields are named, absent optionals are left
// out, moments are whole milliseconds since 1970, spans are CEL's text (`30s`). What is read back
// was written by Pawl, so a field that is missing or of another kind is damage, never repaired:
// the failure says where it is, and the store reports the row as corrupt.

/// A type that is kept as a value.
package protocol ValueCodable: ValueDecodable {
    /// Plain: it comes back the same after a trip through JSON.
    var encoded: Value { get }
}

/// A type that is read back from a value; what is written with every commit writes itself into a `JSONText`.
package protocol ValueDecodable {
    init(decoding value: Value) throws(DecodingFailure)
}

/// Why a value is not the expected type, and where in it.
package struct DecodingFailure: Error, Hashable, CustomStringConvertible {
    package let message: String
    /// Names and indexes from the outside in, `sender.role`; empty: the value itself.
    package let path: String

    package init(message: String, path: String = "") {
        self.message = message
        self.path = path
    }

    /// The same failure, seen from the value that holds the one that failed under `name`.
    package func inside(_ name: String) -> DecodingFailure {
        DecodingFailure(message: message, path: path.isEmpty ? name : "\(name).\(path)")
    }

    package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

extension ValueCodable {
    /// UTF-8 JSON of `encoded`.
    package var encodedJSON: [UInt8] { JSON.encode(encoded) }
}

extension ValueDecodable {
    package init(decodingJSON bytes: [UInt8]) throws(DecodingFailure) {
        try self.init(decoding: Value(storedJSON: bytes))
    }
}

extension Value {
    /// A value that Pawl itself has written as JSON.
    package init(storedJSON bytes: [UInt8]) throws(DecodingFailure) {
        do throws(JSONError) {
            self = try JSON.parse(bytes, limits: .trusted)
        } catch {
            throw DecodingFailure(message: error.description)
        }
    }
}
