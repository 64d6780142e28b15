import Values

/// What a token may be signed by: public keys only. Whoever checks a shared secret can also sign with it, and `none` is no
/// signature.
package enum TokenAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case eddsa = "EdDSA"

    /// By its name, byte for byte.
    package init?(exactly name: String) {
        guard let found = Self.allCases.first(where: { sameUTF8($0.rawValue, name) }) else {
            return nil
        }
        self = found
    }

    /// What kind of key it takes: `kty`, and for a curve `crv` and the bytes of one coordinate (RFC 7518, RFC 8037).
    enum Family: Sendable, Hashable {
        case rsa
        case p256, p384, p521
        case ed25519
    }

    var family: Family {
        switch self {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256: .p256
        case .es384: .p384
        case .es512: .p521
        case .eddsa: .ed25519
        }
    }

    /// The hash that it goes with: half of one binds an access token to an ID token.
    enum Digest: Sendable, Hashable { case sha256, sha384, sha512 }

    var digest: Digest {
        switch self {
        case .rs256, .ps256, .es256: .sha256
        case .rs384, .ps384, .es384: .sha384
        case .rs512, .ps512, .es512, .eddsa: .sha512
        }
    }
}
