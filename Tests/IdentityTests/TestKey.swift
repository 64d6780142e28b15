import Crypto
import CryptoExtras
import Values

@testable import Identity

/// A key of an issuer, both halves of it. Made with the primitives, so that what checks tokens is not what makes them.
struct TestKey: Sendable {
    let id: String
    let algorithm: TokenAlgorithm
    /// As the issuer publishes it.
    let jwk: Value
    /// What somebody may take for a shared secret: the public half in the ways in which it is written.
    let publicForms: [(name: String, bytes: [UInt8])]
    /// A key of RSA can sign by any of its algorithms.
    let signAs: @Sendable (TokenAlgorithm, [UInt8]) throws -> [UInt8]

    func sign(_ bytes: [UInt8]) throws -> [UInt8] { try signAs(algorithm, bytes) }

    static let algorithms: [TokenAlgorithm] = [.rs256, .es256, .eddsa]

    /// `rs256-1`, …: made once, since a key of RSA takes its time.
    static let first = algorithms.map { make($0, id: "\($0)-1") }
    static let second = algorithms.map { make($0, id: "\($0)-2") }
    /// Of somebody else, under the same names.
    static let foreign = algorithms.map { make($0, id: "\($0)-1") }

    static func make(_ algorithm: TokenAlgorithm, id: String) -> TestKey {
        switch algorithm.family {
        case .rsa: rsa(algorithm, id)
        case .ed25519: edwards(id)
        case .p256, .p384, .p521: elliptic(algorithm, id)
        }
    }

    static func rsa(_ algorithm: TokenAlgorithm, _ id: String, bits: Int = 2_048) -> TestKey {
        guard
            let key = bits < 2_048
                ? try? _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: bits))
                : try? _RSA.Signing.PrivateKey(keySize: .init(bitCount: bits)),
            let numbers = try? key.publicKey.getKeyPrimitives()
        else { fatalError("no key") }
        let jwk: Value = [
            "kty": "RSA", "kid": .string(id), "use": "sig", "alg": .string(algorithm.rawValue),
            "n": .string(Base64URL.encode(Array(numbers.modulus))),
            "e": .string(Base64URL.encode(Array(numbers.publicExponent))),
        ]
        return TestKey(
            id: id, algorithm: algorithm, jwk: jwk,
            publicForms: [
                ("PEM", Array(key.publicKey.pemRepresentation.utf8)),
                ("PEM with its line's end", Array((key.publicKey.pemRepresentation + "\n").utf8)),
                ("DER", Array(key.publicKey.derRepresentation)), ("JWK", JSON.encode(jwk)),
                ("modulus", Array(numbers.modulus)),
            ],
            signAs: { algorithm, bytes in
                let padding: _RSA.Signing.Padding =
                    algorithm.rawValue.hasPrefix("PS") ? .PSS : .insecurePKCS1v1_5
                switch algorithm.digest {
                case .sha256:
                    return Array(
                        try key.signature(for: Crypto.SHA256.hash(data: bytes), padding: padding)
                            .rawRepresentation)
                case .sha384:
                    return Array(
                        try key.signature(for: SHA384.hash(data: bytes), padding: padding)
                            .rawRepresentation)
                case .sha512:
                    return Array(
                        try key.signature(for: SHA512.hash(data: bytes), padding: padding)
                            .rawRepresentation)
                }
            })
    }

    private static func elliptic(_ algorithm: TokenAlgorithm, _ id: String) -> TestKey {
        switch algorithm {
        case .es384:
            let key = P384.Signing.PrivateKey()
            return elliptic(algorithm, id, "P-384", key.publicKey.x963Representation.map { $0 }) {
                Array(try key.signature(for: $0).rawRepresentation)
            }
        case .es512:
            let key = P521.Signing.PrivateKey()
            return elliptic(algorithm, id, "P-521", key.publicKey.x963Representation.map { $0 }) {
                Array(try key.signature(for: $0).rawRepresentation)
            }
        default:
            let key = P256.Signing.PrivateKey()
            return elliptic(algorithm, id, "P-256", key.publicKey.x963Representation.map { $0 }) {
                Array(try key.signature(for: $0).rawRepresentation)
            }
        }
    }

    private static func elliptic(
        _ algorithm: TokenAlgorithm, _ id: String, _ curve: Value, _ point: [UInt8],
        _ sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) -> TestKey {
        let half = (point.count - 1) / 2
        let jwk: Value = [
            "kty": "EC", "kid": .string(id), "crv": curve,
            "x": .string(Base64URL.encode(point[1...half])),
            "y": .string(Base64URL.encode(point[(half + 1)...])),
        ]
        return TestKey(
            id: id, algorithm: algorithm, jwk: jwk,
            publicForms: [("point", point), ("JWK", JSON.encode(jwk))],
            signAs: { try sign($1) })
    }

    private static func edwards(_ id: String) -> TestKey {
        let key = Curve25519.Signing.PrivateKey()
        let bytes = Array(key.publicKey.rawRepresentation)
        let jwk: Value = [
            "kty": "OKP", "kid": .string(id), "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "x": .string(Base64URL.encode(bytes)),
        ]
        return TestKey(
            id: id, algorithm: .eddsa, jwk: jwk,
            publicForms: [("bytes", bytes), ("JWK", JSON.encode(jwk))],
            signAs: { Array(try key.signature(for: $1)) })
    }
}

extension TestKey {
    func header(_ changes: Value = [:]) -> Value {
        let map = ValueMap([
            ("alg", .string(algorithm.rawValue)), ("kid", .string(id)), ("typ", "at+jwt"),
        ])
        return .map(map.merging(changes.mapValue ?? ValueMap()))
    }

    /// Signed, whatever it says.
    func token(_ header: Value, _ claims: Value) throws -> String {
        try token(text: JSON.string(header), JSON.string(claims))
    }

    func token(text header: String, _ claims: String) throws -> String {
        try token(bytes: Array(header.utf8), Array(claims.utf8))
    }

    func token(bytes header: [UInt8], _ claims: [UInt8]) throws -> String {
        let signed = "\(Base64URL.encode(header)).\(Base64URL.encode(claims))"
        return "\(signed).\(Base64URL.encode(try sign(Array(signed.utf8))))"
    }
}
