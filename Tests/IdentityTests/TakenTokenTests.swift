import Access
import Crypto
import Testing
import Values

@testable import Identity

/// What is taken: without these, refusing everything would pass for safety.
@Suite struct TakenTokenTests {
    private func taken(
        _ token: String, by issuer: TestIssuer = TestIssuer(), _ settings: IssuerSettings? = nil
    ) async throws -> Principal {
        try #require(try await issuer.authenticator(settings).principal(token: token))
    }

    @Test(arguments: TestKey.first + TestKey.second)
    func aTokenOfEachKeySaysWhoAsks(key: TestKey) async throws {
        let issuer = TestIssuer()
        let principal = try await taken(key.token(key.header(), issuer.claims()), by: issuer)
        #expect(principal.subject == "ana")
        #expect(principal.roles == ["operator"])
        #expect(principal.proof == .issuer("acme"))
        #expect(principal.scope == .unbounded)
    }

    @Test(arguments: TokenAlgorithm.allCases)
    func eachAlgorithmIsTakenWhereTheSettingsNameIt(algorithm: TokenAlgorithm) async throws {
        let key = TestKey.make(algorithm, id: "k")
        let issuer = TestIssuer(keys: [key])
        let settings = IssuerSettings(
            name: "acme", issuer: issuer.url, audience: "pawl", algorithms: [algorithm])
        let token = try key.token(key.header(), issuer.claims())
        #expect(try await taken(token, by: issuer, settings).subject == "ana")
        let others = IssuerSettings(
            name: "acme", issuer: issuer.url, audience: "pawl",
            algorithms: TokenAlgorithm.allCases.filter { $0 != algorithm })
        #expect(await issuer.issuer(others).failure(token) == .fault(.algorithm))
    }

    @Test(arguments: [
        ["aud": ["other", "pawl"], "azp": "pawl"] as Value, ["aud": ["pawl"]], ["iat": 0],
        ["exp": .int(TestIssuer.start.seconds - 59)], ["nbf": .int(TestIssuer.start.seconds + 60)],
        ["iat": .int(TestIssuer.start.seconds + 60)], ["sub": "Änne O’Neill 木"],
        ["exp": 253_402_300_799], ["typ": "Bearer"], ["token_use": "access"],
        ["other": [[[[[[[["deep": true]]]]]]]]],
    ])
    func whatIsUnusualAndRightIsTaken(claims: Value) async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[1]
        _ = try await taken(key.token(key.header(), issuer.claims(claims)), by: issuer)
    }

    @Test(arguments: [
        ["typ": "JWT"] as Value, ["typ": "jwt"], ["typ": "application/at+JWT"], ["x5t": "abc"],
        ["nonce": "abc"],
    ])
    func headersOfOthersMakesAreTaken(header: Value) async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[0]
        _ = try await taken(key.token(key.header(header), issuer.claims()), by: issuer)
    }

    @Test func withoutATypeAndWithoutAKeysNameItIsOfTheOnlyKey() async throws {
        let issuer = TestIssuer(keys: TestKey.first)
        let key = TestKey.first[2]
        _ = try await taken(key.token(["alg": "EdDSA"], issuer.claims()), by: issuer)
    }

    @Test func rolesComeOfTheClaimsThatAreNamed() async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[1]
        var settings = issuer.settings
        settings.roles = [
            RoleRule(claim: ["realm_access", "roles"], map: ["boss": ["admin"]]),
            RoleRule(claim: ["scope"], map: ["pawl.read": ["viewer"], "a b": ["author"]]),
            RoleRule(claim: ["hd"], map: ["acme.example": ["auditor"]]),
            RoleRule(claim: ["email"], map: ["ana@acme.example": ["operator"]]),
            RoleRule(claim: ["https://acme.example/roles"], map: ["x": ["author"]]),
        ]
        func roles(_ claims: Value) async throws -> Set<ExactText> {
            try await taken(
                key.token(key.header(), issuer.claims(claims)), by: issuer, settings
            ).roles
        }
        #expect(try await roles([:]) == [])
        #expect(try await roles(["realm_access": ["roles": ["boss", 1, "x"]]]) == ["admin"])
        #expect(try await roles(["realm_access.roles": ["boss"]]) == [])
        #expect(try await roles(["scope": "openid pawl.read a b"]) == ["viewer"])
        #expect(try await roles(["hd": "acme.example"]) == ["auditor"])
        #expect(try await roles(["hd": "acme.example.evil.test"]) == [])
        #expect(try await roles(["hd": "ACME.example"]) == [])
        #expect(try await roles(["https://acme.example/roles": "x"]) == ["author"])
        let mail: Value = ["email": "ana@acme.example", "email_verified": true]
        #expect(try await roles(mail) == ["operator"])
        #expect(try await roles(["email": "ana@acme.example"]) == [])
        #expect(try await roles(["email": "ana@acme.example", "email_verified": "true"]) == [])
    }

    @Test func anotherClaimCanSayWhoItIs() async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[1]
        var settings = issuer.settings
        settings.subject = "preferred_username"
        let token = try key.token(key.header(), issuer.claims(["preferred_username": "Ana"]))
        #expect(try await taken(token, by: issuer, settings).subject == "Ana")
        settings.subject = "email"
        let claims = issuer.claims(["email": "ana@acme.example"])
        let unverified = try key.token(key.header(), claims)
        #expect(await issuer.issuer(settings).failure(unverified) == .fault(.subject))
    }

    @Test func aTokenThatIsBoundToACertificateIsTakenOverItsConnectionAlone() async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[1]
        let certificate = Array("certificate".utf8)
        let print = Base64URL.encode(Array(Crypto.SHA256.hash(data: certificate)))
        let claims = issuer.claims(["cnf": ["x5t#S256": .string(print)]])
        let token = try key.token(key.header(), claims)
        let authenticator = issuer.authenticator()
        #expect(try await authenticator.principal(token: token, certificates: [certificate]) != nil)
        for certificates in [[], [Array("another".utf8)], [Array("another".utf8), certificate]] {
            await #expect(throws: Unproven.self) {
                try await authenticator.principal(token: token, certificates: certificates)
            }
        }
    }

    @Test func partiesAreThoseThatMayHaveBeenGivenIt() async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[1]
        var settings = issuer.settings
        settings.parties = ["console", "robot"]
        func failure(_ claims: Value) async throws -> Issuer.Failure? {
            let token = try key.token(key.header(), issuer.claims(claims))
            return await issuer.issuer(settings).failure(token)
        }
        #expect(try await failure(["azp": "console"]) == nil)
        #expect(try await failure(["client_id": "robot"]) == nil)
        #expect(try await failure(["aud": ["pawl", "account"], "azp": "console"]) == nil)
        #expect(try await failure([:]) == .fault(.party))
        #expect(try await failure(["azp": "pawl"]) == .fault(.party))
        #expect(try await failure(["azp": "evil", "client_id": "robot"]) == .fault(.party))
    }

    @Test func maximumAgeEndsATokenBeforeItSaysSo() async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[1]
        var settings = issuer.settings
        settings.maximumAge = .seconds(300)
        let now = TestIssuer.start.seconds
        func failure(_ issued: Value) async throws -> Issuer.Failure? {
            let claims = issuer.claims(["iat": issued, "exp": .int(now + 86_400)])
            let token = try key.token(key.header(), claims)
            return await issuer.issuer(settings).failure(token)
        }
        #expect(try await failure(.int(now - 359)) == nil)
        #expect(try await failure(.int(now - 360)) == .fault(.old))
        let without = ["alg": "ES256", "kid": "es256-1"] as Value
        var claims = issuer.claims()
        claims["iat"] = .none
        let token = try key.token(without, claims)
        #expect(await issuer.issuer(settings).failure(token) == .fault(.issued))
        #expect(await issuer.issuer().failure(token) == nil)
    }

    @Test func whatIsNoTokenOfThisKindIsSomebodyElsesToLookAt() async throws {
        let authenticator = TestIssuer().authenticator()
        for text in [
            nil, "", "Basic YTpi", "Bearer", "Bearer ", "Bearer pawl_abc", "bearer  pawl_x",
        ] {
            let credentials = Credentials(authorization: text)
            #expect(try await authenticator.principal(for: credentials) == nil)
        }
        await #expect(throws: Unproven.self) { try await authenticator.principal(token: "rubbish") }
    }
}
