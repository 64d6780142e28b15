import Values

/// What an issuer says of itself (OpenID Connect Discovery, RFC 8414).
struct Discovery: Sendable, Hashable {
    let keys: String
    /// nil: nobody logs in by it.
    let authorization: String?
    let token: String?
    /// Whether its answers to a browser name it (RFC 9207).
    let isNamedInAnswers: Bool
    /// How a client proves itself at the token's address; nil: it does not say, and then by HTTP Basic.
    let clientProofs: [String]?

    static func address(of issuer: String) -> String {
        let base = issuer.utf8.last == UInt8(ascii: "/") ? String(issuer.dropLast()) : issuer
        return base + "/.well-known/openid-configuration"
    }

    /// - Throws: a sentence.
    init(_ body: [UInt8], of issuer: String) throws(Unheard) {
        guard let document = try? JSON.parse(body), document.mapValue != nil else {
            throw Unheard("its discovery document is no JSON object")
        }
        guard sameUTF8(document["issuer"]?.stringValue, issuer) else {
            throw Unheard("its discovery document is that of another issuer")
        }
        func address(_ name: String) throws(Unheard) -> String? {
            guard let value = document[name], !value.isNull else { return nil }
            guard let text = value.stringValue, IssuerAddress.isSafe(text, of: issuer) else {
                throw Unheard("`\(name)` of its discovery document is no https address")
            }
            return text
        }
        guard let keys = try address("jwks_uri") else {
            throw Unheard("its discovery document names no `jwks_uri`")
        }
        self.keys = keys
        authorization = try address("authorization_endpoint")
        token = try address("token_endpoint")
        isNamedInAnswers =
            document["authorization_response_iss_parameter_supported"] == .bool(true)
        clientProofs = document["token_endpoint_auth_methods_supported"]?.listValue?
            .compactMap(\.stringValue)
    }
}

/// The issuer gave no answer that helps.
struct Unheard: Error, Hashable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
