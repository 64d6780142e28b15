/// Where a page ended; opaque to clients, who only give it back.
package enum Cursor {
    package static func text(_ position: Int64) -> String { "c" + String(position, radix: 36) }

    package static func position(_ text: String) -> Int64? {
        guard text.hasPrefix("c"), let position = Int64(text.dropFirst(), radix: 36), position >= 0
        else { return nil }
        return position
    }
}
