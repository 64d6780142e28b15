import Access
import Testing
import Values

@testable import Identity

/// Tokens that somebody made up, changed, kept too long or took from elsewhere.
@Suite struct ForgedTokenTests {
    @Test(arguments: Forger.all)
    func isRefused(forgery: Forgery) async throws {
        let token = try forgery.token()
        let issuer = TestIssuer()
        #expect(await issuer.issuer().failure(token) == .fault(forgery.fault))
        // The same by the door, whatever stands in a header of HTTP.
        await #expect(throws: Unproven.self) {
            if try await issuer.authenticator().principal(token: token) != nil { return }
            throw Unproven("it was taken for none")
        }
    }

    @Test func thereAreMany() {
        let forgeries = Forger.all
        #expect(forgeries.count >= 120)
        let names = Set<ExactText>(forgeries.map(\.description))
        #expect(names.count == forgeries.count)
        let unused = Set<TokenFault>(TokenFault.allCases).subtracting(forgeries.map(\.fault))
        #expect(unused == [.old, .nonce, .binding], "faults that settings and logins bring")
    }

    @Test func noChangedByteIsTaken() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(seed)
        let issuer = TestIssuer()
        let authenticator = issuer.authenticator()
        let tokens = try TestKey.first.map {
            Array(try $0.token($0.header(), issuer.claims()).utf8)
        }
        for token in tokens {
            #expect(try await authenticator.principal(token: text(token)) != nil)
        }
        for turn in 0..<10_000 {
            var token = tokens[turn % tokens.count]
            let place = Int.random(in: token.indices, using: &random)
            token[place] ^= UInt8.random(in: 1...127, using: &random)
            let changed = text(token)
            let isTaken = (try? await authenticator.principal(token: changed)) ?? nil
            #expect(isTaken == nil, "seed \(seed), turn \(turn): \(changed)")
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func aTokenOfOneIssuerIsNoneOfAnother() async throws {
        let keys = TestKey.foreign
        let acme = TestIssuer()
        let other = TestIssuer("https://login.other.example", keys: keys)
        let both = JWTAuthenticator([acme.issuer(), other.issuer()])
        func isTaken(_ key: TestKey, _ claims: Value) async throws -> Bool {
            (try? await both.principal(token: key.token(key.header(), claims))) ?? nil != nil
        }
        #expect(try await isTaken(TestKey.first[0], acme.claims()))
        #expect(try await isTaken(keys[0], other.claims()))
        #expect(try await !isTaken(TestKey.first[0], other.claims()))
        #expect(try await !isTaken(keys[0], acme.claims()))
    }

    /// What is remembered is a signature, not that a token is good.
    @Test func aTokenThatWasTakenIsRefusedOnceItIsStale() async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[1]
        let checked = issuer.issuer()
        let token = try key.token(key.header(), issuer.claims())
        #expect(await checked.failure(token) == nil)
        issuer.pass(.seconds(659))
        #expect(await checked.failure(token) == nil)
        issuer.pass(.seconds(1))
        #expect(await checked.failure(token) == .fault(.expired))
    }

    @Test func aTokensTextIsInNoMessage() async throws {
        let issuer = TestIssuer()
        let key = TestKey.first[1]
        let token = try key.token(key.header(), issuer.claims(["sub": "eve\u{1B}[2J", "exp": 1]))
        let failure = await #expect(throws: Unproven.self) {
            try await issuer.authenticator().principal(token: token)
        }
        #expect(failure == Unproven("a token of `acme`: it has expired"))
    }
}

/// A generator that can be started again from its seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
