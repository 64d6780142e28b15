import Crypto

/// SHA-256 by the machine's own instructions, where much is hashed; `Values.SHA256` needs no library.
package enum Hashing {
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        Array(Crypto.SHA256.hash(data: bytes))
    }

    /// HMAC-SHA-256 (RFC 2104).
    package static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        Array(
            HMAC<Crypto.SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }
}
