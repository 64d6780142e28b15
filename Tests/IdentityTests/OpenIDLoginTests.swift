import Access
import Crypto
import Testing
import Values

@testable import Identity

/// A login by a browser that is sent away and comes back, or seems to.
@Suite struct OpenIDLoginTests {
    private static let redirect = "https://pawl.acme.example/login/acme/callback"
    private let acme = LoginIssuer()

    private func login(secret: String? = nil) throws -> OpenIDLogin {
        let login = OpenIDLogin(acme.issuer.issuer(acme.settings), secret: { secret })
        return try #require(login)
    }

    private func begun(_ login: OpenIDLogin) async throws -> LoginBegun {
        try await login.begin(redirect: Self.redirect)
    }

    private func reason(
        _ login: OpenIDLogin, _ query: [(name: String, value: String)], _ begun: LoginBegun
    ) async -> String? {
        do throws(Unproven) {
            _ = try await login.finish(query, begun)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func whoeverComesBackWithACodeIsWhoTheIssuerSays() async throws {
        let login = try login()
        let begun = try await begun(login)
        let query = acme.authorize(begun.url)
        let principal = try await login.finish(query, begun)
        #expect(principal.subject == "ana")
        #expect(principal.roles == ["operator"])
        #expect(principal.proof == .issuer("acme"))
        #expect(login.name == "acme")
    }

    @Test func theBrowserIsSentWithAllThatTiesTheAnswerToIt() async throws {
        let login = try login()
        let begun = try await begun(login)
        let fields = acme.fields(begun.url)
        #expect(begun.url.hasPrefix(acme.issuer.url + "/authorize?"))
        #expect(fields["response_type"] == "code")
        #expect(fields["client_id"] == "pawl console")
        #expect(fields["redirect_uri"]?.text == Self.redirect)
        #expect(fields["scope"] == "openid profile email")
        #expect(fields["state"]?.text == begun.state)
        #expect(fields["nonce"]?.text == begun.nonce)
        #expect(fields["code_challenge_method"] == "S256")
        let hash = Crypto.SHA256.hash(data: Array(begun.verifier.utf8))
        #expect(fields["code_challenge"]?.text == Base64URL.encode(Array(hash)))
        for secret in [begun.state, begun.nonce, begun.verifier] {
            #expect(Base64URL.decode(secret)?.count == 32)
        }
        let again = try await self.begun(login)
        let both = [
            begun.state, begun.nonce, begun.verifier, again.state, again.nonce, again.verifier,
        ]
        #expect(Set<ExactText>(both).count == 6)
        #expect(acme.issuer.requests.count == 1, "the discovery document is kept")
    }

    @Test func anAddressWithAQueryKeepsIt() async throws {
        acme.change(["authorization_endpoint": .string(acme.issuer.url + "/authorize?tenant=a")])
        let url = try await begun(login()).url
        #expect(url.hasPrefix(acme.issuer.url + "/authorize?tenant=a&response_type=code&"))
    }

    // MARK: The answer

    @Test func anAnswerIsOfItsOwnLoginAlone() async throws {
        let login = try login()
        let begun = try await begun(login)
        let other = try await self.begun(login)
        let query = acme.authorize(begun.url)
        func changed(_ name: String, _ value: String?) -> [(name: String, value: String)] {
            query.filter { $0.name != name } + (value.map { [(name: name, value: $0)] } ?? [])
        }
        let of = "a login by `acme`: the answer belongs to another login"
        #expect(await reason(login, query, other) == of)
        #expect(await reason(login, changed("state", other.state), begun) == of)
        #expect(await reason(login, changed("state", ""), begun) == of)
        #expect(await reason(login, changed("state", begun.state + " "), begun) == of)
        for query in [
            changed("state", nil), query + [(name: "state", value: begun.state)],
            query + [(name: "code", value: "x")], changed("code", ""), changed("code", "a\nb"),
            changed("code", String(repeating: "c", count: 5_000)), [],
        ] { #expect(await reason(login, query, begun) != nil) }
        #expect(acme.exchanges == 0, "no code was spent on them")
        #expect(await reason(login, query, begun) == nil)
    }

    @Test func secretsAreTheSameInEveryByteOrAnother() {
        let secret = Base64URL.encode((0..<32).map { UInt8($0 * 7) })
        #expect(secret.isSame(inConstantTime: secret) && "".isSame(inConstantTime: ""))
        let bytes = Array(secret.utf8)
        for place in bytes.indices {
            for bit in 0..<7 {
                var other = bytes
                other[place] ^= 1 << UInt8(bit)
                #expect(!secret.isSame(inConstantTime: String(decoding: other, as: UTF8.self)))
            }
        }
        for other in ["", secret + "A", String(secret.dropLast()), String(secret.reversed())] {
            #expect(!secret.isSame(inConstantTime: other) && !other.isSame(inConstantTime: secret))
        }
        // Random ones as they come: what mixes the bytes wrongly takes some of these for the same.
        for seed in 0..<2_000 {
            var random = SplitMix(UInt64(seed))
            let two = (0..<2).map { _ in
                Base64URL.encode((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
            }
            #expect(!two[0].isSame(inConstantTime: two[1]), "seed \(seed)")
        }
    }

    @Test func anotherIssuersAnswerIsRefusedWhereItsNameIsSaid() async throws {
        let login = try login()
        let begun = try await begun(login)
        let query = acme.authorize(begun.url)
        let own = (name: "iss", value: acme.issuer.url)
        let wrong = "a login by `acme`: another issuer has answered"
        for name in ["https://evil.test", acme.issuer.url + "/", ""] {
            #expect(await reason(login, query + [(name: "iss", value: name)], begun) == wrong)
        }
        #expect(await reason(login, query + [own, own], begun) != nil)
        #expect(acme.exchanges == 0)
        #expect(await reason(login, query + [own], begun) == nil)
        let strict = LoginIssuer()
        strict.change(["authorization_response_iss_parameter_supported": true])
        let second = try #require(OpenIDLogin(strict.issuer.issuer(strict.settings)))
        let next = try await self.begun(second)
        #expect(await reason(second, strict.authorize(next.url), next) == wrong)
    }

    @Test(arguments: [
        ("access_denied", "who asked was not let in, or did not agree (access_denied)"),
        ("server_error", "it has failed (server_error)"),
        ("<script>alert(1)</script>", "it does not plainly say why"),
        ("\u{1B}[2J", "it does not plainly say why"), ("", "it does not plainly say why"),
    ])
    func whatTheIssuerRefusesIsSaidInWordsOfOurs(code: String, sentence: String) async throws {
        let login = try login()
        let begun = try await begun(login)
        let query = [
            (name: "state", value: begun.state), (name: "error", value: code),
            (name: "error_description", value: "secret \u{1B}[2J"),
            (name: "code", value: "also-a-code"),
        ]
        #expect(await reason(login, query, begun) == "a login by `acme`: " + sentence)
        #expect(acme.exchanges == 0)
    }

    // MARK: The code

    @Test func aCodeIsOfUseToThisServerAlone() async throws {
        let login = try login()
        let begun = try await begun(login)
        let query = acme.authorize(begun.url)
        // Somebody has caught the code and the state, but has begun the login themselves.
        let thief = LoginBegun(
            url: begun.url, redirect: begun.redirect, state: begun.state, nonce: begun.nonce,
            verifier: Base64URL.encode([UInt8](repeating: 7, count: 32)))
        #expect(await reason(login, query, thief)?.contains("invalid_grant") == true)
        let elsewhere = LoginBegun(
            url: begun.url, redirect: "https://evil.test/", state: begun.state,
            nonce: begun.nonce, verifier: begun.verifier)
        #expect(await reason(login, query, elsewhere)?.contains("invalid_grant") == true)
        #expect(await reason(login, query, begun) == nil)
        #expect(await reason(login, query, begun)?.contains("invalid_grant") == true, "once")
    }

    /// Without a challenge whoever catches a code could use it.
    @Test func anIssuerThatWantsPKCEIsGivenIt() async throws {
        let begun = try await begun(login())
        #expect(acme.fields(begun.url)["code_challenge"] != nil)
        _ = acme.authorize(begun.url)
        #expect(acme.challenges == 1)
    }

    @Test func aClientProvesItselfAsItsIssuerWants() async throws {
        func sent(_ secret: String?, _ changes: Value = [:]) async throws -> IssuerRequest {
            let acme = LoginIssuer()
            acme.change(changes)
            let made = OpenIDLogin(acme.issuer.issuer(acme.settings), secret: { secret })
            let login = try #require(made)
            let begun = try await begun(login)
            _ = try await login.finish(acme.authorize(begun.url), begun)
            return try #require(acme.issuer.requests.last { $0.url.hasSuffix("/token") })
        }
        func header(_ request: IssuerRequest) -> String? {
            request.headers.first { $0.name == "Authorization" }?.value
        }
        func fields(_ request: IssuerRequest) -> [ExactText: ExactText] {
            LoginIssuer.fields(String(decoding: request.body ?? [], as: UTF8.self))
        }
        let open = try await sent(nil)
        #expect(header(open) == nil)
        #expect(fields(open)["client_id"] == "pawl console")
        let basic = "Basic " + Base64.encode(Array("pawl%20console:s%3Acret%20%2F%C3%A4".utf8))
        let secret = try await sent("s:cret /ä")
        #expect(header(secret) == basic)
        #expect(fields(secret)["client_id"] == nil)
        #expect(fields(secret)["client_secret"] == nil)
        let posted = try await sent(
            "s:cret /ä", ["token_endpoint_auth_methods_supported": ["client_secret_post"]])
        #expect(header(posted) == nil)
        #expect(fields(posted)["client_secret"] == "s:cret /ä")
        let either: Value = [
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"]
        ]
        #expect(try await header(sent("s:cret /ä", either)) == basic)
        #expect(acme.issuer.requests.isEmpty)
    }

    // MARK: The ID token

    @Test(
        arguments: [
            (["nonce": "another"], .nonce), (["nonce": .null], .nonce),
            (["nonce": 1], .nonce), (["aud": "pawl"], .audience), (["aud": "other"], .audience),
            (["aud": ["pawl console", "other"]], .party), (["azp": "other"], .party),
            (["aud": ["pawl console", "other"], "azp": "other"], .party), (["exp": 1], .expired),
            (["iss": "https://evil.test"], .issuer), (["sub": ""], .subject),
            (["at_hash": "another"], .binding), (["at_hash": 1], .binding),
        ] as [(Value, TokenFault)])
    func anIDTokenIsOfThisLoginAndThisClient(changes: Value, fault: TokenFault) async throws {
        let login = try login()
        let begun = try await begun(login)
        acme.claims(changes)
        let reason = await reason(login, acme.authorize(begun.url), begun)
        #expect(reason == "the ID token of `acme`: " + fault.rawValue)
    }

    @Test(arguments: [
        ["aud": ["pawl console", "other"], "azp": "pawl console"] as Value,
        ["azp": "pawl console"], ["acr": "0"], ["at_hash": "of the access token"],
    ])
    func anIDTokenThatSaysMoreIsTaken(changes: Value) async throws {
        let login = try login()
        let begun = try await begun(login)
        acme.claims(changes)
        #expect(await reason(login, acme.authorize(begun.url), begun) == nil)
    }

    @Test func anIDTokenLetsNobodyInToTheAPI() async throws {
        let login = try login()
        let begun = try await begun(login)
        _ = try await login.finish(acme.authorize(begun.url), begun)
        let token = try #require(acme.lastToken)
        var settings = acme.settings
        settings = IssuerSettings(
            name: "acme", issuer: settings.issuer, audience: "pawl console",
            algorithms: settings.algorithms)
        #expect(await acme.issuer.issuer(settings).failure(token) == .fault(.purpose))
    }

    @Test func aForgedIDTokenIsNone() async throws {
        let login = try login()
        for forge in [
            { "\($0.dropLast(4))AAAA" }, { _ in "" }, { $0 + "x" }, { "x" + $0 },
        ] as [@Sendable (String) -> String] {
            let begun = try await begun(login)
            acme.forge(forge)
            #expect(await reason(login, acme.authorize(begun.url), begun) != nil)
        }
    }

    @Test(arguments: [
        TestIssuer.json([:]), TestIssuer.json(["id_token": "a.b.c"]), TestIssuer.json([]),
        TestIssuer.json(["id_token": 1, "token_type": "Bearer"]),
        TestIssuer.json(["id_token": "a.b.c", "token_type": "mac"]),
        TestIssuer.json(["error": "invalid_client"], status: 401),
        TestIssuer.json(["error": "invalid_grant", "error_description": "\u{1B}[2J"], status: 400),
        IssuerAnswer(status: 500, body: Array("<html>Stack trace".utf8)),
        IssuerAnswer(status: 302, headers: [("Location", "https://evil.test")], body: []),
        IssuerAnswer(status: 200, body: []),
    ])
    func anAnswerWithoutTokensIsASentence(answer: IssuerAnswer) async throws {
        let login = try login(secret: "hidden")
        let begun = try await begun(login)
        let query = acme.authorize(begun.url)
        acme.issuer.set("/token", answer)
        let reason = try #require(await reason(login, query, begun))
        #expect(reason.isPrintable && !reason.contains("Stack") && !reason.contains("hidden"))
        #expect(reason.hasPrefix("a login by `acme`: "))
    }

    @Test func whileTheIssuerIsDownNobodyIsToldThatTheyAreWrong() async throws {
        let login = try login()
        acme.issuer.go(down: true)
        for _ in 0..<5 {
            let unproven = await #expect(throws: Unproven.self) { try await begun(login) }
            #expect(unproven?.isUnavailable == true)
        }
        #expect(acme.issuer.requests.count == 1, "logins that begin make no storm")
        acme.issuer.go(down: false)
        acme.issuer.pass(.seconds(10))
        #expect(try await begun(login).url.isEmpty == false)
    }

    @Test func withoutAClientThereIsNoLogin() {
        #expect(OpenIDLogin(acme.issuer.issuer()) == nil)
    }
}
