import Values

/// An issuer whose word is taken, and for what: an entry of `access.issuers`.
package struct IssuerSettings: Sendable, Hashable {
    /// What it is called here: `acme`. It stands in `Principal.Proof` and on the page of the login.
    @ExactText package private(set) var name: String
    /// `iss` of its tokens, byte for byte; `https`, or `http` on this machine.
    @ExactText package private(set) var issuer: String
    /// What `aud` must name.
    @ExactText package private(set) var audience: String
    /// No other one is taken, whatever a token or a key says. Not empty.
    package let algorithms: [TokenAlgorithm]
    /// Where its keys are; nil: where its discovery document says.
    package var keys: ExactText?
    /// The claim that says who it is.
    package var subject: ExactText = "sub"
    /// What stands before it here, so that two issuers' `ana` are two: `acme:`. Empty: nothing does.
    package var prefix: ExactText = ""
    package var roles: [RoleRule] = []
    /// Clients whose tokens for several audiences are taken, or, where there are any, whose tokens are taken at all (`azp`,
    /// `client_id`).
    package var parties: Set<ExactText> = []
    /// How far its clock may be from ours.
    package var clockSkew = Duration.seconds(60)
    /// Since `iat`; nil: as long as `exp` says.
    package var maximumAge: Duration?
    /// nil: nobody logs in by it.
    package var client: Client?

    /// What we are to the issuer.
    package struct Client: Sendable, Hashable {
        /// What an ID token's `aud` must name.
        @ExactText package private(set) var id: String
        /// What is asked for besides `openid`.
        package var scopes: [ExactText]

        package init(id: String, scopes: [ExactText] = ["profile", "email"]) {
            _id = ExactText(id)
            self.scopes = scopes
        }
    }

    package init(
        name: String, issuer: String, audience: String, algorithms: [TokenAlgorithm] = [.rs256]
    ) {
        _name = ExactText(name)
        _issuer = ExactText(issuer)
        _audience = ExactText(audience)
        self.algorithms = algorithms
    }
}

/// Which roles a claim gives.
package struct RoleRule: Sendable, Hashable {
    /// The claim, or the way to it: `groups`; `realm_access`, `roles`.
    package let claim: [ExactText]
    /// A value of the claim to roles of the policy. What is not here gives none.
    package let map: [ExactText: Set<ExactText>]

    package init(claim: [ExactText], map: [ExactText: Set<ExactText>]) {
        self.claim = claim
        self.map = map
    }

    /// Claims whose text is words between spaces (RFC 8693, RFC 9068).
    private static let worded: Set<ExactText> = ["scope", "scp"]

    func roles(of claims: Value) -> Set<ExactText> {
        guard IssuerSettings.isVouchedFor(claim, in: claims) else { return [] }
        let value = claim.reduce(claims as Value?) { $0?[$1.text] }
        let texts: [ExactText]
        switch value {
        case .string(let text) where claim.last.map(Self.worded.contains) ?? false:
            texts = text.utf8.split(separator: UInt8(ascii: " ")).map {
                ExactText(String(Substring($0)))
            }
        case .string(let text): texts = [ExactText(text)]
        case .list(let list): texts = list.compactMap { $0.stringValue.map { ExactText($0) } }
        default: texts = []
        }
        return texts.reduce(into: Set<ExactText>()) { $0.formUnion(map[$1] ?? []) }
    }
}

extension IssuerSettings {
    /// An address that the issuer has not verified may be anybody's.
    static func isVouchedFor(_ claim: [ExactText], in claims: Value) -> Bool {
        claim != ["email"] || claims["email_verified"] == .bool(true)
    }
}

/// The addresses that are asked.
package enum IssuerAddress {
    private static let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"]

    /// Whether nobody on the way can read or change what is said there.
    /// - Parameter issuer: an issuer on this machine may have its addresses there, too; nil: this is the issuer's own.
    package static func isSafe(_ text: String, of issuer: String? = nil) -> Bool {
        guard (9...2_048).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\\\"<>#@".utf8.contains($0) })
        else { return false }
        if let host = behind("https://", text) { return isHost(host) }
        guard issuer.map(isLocal) ?? true else { return false }
        return isLocal(text)
    }

    private static func isLocal(_ text: String) -> Bool {
        loopback.contains { start in
            behind(start, text).map { rest in
                rest.isEmpty || [UInt8(ascii: ":"), UInt8(ascii: "/")].contains(rest.utf8.first)
            } ?? false
        }
    }

    private static func isHost(_ text: Substring) -> Bool {
        guard let first = text.utf8.first else { return false }
        return ![UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "?")].contains(first)
    }

    private static func behind(_ start: String, _ text: String) -> Substring? {
        text.utf8.starts(with: start.utf8) ? Substring(text.utf8.dropFirst(start.utf8.count)) : nil
    }
}
