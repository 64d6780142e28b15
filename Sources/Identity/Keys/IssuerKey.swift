import Crypto
import JWTKit
import Values

/// A key of an issuer, for one algorithm: a key without `alg` is several of these.
struct IssuerKey: Sendable {
    let id: ExactText?
    let algorithm: TokenAlgorithm
    /// Of the key's own numbers: what is the same key under another name has the same.
    let print: [UInt8]
    private let verifier: any JWTAlgorithm

    func verifies(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
        (try? verifier.verify(signature, signs: signed)) ?? false
    }

    /// In bits. A shorter one can be broken; a longer one costs more than it is worth, and each token pays.
    private static let modulus = 2_048...8_192
    private static let maximumID = 256

    /// - Parameters:
    ///   - jwk: a member of `keys` (RFC 7517).
    ///   - algorithms: those of the issuer's settings.
    /// - Returns: as many as it is good for; none for a key of another use or kind, a weak one, and one whose secret
    ///   half is published.
    static func read(_ jwk: Value, _ algorithms: [TokenAlgorithm]) async -> [IssuerKey] {
        guard let map = jwk.mapValue, map["d"] == nil, map["k"] == nil, isForSignatures(map),
            let material = Material(map)
        else { return [] }
        let id = map["kid"]?.stringValue
        guard map["kid"] == nil || (1...maximumID).contains(id?.utf8.count ?? 0) else { return [] }
        var keys: [IssuerKey] = []
        for algorithm in algorithms where algorithm.family == material.family {
            if let said = map["alg"] {
                guard sameUTF8(said.stringValue, algorithm.rawValue) else { continue }
            }
            guard let verifier = await material.verifier(algorithm) else { continue }
            keys.append(
                IssuerKey(
                    id: id.map { ExactText($0) }, algorithm: algorithm, print: material.print,
                    verifier: verifier))
        }
        return keys
    }

    private static func isForSignatures(_ map: ValueMap) -> Bool {
        if let use = map["use"], !sameUTF8(use.stringValue, "sig") { return false }
        guard let operations = map["key_ops"] else { return true }
        return operations.listValue?.contains(.string("verify")) ?? false
    }

    /// The numbers of a public key, each written in its one way.
    private struct Material {
        let family: TokenAlgorithm.Family
        let first: String
        let second: String

        init?(_ map: ValueMap) {
            func text(_ name: String) -> String? { map[name]?.stringValue }
            switch (text("kty"), text("crv")) {
            case ("RSA", nil):
                guard let modulus = text("n"), let exponent = text("e"),
                    let n = Base64URL.decode(modulus), let e = Base64URL.decode(exponent),
                    let top = n.first, top != 0, let low = e.last, e.first != 0, e.count <= 4,
                    low & 1 == 1, e != [1],
                    IssuerKey.modulus.contains(n.count * 8 - top.leadingZeroBitCount)
                else { return nil }
                (family, first, second) = (.rsa, modulus, exponent)
            case ("EC", .some(let curve)):
                let sizes: [(String, TokenAlgorithm.Family, Int)] = [
                    ("P-256", .p256, 32), ("P-384", .p384, 48), ("P-521", .p521, 66),
                ]
                guard let size = sizes.first(where: { sameUTF8($0.0, curve) }),
                    let x = text("x"), let y = text("y"),
                    Base64URL.decode(x)?.count == size.2, Base64URL.decode(y)?.count == size.2
                else { return nil }
                (family, first, second) = (size.1, x, y)
            case ("OKP", "Ed25519"):
                guard let x = text("x"), Base64URL.decode(x)?.count == 32 else { return nil }
                (family, first, second) = (.ed25519, x, "")
            default: return nil
            }
        }

        var print: [UInt8] {
            Array(Crypto.SHA256.hash(data: Array("\(family) \(first) \(second)".utf8)))
        }

        /// - Returns: nil for numbers that are no key: a point beside its curve.
        func verifier(_ algorithm: TokenAlgorithm) async -> (any JWTAlgorithm)? {
            let name = JWK.Algorithm(rawValue: algorithm.rawValue)
            let id: JWKIdentifier = "key"
            let jwk: JWK =
                switch family {
                case .rsa: .rsa(name, identifier: id, modulus: first, exponent: second)
                case .p256: .ecdsa(name, identifier: id, x: first, y: second, curve: .p256)
                case .p384: .ecdsa(name, identifier: id, x: first, y: second, curve: .p384)
                case .p521: .ecdsa(name, identifier: id, x: first, y: second, curve: .p521)
                case .ed25519:
                    .octetKeyPair(name, identifier: id, x: first, y: nil, curve: .ed25519)
                }
            return try? await JWTKeyCollection().add(jwk: jwk).getKey(for: id)
        }
    }
}
