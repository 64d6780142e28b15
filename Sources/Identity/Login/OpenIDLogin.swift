import Access
import Crypto
import Sabotage
import Values

/// A login by an issuer: authorization code with PKCE (OAuth 2.1, OpenID Connect Core, RFC 7636, RFC 9207).
///
/// `state` ties the answer to the browser that was sent, `nonce` the ID token to this login, and the verifier the code to this
/// server: whoever steals one of them has nothing.
package struct OpenIDLogin: LoginProvider {
    private let issuer: Issuer
    private let client: IssuerSettings.Client
    private let secret: @Sendable () throws(Unproven) -> String?

    /// - Parameters:
    ///   - secret: the client's, each time that it is needed; nil: it has none.
    /// - Returns: nil where the settings have no client.
    package init?(
        _ issuer: Issuer, secret: @escaping @Sendable () throws(Unproven) -> String? = { nil }
    ) {
        guard let client = issuer.settings.client else { return nil }
        self.issuer = issuer
        self.client = client
        self.secret = secret
    }

    package var name: String { issuer.settings.name }

    // MARK: Out

    package func begin(redirect: String) async throws(Unproven) -> LoginBegun {
        let discovery = try await discovery()
        guard let address = discovery.authorization, discovery.token != nil else {
            throw unproven("it logs nobody in: its discovery document lacks the addresses for it")
        }
        let (state, nonce, verifier) = (Self.random(), Self.random(), Self.random())
        var pairs = [
            ("response_type", "code"), ("client_id", client.id), ("redirect_uri", redirect),
            ("scope", (["openid"] + client.scopes.map(\.text)).joined(separator: " ")),
            ("state", state), ("nonce", nonce),
        ]
        if !isMutant(.pkceSkipped) {
            let hash = Crypto.SHA256.hash(data: Array(verifier.utf8))
            pairs += [
                ("code_challenge", Base64URL.encode(Array(hash))),
                ("code_challenge_method", "S256"),
            ]
        }
        let mark = address.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return LoginBegun(
            url: address + mark + FormText.encode(pairs), redirect: redirect, state: state,
            nonce: nonce, verifier: verifier)
    }

    /// 256 bits.
    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64URL.encode(
            (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    // MARK: Back

    package func finish(
        _ query: [(name: String, value: String)], _ begun: LoginBegun
    ) async throws(Unproven) -> Principal {
        let answer = try LoginAnswer(query)
        guard answer.state.isSame(inConstantTime: begun.state) else {
            throw unproven("the answer belongs to another login")
        }
        let discovery = try await discovery()
        if answer.issuer != nil || discovery.isNamedInAnswers {
            guard sameUTF8(answer.issuer, issuer.settings.issuer) else {
                throw unproven("another issuer has answered")
            }
        }
        let tokens: Tokens
        switch answer.result {
        case .success(let code): tokens = try await exchange(code, begun, discovery)
        case .failure(let error):
            throw unproven(error.sentence, isUnavailable: error.isTemporary)
        }
        do throws(Issuer.Failure) {
            let purpose = TokenRules.Purpose.login(
                nonce: begun.nonce, accessToken: tokens.access)
            return try await issuer.principal(of: try Issuer.read(tokens.id), for: purpose)
        } catch {
            throw Unproven(error, "the ID token of `\(name)`")
        }
    }

    private struct Tokens {
        let id: String
        let access: String?
    }

    private func exchange(
        _ code: String, _ begun: LoginBegun, _ discovery: Discovery
    ) async throws(Unproven) -> Tokens {
        guard let address = discovery.token else { throw unproven("it gives no tokens") }
        var pairs = [
            ("grant_type", "authorization_code"), ("code", code),
            ("redirect_uri", begun.redirect),
        ]
        if !isMutant(.pkceSkipped) { pairs.append(("code_verifier", begun.verifier)) }
        var headers = [
            (name: "Content-Type", value: "application/x-www-form-urlencoded"),
            (name: "Accept", value: "application/json"),
        ]
        try prove(discovery, &pairs, &headers)
        let answer: IssuerAnswer
        do {
            answer = try await issuer.keys.ask(
                IssuerRequest(
                    url: address, headers: headers, body: Array(FormText.encode(pairs).utf8)),
                "its tokens")
        } catch {
            throw unheard(error)
        }
        return try tokens(of: answer)
    }

    /// A client with a secret proves itself by HTTP Basic, or in the form where the issuer takes it only there.
    private func prove(
        _ discovery: Discovery, _ pairs: inout [(String, String)],
        _ headers: inout [(name: String, value: String)]
    ) throws(Unproven) {
        guard let secret = try secret() else {
            pairs.append(("client_id", client.id))
            return
        }
        let proofs = discovery.clientProofs ?? ["client_secret_basic"]
        if proofs.contains(exactly: "client_secret_basic")
            || !proofs.contains(exactly: "client_secret_post")
        {
            let text = "\(FormText.encode(client.id)):\(FormText.encode(secret))"
            headers.append(
                (name: "Authorization", value: "Basic " + Base64.encode(Array(text.utf8))))
        } else {
            pairs += [("client_id", client.id), ("client_secret", secret)]
        }
    }

    private func tokens(of answer: IssuerAnswer) throws(Unproven) -> Tokens {
        let document = try? JSON.parse(answer.body)
        guard answer.status == 200 else {
            let error = LoginError(document?["error"]?.stringValue)
            throw unproven(
                "its tokens were refused (HTTP \(answer.status)): \(error.sentence)",
                isUnavailable: answer.status >= 500 || answer.status == 429)
        }
        guard let id = document?["id_token"]?.stringValue,
            sameUTF8(document?["token_type"]?.stringValue?.lowercased(), "bearer")
        else { throw unproven("it gave no ID token") }
        return Tokens(id: id, access: document?["access_token"]?.stringValue)
    }

    // MARK: Failures

    private func discovery() async throws(Unproven) -> Discovery {
        do {
            return try await issuer.keys.discovery()
        } catch {
            throw unheard(error)
        }
    }

    private func unheard(_ error: any Error) -> Unproven {
        unproven((error as? Unheard)?.reason ?? "the request has ended", isUnavailable: true)
    }

    private func unproven(_ reason: String, isUnavailable: Bool = false) -> Unproven {
        Unproven("a login by `\(name)`: \(reason)", isUnavailable: isUnavailable)
    }
}
