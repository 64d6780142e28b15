import Crypto
import Sabotage
import Values

/// What a token of an issuer must say to be taken: its header and its claims, whatever its signature.
struct TokenRules: Sendable {
    /// For what it is brought.
    enum Purpose: Sendable {
        /// With a request, over a connection of these certificates.
        case access(certificates: [[UInt8]])
        /// As the answer to a login.
        case login(nonce: String, accessToken: String?)
    }

    let settings: IssuerSettings
    let purpose: Purpose
    let now: Timestamp

    /// Members by which a token brings the key that it is signed by, or says where it lies. (`x5t` is a name, as `kid` is.)
    private static let ownKeys = ["jwk", "jku", "x5u", "x5c"]
    /// In seconds since 1970: the end of the year 9999.
    private static let latest: Int64 = 253_402_300_799
    private static let maximumSubject = 255

    // MARK: The header

    /// - Returns: what it says that it is signed by.
    func algorithm(of header: Value) throws(TokenFault) -> TokenAlgorithm {
        let algorithm = header["alg"]?.stringValue.flatMap { TokenAlgorithm(exactly: $0) }
        guard let algorithm,
            settings.algorithms.contains(algorithm) || isMutant(.jwtAnyAlgorithm)
        else { throw .algorithm }
        guard !Self.ownKeys.contains(where: { header[$0] != nil }) else { throw .ownKey }
        // No extension is understood, `b64` (RFC 7797) among them.
        guard header["crit"] == nil, header["b64"] == nil, header["zip"] == nil else {
            throw .critical
        }
        try check(type: header["typ"], content: header["cty"])
        return algorithm
    }

    private func check(type: Value?, content: Value?) throws(TokenFault) {
        guard content == nil else { throw .type }
        guard let type else { return }
        guard let text = type.stringValue, text.utf8.allSatisfy({ $0 < 0x80 }) else { throw .type }
        let name = ExactText(text.lowercased())
        switch purpose {
        case .access:
            guard ["jwt", "at+jwt", "application/at+jwt"].contains(name) else { throw .type }
        case .login:
            guard name == "jwt" else { throw .type }
        }
    }

    // MARK: Claims

    /// - Returns: who it is about.
    func check(_ claims: Value) throws(TokenFault) -> String {
        guard sameUTF8(claims["iss"]?.stringValue, settings.issuer) else { throw .issuer }
        try checkAudience(claims)
        try checkTimes(claims)
        switch purpose {
        case .access(let certificates): try checkAccess(claims, certificates)
        case .login(let nonce, _):
            guard let said = claims["nonce"]?.stringValue, said.isSame(inConstantTime: nonce) else {
                throw .nonce
            }
        }
        return try subject(of: claims)
    }

    private func checkAudience(_ claims: Value) throws(TokenFault) {
        let audiences: [Value]
        switch claims["aud"] {
        case .string(let one): audiences = [.string(one)]
        case .list(let several): audiences = several
        default: throw .audience
        }
        let ours: String
        switch purpose {
        case .access: ours = settings.audience
        case .login: ours = settings.client?.id ?? settings.audience
        }
        guard audiences.allSatisfy({ $0.stringValue != nil }),
            audiences.contains(where: { sameUTF8($0.stringValue, ours) })
                || isMutant(.jwtAudienceIgnored)
        else { throw .audience }
        try checkParty(claims, ours, isShared: audiences.count > 1)
    }

    /// Whoever else a token is for could bring it here, too: then it must have been given to a client that we know.
    private func checkParty(
        _ claims: Value, _ ours: String, isShared: Bool
    ) throws(TokenFault) {
        switch purpose {
        case .login:
            guard let party = claims["azp"] else {
                if isShared { throw .party }
                return
            }
            guard sameUTF8(party.stringValue, ours) else { throw .party }
        case .access:
            guard isShared || !settings.parties.isEmpty else { return }
            guard let party = (claims["azp"] ?? claims["client_id"])?.stringValue else {
                throw .party
            }
            let isOurs = settings.parties.isEmpty && party.isOneOf(ours, settings.client?.id)
            guard isOurs || settings.parties.contains(party) else { throw .party }
        }
    }

    private func checkTimes(_ claims: Value) throws(TokenFault) {
        guard let expiry = try time(claims["exp"], .expiry) else { throw .expiry }
        guard now < expiry + settings.clockSkew || isMutant(.jwtExpiryIgnored) else {
            throw .expired
        }
        if let start = try time(claims["nbf"], .early), start > now + settings.clockSkew {
            throw .early
        }
        let issued = try time(claims["iat"], .issued)
        if let issued, issued > now + settings.clockSkew { throw .issued }
        guard let maximumAge = settings.maximumAge else { return }
        guard let issued else { throw .issued }
        guard now < issued + maximumAge + settings.clockSkew else { throw .old }
    }

    /// A whole number of seconds since 1970; JSON's other numbers, and texts, are another one's idea of it.
    private func time(_ value: Value?, _ fault: TokenFault) throws(TokenFault) -> Timestamp? {
        guard let value else { return nil }
        guard case .int(let seconds) = value, (0...Self.latest).contains(seconds) else {
            throw fault
        }
        return Timestamp(seconds: seconds)
    }

    /// An ID token says who has logged in to a client, and lets nobody in; a token that is bound to a key (RFC 7800) is worth
    /// nothing without it.
    private func checkAccess(
        _ claims: Value, _ certificates: [[UInt8]]
    ) throws(TokenFault) {
        guard
            !["nonce", "at_hash", "c_hash", "s_hash", "events"].contains(where: {
                claims[$0] != nil
            })
        else { throw .purpose }
        // Keycloak and Cognito say it in a claim.
        if let type = claims["typ"] {
            guard let text = type.stringValue?.lowercased(), text.isOneOf("bearer", "at+jwt", "jwt")
            else { throw .purpose }
        }
        if let use = claims["token_use"] {
            guard sameUTF8(use.stringValue, "access") else { throw .purpose }
        }
        guard let bound = claims["cnf"] else { return }
        guard bound.mapValue?.count == 1, let print = bound["x5t#S256"]?.stringValue,
            let certificate = certificates.first,
            sameUTF8(print, Base64URL.encode(Array(Crypto.SHA256.hash(data: certificate))))
        else { throw .purpose }
    }

    private func subject(of claims: Value) throws(TokenFault) -> String {
        guard isPlain(claims["sub"]?.stringValue),
            let subject = claims[settings.subject.text]?.stringValue, isPlain(subject),
            IssuerSettings.isVouchedFor([settings.subject], in: claims)
        else { throw .subject }
        return subject
    }

    /// What can stand in a log and on a page, and looks like nothing else.
    private func isPlain(_ text: String?) -> Bool {
        guard let text else { return false }
        return (1...Self.maximumSubject).contains(text.utf8.count) && text.isPrintable
            && text.unicodeScalars.first?.properties.isWhitespace == false
            && text.unicodeScalars.last?.properties.isWhitespace == false
    }

    // MARK: The answer to a login

    /// `at_hash` is half of the access token's hash (OpenID Connect Core, section 3.1.3.6).
    func checkBinding(_ claims: Value, _ algorithm: TokenAlgorithm) throws(TokenFault) {
        guard case .login(_, let accessToken) = purpose, let said = claims["at_hash"] else {
            return
        }
        guard let said = said.stringValue, let accessToken else { throw .binding }
        let token = Array(accessToken.utf8)
        let hash: [UInt8] =
            switch algorithm.digest {
            case .sha256: Array(Crypto.SHA256.hash(data: token))
            case .sha384: Array(SHA384.hash(data: token))
            case .sha512: Array(SHA512.hash(data: token))
            }
        guard sameUTF8(said, Base64URL.encode(hash.prefix(hash.count / 2))) else { throw .binding }
    }
}

extension String {
    fileprivate func isOneOf(_ texts: String?...) -> Bool {
        texts.contains { sameUTF8($0, self) }
    }

    /// Takes as long whichever byte differs.
    func isSame(inConstantTime other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return zip(utf8, other.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
