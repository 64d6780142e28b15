import Sabotage
import Values

/// The idempotency key of a call, in the one form that goes into headers, queries, paths and bodies.
///
/// It is made of the instance's name, which people choose, and must be the same text for every remote that reads it:
/// a header has no agreed charset and loses blanks at its ends. So it is printable ASCII without blanks, quotes and
/// backslashes; every other byte of the name, and `%` itself, is written as `%` and two hexadecimal digits. No two
/// names give one key.
enum CallKey {
    /// Remotes refuse longer ones; what an instance's name adds beyond it is replaced by its SHA-256's first half.
    static let maximumBytes = 200

    /// - Parameter scope: what tells the calls of one instance apart: "/3".
    static func text(namespace: String, instance: InstanceName, scope: String) -> String {
        let name = namespace + "/" + instance.workflow + "/" + instance.key
        if isMutant(.keyNotASCII) { return name + scope }
        let room = maximumBytes - scope.utf8.count
        if name.utf8.count <= room, name.utf8.allSatisfy(isPlain) { return name + scope }
        let encoded = name.utf8.flatMap(encoded)
        guard encoded.count > room else { return String(decoding: encoded, as: UTF8.self) + scope }
        let hash = SHA256.hex(of: name).prefix(32)
        let start = encoded.prefix(max(0, room - hash.utf8.count - 1))
        return String(decoding: start, as: UTF8.self) + "~" + hash + scope
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func encoded(_ byte: UInt8) -> [UInt8] {
        isPlain(byte)
            ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "%"), UInt8(ascii: "\""), UInt8(ascii: "\\"): false
        default: (0x21...0x7E).contains(byte)
        }
    }
}
