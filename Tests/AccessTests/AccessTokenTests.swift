import Access
import Testing
import Values

/// A token proves who asks; what is nearly one proves nothing.
@Suite struct AccessTokenTests {
    private static let now = Timestamp(rfc3339: "2026-03-01T00:00:00Z") ?? .distantPast

    private static func token(_ text: AccessToken.Text) -> AccessToken {
        AccessToken(
            id: text.id, subject: "shop", roles: ["operator"], scope: .unbounded, note: "",
            createdAt: now, createdBy: "ana", expiresAt: now + .seconds(60), digest: text.digest)
    }

    @Test func itIsReadBackAndNotKept() throws {
        let text = AccessToken.Text.random()
        #expect(AccessToken.Text(parsing: text.text) == text)
        let token = Self.token(text)
        #expect(token.isProven(by: text))
        #expect(!token.isProven(by: AccessToken.Text.random()))
        #expect(!"\(token)".contains(text.text.dropFirst(16)))
    }

    @Test func noTwoAreAlike() {
        let texts = Set<ExactText>(
            (0..<1_000).map { _ in ExactText(AccessToken.Text.random().text) })
        #expect(texts.count == 1_000)
    }

    /// The last six characters tell a slip before anybody is asked.
    @Test func noSlipOfAKeyIsAToken() {
        let bytes = Array(AccessToken.Text.random().text.utf8)
        for index in bytes.indices {
            for other in [UInt8(ascii: "x"), UInt8(ascii: "Z"), 0x20, 0x5F]
            where other != bytes[index] {
                var changed = bytes
                changed[index] = other
                #expect(AccessToken.Text(parsing: String(decoding: changed, as: UTF8.self)) == nil)
            }
        }
    }

    @Test(arguments: [
        "", "pawl_", "pawl__", "pawl_abc_def",
        "PAWL_abcdefghjk_" + String(repeating: "A", count: 49),
        "pawl_abcdefghjk_" + String(repeating: "A", count: 49), " ", "Bearer", "\u{0}",
        "pawl_" + String(repeating: "é", count: 60), String(repeating: "a", count: 100_000),
    ])
    func whatHasNotTheShapeIsNone(_ text: String) {
        #expect(AccessToken.Text(parsing: text) == nil)
    }

    @Test func itHoldsUntilItsEndOrItsRevocation() {
        var token = Self.token(.random())
        #expect(token.holds(at: Self.now))
        #expect(!token.holds(at: Self.now + .seconds(60)))
        token.revokedAt = Self.now
        #expect(!token.holds(at: Self.now))
    }

    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER   abc", "abc"), ("Basic abc", nil),
        ("Bearer", nil), ("Bearer ", nil), ("abc", nil), ("", nil), ("Bearerabc", nil),
        ("Bearer a\nBearer b", "a\nBearer b"),
    ])
    func theHeaderIsRead(_ header: String, _ token: String?) {
        #expect(Credentials(authorization: header).bearer == token)
    }
}
