/// How a sealed value begins: magic byte, format, length and bytes of the key's name, salt.
package struct SealedHeader: Sendable, Hashable {
    package enum Format: UInt8, Sendable {
        /// Under a random nonce.
        case random = 1
        /// Under a nonce that is made of the value; without a salt.
        case alike = 2
        /// A file in pieces, under nonces that count them.
        case pieces = 3
    }

    /// No text begins with it: no byte of UTF-8 has this value.
    package static let magic: UInt8 = 0xF9
    package static let saltLength = 16
    package static let nonceLength = 12
    package static let tagLength = 16
    /// The longest header, in bytes.
    package static let maximum = 3 + 32 + saltLength

    package let format: Format
    package let key: String
    package let salt: [UInt8]

    package init(_ format: Format, key: String, salt: [UInt8]) {
        self.format = format
        self.key = key
        self.salt = salt
    }

    /// What the bytes begin with; nil: they are not sealed, or cut.
    package init?(_ bytes: some Collection<UInt8>) {
        let start = Array(bytes.prefix(Self.maximum))
        guard start.count > 3, start[0] == Self.magic, let format = Format(rawValue: start[1])
        else { return nil }
        let length = Int(start[2])
        let saltLength = format == .alike ? 0 : Self.saltLength
        guard start.count >= 3 + length + saltLength,
            let name = String(validating: start[3..<(3 + length)], as: UTF8.self)
        else { return nil }
        self.init(format, key: name, salt: Array(start[(3 + length)...].prefix(saltLength)))
    }

    package var bytes: [UInt8] { Self.beginning(format, key) + salt }

    /// Of all that is sealed so with one key.
    package static func beginning(_ format: Format, _ key: String) -> [UInt8] {
        [magic, format.rawValue, UInt8(truncatingIfNeeded: key.utf8.count)] + Array(key.utf8)
    }
}
