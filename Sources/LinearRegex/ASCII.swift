// The classes of ASCII bytes that every small parser of the house asks for. They stand here because nothing
// lies below this target.

package func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

/// A letter, a digit or `_`.
package func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
}

/// The value of a hexadecimal digit, upper or lower case; nil for any other byte.
package func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte) - 87
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte) - 55
    default: nil
    }
}
