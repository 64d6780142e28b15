/// SHA-256 of some content: its name, wherever it is kept. 64 digits of lower-case hex, and so never a path.
package struct ContentHash: Sendable, Hashable, Comparable, CustomStringConvertible {
    @ExactText package private(set) var text: String

    /// nil: it is no hash.
    package init?(_ text: String) {
        guard text.utf8.count == 64, text.utf8.allSatisfy(\.isHexDigit) else { return nil }
        self.text = text
    }

    package static func < (left: Self, right: Self) -> Bool {
        compareUTF8(left.text, right.text) < 0
    }

    package var description: String { text }

    /// What a schema asks of one.
    static let pattern = "^[0-9a-f]{64}$"
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
