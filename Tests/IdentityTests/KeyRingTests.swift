import Access
import Testing
import Values

@testable import Identity

/// Keys that come, go and cannot be fetched.
@Suite struct KeyRingTests {
    private let old = TestKey.first[1]
    private let new = TestKey.second[1]
    private let issuer = TestIssuer(keys: [TestKey.first[1]])

    private func token(_ key: TestKey, _ id: String? = nil) throws -> String {
        let later = TestIssuer.start.seconds + 400_000
        return try key.token(
            key.header(["kid": .string(id ?? key.id)]), issuer.claims(["exp": .int(later)]))
    }

    @Test func keysAreFetchedWhenTheyAreNeededAndNotBefore() async throws {
        let checked = issuer.issuer()
        #expect(issuer.requests.isEmpty)
        #expect(await checked.failure("rubbish") == .fault(.shape))
        #expect(await checked.failure(try token(old).replacing(".", with: "..")) == .fault(.shape))
        #expect(issuer.requests.isEmpty)
        for _ in 0..<5 { #expect(await checked.failure(try token(old)) == nil) }
        #expect(
            issuer.requests.map(\.url) == [
                issuer.url + "/.well-known/openid-configuration", issuer.url + "/keys",
            ])
    }

    @Test func aNewKeyIsTakenAndAnOldOneNoMore() async throws {
        let checked = issuer.issuer()
        #expect(await checked.failure(try token(old)) == nil)
        issuer.publish([new.jwk])
        #expect(await checked.failure(try token(new)) == .fault(.key), "it has just looked")
        issuer.pass(KeyRing.pause)
        #expect(await checked.failure(try token(new)) == nil)
        #expect(await checked.failure(try token(old)) == .fault(.key))
        #expect(issuer.fetches == 2)
    }

    /// Nothing new has to come for it: the key was stolen, and the issuer has taken it away.
    @Test func aKeyThatIsGoneIsRefusedOnceTheKeysAreOld() async throws {
        issuer.publish([old.jwk, new.jwk])
        let checked = issuer.issuer()
        #expect(await checked.failure(try token(old)) == nil)
        issuer.publish([new.jwk])
        issuer.pass(KeyRing.usual - .seconds(1))
        #expect(await checked.failure(try token(old)) == nil)
        issuer.pass(.seconds(1))
        #expect(await checked.failure(try token(old)) == .fault(.key))
    }

    /// A signature that was right under the old one is not remembered under the new one.
    @Test func anotherKeyUnderTheSameNameIsAnotherKey() async throws {
        let checked = issuer.issuer()
        let once = try token(old)
        #expect(await checked.failure(once) == nil)
        let foreign = TestKey.foreign[1]
        issuer.publish([foreign.jwk])
        issuer.pass(KeyRing.usual)
        #expect(await checked.failure(once) == .fault(.signature))
        #expect(await checked.failure(try token(foreign)) == nil)
    }

    /// An issuer that names no keys has another one after a restart.
    @Test func aWrongSignatureAsksForTheKeysOnce() async throws {
        var nameless = old.jwk
        nameless["kid"] = .none
        issuer.publish([nameless])
        let checked = issuer.issuer()
        func token(_ key: TestKey) throws -> String {
            try key.token(["alg": "ES256"], issuer.claims())
        }
        #expect(await checked.failure(try token(old)) == nil)
        var successor = new.jwk
        successor["kid"] = .none
        issuer.publish([successor])
        #expect(await checked.failure(try token(new)) == .fault(.signature), "it has just looked")
        issuer.pass(KeyRing.pause)
        #expect(await checked.failure(try token(new)) == nil)
        for _ in 0..<20 { #expect(await checked.failure(try token(old)) == .fault(.signature)) }
        #expect(issuer.fetches == 2)
        issuer.pass(KeyRing.pause)
        issuer.go(down: true)
        #expect(await checked.failure(try token(old)) == .fault(.signature))
        #expect(await checked.failure(try token(new)) == nil)
    }

    @Test func namesThatAreMadeUpMakeNoStorm() async throws {
        let checked = issuer.issuer()
        #expect(await checked.failure(try token(old)) == nil)
        for turn in 0..<300 {
            #expect(await checked.failure(try token(old, "made-up-\(turn)")) == .fault(.key))
            issuer.pass(.seconds(1))
        }
        #expect(issuer.fetches <= 11)
        #expect(await checked.failure(try token(old)) == nil)
    }

    @Test(
        arguments: [
            (nil, 3_600), ("max-age=600", 600), ("public, max-age=1200, must-revalidate", 1_200),
            ("max-age=1", 300), ("no-store", 300), ("no-cache, max-age=7200", 300),
            ("max-age=99999999999", 86_400), ("max-age=rubbish", 3_600), ("max-age=-5", 300),
            ("Max-Age=700", 700), ("s-maxage=10", 3_600),
        ] as [(String?, Int64)])
    func theIssuerSaysHowLongItsKeysAreFreshWithinBounds(
        header: String?, seconds: Int64
    ) async throws {
        issuer.publish([old.jwk], header.map { [(name: "Cache-Control", value: $0)] } ?? [])
        let checked = issuer.issuer()
        #expect(await checked.failure(try token(old)) == nil)
        issuer.pass(.seconds(seconds - 1))
        #expect(await checked.failure(try token(old)) == nil)
        #expect(issuer.fetches == 1)
        issuer.pass(.seconds(1))
        #expect(await checked.failure(try token(old)) == nil)
        #expect(issuer.fetches == 2)
    }

    @Test func whileTheIssuerIsDownItsKeysGoOnForADay() async throws {
        let checked = issuer.issuer()
        #expect(await checked.failure(try token(old)) == nil)
        issuer.go(down: true)
        for _ in 0..<23 {
            issuer.pass(.seconds(3_600))
            #expect(await checked.failure(try token(old)) == nil)
        }
        guard case .unavailable(let reason) = await checked.failure(try token(new)) else {
            Issue.record("an unknown key while nobody can be asked says nothing of a token")
            return
        }
        #expect(reason.hasSuffix("cannot be fetched: nobody listens there"))
        issuer.pass(.seconds(3_600))
        let unproven = await #expect(throws: Unproven.self) {
            try await JWTAuthenticator([checked]).principal(token: token(old))
        }
        #expect(unproven?.isUnavailable == true)
        issuer.go(down: false)
        issuer.pass(KeyRing.pause)
        #expect(await checked.failure(try token(old)) == nil)
    }

    @Test func anIssuerThatIsDownIsAskedNowAndThen() async throws {
        issuer.go(down: true)
        let checked = issuer.issuer()
        for _ in 0..<60 {
            guard case .unavailable = await checked.failure(try token(old)) else {
                Issue.record("nobody can know that")
                return
            }
            issuer.pass(.seconds(1))
        }
        #expect(issuer.requests.count == 2)
        issuer.go(down: false)
        #expect(await checked.failure(try token(old)) == nil)
    }

    @Test(arguments: [-86_400, -31_536_000])
    func aClockThatIsSetBackKeepsNoKeys(seconds: Int64) async throws {
        let checked = issuer.issuer()
        let token = try old.token(old.header(), issuer.claims(["iat": 0]))
        #expect(await checked.failure(token) == nil)
        issuer.publish([new.jwk])
        issuer.pass(.seconds(seconds))
        #expect(await checked.failure(token) == .fault(.key))
    }

    // MARK: Many at a time

    @Test func manyWaitForOneFetch() async throws {
        let checked = issuer.issuer()
        let token = try token(old)
        issuer.close()
        await withTaskGroup(of: Issuer.Failure?.self) { group in
            for _ in 0..<50 { group.addTask { await checked.failure(token) } }
            while !issuer.isAsked { await Task.yield() }
            issuer.open()
            for await failure in group { #expect(failure == nil) }
        }
        #expect(issuer.fetches == 1)
    }

    @Test func whoeverGoesLeavesTheFetchToTheNext() async throws {
        let checked = issuer.issuer()
        let token = try token(old)
        issuer.close()
        async let first = checked.failure(token)
        while !issuer.isAsked { await Task.yield() }
        async let second = checked.failure(token)
        issuer.open(.failure(CancellationError()))
        let both = await [first, second]
        #expect(both == [nil, nil])
    }

    // MARK: Which keys are keys

    @Test func keysThatAreNoneForThisAreLeftOut() async throws {
        let weak = TestKey.rsa(.rs256, "weak", bits: 1_024)
        let rsa = TestKey.first[0]
        let good = rsa.jwk
        func with(_ jwk: Value, _ changes: Value) -> Value {
            .map((jwk.mapValue ?? ValueMap()).merging(changes.mapValue ?? ValueMap()))
        }
        let wrong: [Value] = [
            weak.jwk, with(good, ["use": "enc"]), with(good, ["key_ops": ["sign"]]),
            with(good, ["d": "AQAB"]), with(good, ["kty": "EC"]), with(good, ["kty": "oct"]),
            with(good, ["k": "AQAB"]), with(good, ["e": "AQ"]), with(good, ["e": "AA"]),
            with(good, ["e": "Ag"]), with(good, ["n": ""]), with(good, ["n": "AQAB"]),
            with(good, ["n": 5]), with(good, ["alg": "RS512"]), with(good, ["alg": "RSA-OAEP"]),
            with(good, ["kid": ""]), with(good, ["kid": 1]), with(good, ["crv": "P-256"]),
            with(old.jwk, ["crv": "P-384"]), with(old.jwk, ["y": old.jwk["x"] ?? .null]),
            with(old.jwk, ["x": "AA"]), with(old.jwk, ["crv": "secp256k1"]),
            with(TestKey.first[2].jwk, ["crv": "X25519"]),
            with(TestKey.first[2].jwk, ["x": "AA"]), .null, 1, [], [:],
        ]
        for jwk in wrong {
            #expect(await IssuerKey.read(jwk, TestKey.algorithms).isEmpty, "\(jwk)")
        }
        for key in TestKey.first {
            #expect(await IssuerKey.read(key.jwk, TokenAlgorithm.allCases).count == 1)
        }
        var any = good
        any["alg"] = .none
        #expect(await IssuerKey.read(any, [.rs256, .ps256, .es256]).count == 2)
    }

    @Test(arguments: [
        IssuerAnswer(status: 404, body: []), IssuerAnswer(status: 200, body: Array("<html>".utf8)),
        TestIssuer.json(["keys": []]), TestIssuer.json(["keys": [:]]), TestIssuer.json([]),
        TestIssuer.json(["keys": .list(Array(repeating: TestKey.first[1].jwk, count: 101))]),
        IssuerAnswer(status: 302, headers: [("Location", "http://evil.test")], body: []),
        IssuerAnswer(status: 200, body: Array(#"{"keys":[],"keys":[]}"#.utf8)),
    ])
    func anAnswerThatIsNoSetOfKeysTakesNoneAway(answer: IssuerAnswer) async throws {
        let checked = issuer.issuer()
        #expect(await checked.failure(try token(old)) == nil)
        issuer.set("/keys", answer)
        issuer.pass(.seconds(7_200))
        #expect(await checked.failure(try token(old)) == nil)
        #expect(issuer.fetches == 2)
    }

    @Test func onlyWhatIsTheIssuersOwnAndEncryptedIsFollowed() async throws {
        let changes: [Value] = [
            ["issuer": "https://evil.test"], ["issuer": .string(issuer.url + "/")],
            ["issuer": .null], ["jwks_uri": .null], ["jwks_uri": "http://login.acme.example/keys"],
            ["jwks_uri": "http://127.0.0.1/keys"], ["jwks_uri": "file:///etc/passwd"],
            ["jwks_uri": "https://a@evil.test/keys"], ["jwks_uri": "https:///keys"],
            ["jwks_uri": "https://login.acme.example/a b"], ["token_endpoint": "gopher://x"],
        ]
        for change in changes {
            let one = TestIssuer(keys: [old])
            let document = (one.discovery.mapValue ?? ValueMap())
                .merging(change.mapValue ?? ValueMap())
            one.set("/.well-known/openid-configuration", TestIssuer.json(.map(document)))
            guard case .unavailable = await one.issuer().failure(try token(old)) else {
                Issue.record("\(change)")
                continue
            }
            #expect(one.fetches == 0, "\(change)")
        }
    }

    @Test func keysWithoutDiscoveryAreAskedForDirectly() async throws {
        var settings = issuer.settings
        settings.keys = ExactText(issuer.url + "/keys")
        #expect(await issuer.issuer(settings).failure(try token(old)) == nil)
        #expect(issuer.requests.map(\.url) == [issuer.url + "/keys"])
    }

    // MARK: What is remembered

    @Test func noMoreIsRememberedThanFits() async throws {
        let memory = SignatureMemory(capacity: 8)
        let keys = await IssuerKey.read(old.jwk, [.es256])
        let key = try #require(keys.first)
        var verified = 0
        func isRight(_ subject: Int, at moment: Timestamp = TestIssuer.start) throws -> Bool {
            let claims = issuer.claims(["sub": .string("\(subject)")])
            let token = try SignedToken("e30.\(Base64URL.encode(JSON.encode(claims))).AAAA")
            return memory.holds(token, key, at: moment) {
                verified += 1
                return true
            }
        }
        for subject in 0..<100 { #expect(try isRight(subject)) }
        #expect(verified == 100)
        #expect(memory.count <= 8)
        #expect(try isRight(99))
        #expect(verified == 100)
        #expect(try isRight(99, at: TestIssuer.start + .seconds(300)))
        #expect(verified == 101)
    }
}
