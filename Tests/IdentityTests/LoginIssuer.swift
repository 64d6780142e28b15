import Crypto
import Synchronization
import Values

@testable import Identity

/// An issuer that lets Ana in: it keeps what codes were given for, and sells a token for each once.
final class LoginIssuer: Sendable {
    private struct State {
        var codes: [ExactText: [ExactText: ExactText]] = [:]
        var challenges = 0
        var exchanges = 0
        var claims: Value = [:]
        var forge: (@Sendable (String) -> String)?
        var last: String?
    }

    let issuer = TestIssuer()
    private let state = Mutex(State())
    private let access = "opaque-access-token"

    init() { issuer.give { [unowned self] in token($0) } }

    var settings: IssuerSettings {
        var settings = issuer.settings
        settings.client = IssuerSettings.Client(id: "pawl console")
        return settings
    }

    var exchanges: Int { state.withLock { $0.exchanges } }
    var challenges: Int { state.withLock { $0.challenges } }
    var lastToken: String? { state.withLock { $0.last } }

    func claims(_ changes: Value) { state.withLock { $0.claims = changes } }

    func forge(_ change: @escaping @Sendable (String) -> String) {
        state.withLock { $0.forge = change }
    }

    func change(_ discovery: Value) {
        let document = (issuer.discovery.mapValue ?? ValueMap())
            .merging(discovery.mapValue ?? ValueMap())
        issuer.set("/.well-known/openid-configuration", TestIssuer.json(.map(document)))
    }

    static func fields(_ text: String) -> [ExactText: ExactText] {
        var fields: [ExactText: ExactText] = [:]
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", omittingEmptySubsequences: false).map {
                ExactText(String($0).removingPercents)
            }
            fields[sides[0]] = sides[1]
        }
        return fields
    }

    func fields(_ url: String) -> [ExactText: ExactText] {
        Self.fields(String(url.split(separator: "?", maxSplits: 1)[1]))
    }

    /// What the browser is sent back with.
    func authorize(_ url: String) -> [(name: String, value: String)] {
        let asked = fields(url)
        let code = state.withLock { state in
            let code = "code-\(state.codes.count)"
            state.codes[ExactText(code)] = asked
            if asked["code_challenge"] != nil { state.challenges += 1 }
            return code
        }
        return [(name: "code", value: code), (name: "state", value: asked["state"]?.text ?? "")]
    }

    private func token(_ request: IssuerRequest) -> IssuerAnswer {
        let fields = Self.fields(String(decoding: request.body ?? [], as: UTF8.self))
        let verifier = Array((fields["code_verifier"]?.text ?? "").utf8)
        let challenge = Base64URL.encode(Array(Crypto.SHA256.hash(data: verifier)))
        return state.withLock { state in
            state.exchanges += 1
            guard let code = fields["code"], let asked = state.codes[code],
                fields["grant_type"] == "authorization_code",
                fields["redirect_uri"] == asked["redirect_uri"],
                asked["code_challenge"]?.text == challenge
            else { return TestIssuer.json(["error": "invalid_grant"], status: 400) }
            state.codes[code] = nil
            var token = idToken(nonce: asked["nonce"]?.text ?? "", state.claims)
            token = state.forge?(token) ?? token
            state.last = token
            return TestIssuer.json([
                "id_token": .string(token), "access_token": .string(access),
                "token_type": "bearer", "expires_in": 300,
            ])
        }
    }

    private func idToken(nonce: String, _ changes: Value) -> String {
        let key = TestKey.first[1]
        let hash = Crypto.SHA256.hash(data: Array(access.utf8))
        var claims = issuer.claims(["aud": "pawl console", "nonce": .string(nonce)])
        for (name, value) in changes.mapValue?.entries ?? [] {
            claims[name.stringValue ?? ""] =
                value == "of the access token"
                ? .string(Base64URL.encode(Array(hash).prefix(16))) : value
        }
        return (try? key.token(key.header(["typ": "JWT"]), claims)) ?? ""
    }
}

extension String {
    /// Nothing of it is a plus.
    fileprivate var removingPercents: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(Substring(rest.prefix(2))), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
