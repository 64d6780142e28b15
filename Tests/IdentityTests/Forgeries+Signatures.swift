import Crypto
import Values

@testable import Identity

/// Tokens whose signature is the one thing that is wrong.
extension Forger {
    func signed(_ change: ([UInt8]) throws -> [UInt8]) throws -> String {
        let token = try valid()
        let parts = token.split(separator: ".")
        let signature = try change(Base64URL.decode(String(parts[2])) ?? [])
        return "\(parts[0]).\(parts[1]).\(Base64URL.encode(signature))"
    }

    private func signature(
        _ name: String, _ change: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) -> Forgery {
        forgery("signature: \(name)", .signature) { try signed(change) }
    }

    var signatures: [Forgery] {
        let flips = [0, 1, 7, 31, 32, 33, 62, 63].map { place in
            signature("a bit of byte \(place)") { bytes in
                var bytes = bytes
                bytes[place] ^= 1 << UInt8(place % 8)
                return bytes
            }
        }
        return flips + [
            signature("zeros") { $0.map { _ in 0 } }, signature("ones") { $0.map { _ in 255 } },
            signature("one byte") { _ in [0] }, signature("a byte less") { Array($0.dropLast()) },
            signature("a zero more") { $0 + [0] }, signature("a zero before") { [0] + $0 },
            signature("twice") { $0 + $0 }, signature("backwards") { $0.reversed() },
            signature("the text itself") { _ in Array("signature".utf8) },
            signature("of another message") { _ in try key.sign(Array("another".utf8)) },
            signature("of the claims alone") { _ in
                try key.sign(Array(Base64URL.encode(JSON.encode(issuer.claims())).utf8))
            },
            forgery("of somebody else's key of that name", .signature) {
                try foreign.token(foreign.header(), issuer.claims())
            },
            forgery("of another key of the issuer's", .signature) {
                let second = TestKey.second.first { $0.algorithm == key.algorithm } ?? other
                return try second.token(key.header(), issuer.claims())
            },
            forgery("of another algorithm's key", .signature) {
                try other.token(key.header(), issuer.claims())
            },
            forgery("under other claims", .signature) {
                let parts = try valid().split(separator: ".")
                let claims = Base64URL.encode(JSON.encode(issuer.claims(["sub": "eve"])))
                return "\(parts[0]).\(claims).\(parts[2])"
            },
            forgery("under another header", .signature) {
                let parts = try valid().split(separator: ".")
                let header = Base64URL.encode(JSON.encode(key.header(["typ": "JWT"])))
                return "\(header).\(parts[1]).\(parts[2])"
            },
            forgery("under more roles", .signature) {
                let parts = try valid().split(separator: ".")
                let claims = issuer.claims(["groups": ["pawl-ops", "pawl-audit"]])
                return "\(parts[0]).\(Base64URL.encode(JSON.encode(claims))).\(parts[2])"
            },
        ]
    }

    var signaturesOfItsKind: [Forgery] {
        switch key.algorithm.family {
        case .rsa: rsaSignatures
        case .ed25519: edwardsSignatures
        case .p256, .p384, .p521: ellipticSignatures
        }
    }

    /// Numbers that solve the equation of a sloppy verifier ("psychic signatures"), and other writings of a right one.
    private var ellipticSignatures: [Forgery] {
        let prime: [UInt8] = [
            0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63,
            0x25, 0x51,
        ]
        let zero = [UInt8](repeating: 0, count: 32)
        let one = [UInt8](repeating: 0, count: 31) + [1]
        return [
            signature("r and s are 0") { _ in zero + zero },
            signature("r is 0") { zero + $0[32...] },
            signature("s is 0") { Array($0[..<32]) + zero },
            signature("r and s are the group's size") { _ in prime + prime },
            signature("r is the group's size") { prime + $0[32...] },
            signature("s is the group's size") { Array($0[..<32]) + prime },
            signature("r and s are 1") { _ in one + one },
            signature("r is 1") { one + $0[32...] }, signature("s is 1") { Array($0[..<32]) + one },
            signature("r and s change places") { Array($0[32...]) + $0[..<32] },
            signature("as DER") { bytes in
                Array(try P256.Signing.ECDSASignature(rawRepresentation: bytes).derRepresentation)
            },
            signature("empty DER") { _ in [0x30, 6, 2, 1, 0, 2, 1, 0] },
        ]
    }

    private var edwardsSignatures: [Forgery] {
        signatureSum
            + [
                signature("S is 0") { Array($0[..<32]) + [UInt8](repeating: 0, count: 32) },
                signature("R is 0") { [UInt8](repeating: 0, count: 32) + $0[32...] },
                signature("R is the neutral point and S is 0") { _ in
                    [1] + [UInt8](repeating: 0, count: 63)
                },
                signature("R and S change places") { Array($0[32...]) + $0[..<32] },
            ]
    }

    /// S and S plus the group's size solve the same equation.
    private var signatureSum: [Forgery] {
        let size: [UInt8] = [
            0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9,
            0xDE, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ]
        return [
            signature("S and the group's size") { bytes in
                var carry: UInt16 = 0
                let sum = zip(bytes[32...], size).map { digit, more in
                    carry += UInt16(digit) + UInt16(more)
                    defer { carry >>= 8 }
                    return UInt8(carry & 255)
                }
                return Array(bytes[..<32]) + sum
            }
        ]
    }

    private var rsaSignatures: [Forgery] {
        [
            signature("1") { Array(repeating: 0, count: $0.count - 1) + [1] },
            signature("the padded hash, unsigned") { bytes in
                let hash = Array(Crypto.SHA256.hash(data: Array("x".utf8)))
                let head: [UInt8] = [0, 1] + Array(repeating: 0xFF, count: bytes.count - 35) + [0]
                return head + hash
            },
            signedAs(.ps256), signedAs(.rs512), signedAs(.rs384),
        ]
    }

    private func signedAs(_ algorithm: TokenAlgorithm) -> Forgery {
        forgery("signature: by \(algorithm.rawValue)", .signature) {
            let parts = try valid().split(separator: ".")
            let signed = "\(parts[0]).\(parts[1])"
            let signature = try key.signAs(algorithm, Array(signed.utf8))
            return "\(signed).\(Base64URL.encode(signature))"
        }
    }
}
