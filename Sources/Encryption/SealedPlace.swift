/// Where a sealed value stands: it does not open anywhere else.
package struct SealedPlace: Sendable, Hashable {
    /// Fields with their lengths, so that no two places are written alike.
    package private(set) var bytes: [UInt8] = []

    /// - Parameter column: with its table (`history.entries`), or what else holds the value.
    package init(_ column: String) { add(Array(column.utf8)) }

    package init(_ column: String, _ numbers: Int64...) {
        add(Array(column.utf8))
        for number in numbers { add(Self.bigEndian(number)) }
    }

    package init(_ column: String, _ texts: String..., number: Int64? = nil) {
        add(Array(column.utf8))
        for text in texts { add(Array(text.utf8)) }
        if let number { add(Self.bigEndian(number)) }
    }

    package mutating func add(_ number: Int64) { add(Self.bigEndian(number)) }

    package mutating func add(_ text: String) { add(Array(text.utf8)) }

    private static func bigEndian(_ number: Int64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    private mutating func add(_ field: [UInt8]) {
        bytes += withUnsafeBytes(of: UInt32(truncatingIfNeeded: field.count).bigEndian) {
            Array($0)
        }
        bytes += field
    }
}
