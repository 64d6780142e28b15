import Crypto
import Sabotage
import Values

/// An Ed25519 key that signs (RFC 8032), and the one that others verify with. As text both are PEM, as `openssl pkey` has
/// them.
package struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    package init() { key = Curve25519.Signing.PrivateKey() }

    /// PKCS #8, as `openssl genpkey -algorithm ed25519` writes it, or its base64 alone in one line.
    package init?(_ text: String) {
        guard let seed = PEM.content(of: text, behind: Self.prefix),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { return nil }
        self.key = key
    }

    private static let prefix: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ]

    package var text: String {
        PEM.text("PRIVATE KEY", Self.prefix + Array(key.rawRepresentation))
    }

    package var verifying: VerifyingKey { VerifyingKey(key.publicKey) }

    package func signature(of message: [UInt8]) -> [UInt8]? {
        (try? key.signature(for: message)).map { Array($0) }
    }
}

package struct VerifyingKey: Sendable {
    private let key: Curve25519.Signing.PublicKey

    fileprivate init(_ key: Curve25519.Signing.PublicKey) { self.key = key }

    /// SubjectPublicKeyInfo, as `openssl pkey -pubout` writes it.
    package init?(_ text: String) {
        guard let bytes = PEM.content(of: text, behind: Self.prefix),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return nil }
        self.key = key
    }

    private static let prefix: [UInt8] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    package var text: String { PEM.text("PUBLIC KEY", Self.prefix + Array(key.rawRepresentation)) }

    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        key.isValidSignature(signature, for: message)
    }
}

/// RFC 7468, of what has one fixed beginning and 32 bytes.
private enum PEM {
    static func text(_ label: String, _ bytes: [UInt8]) -> String {
        "-----BEGIN \(label)-----\n\(Base64.encode(bytes))\n-----END \(label)-----\n"
    }

    static func content(of text: String, behind prefix: [UInt8]) -> [UInt8]? {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        guard let bytes = Base64.decode(lines.map(String.init).joined()),
            bytes.count == prefix.count + 32, bytes.starts(with: prefix)
        else { return nil }
        return Array(bytes.dropFirst(prefix.count))
    }
}
