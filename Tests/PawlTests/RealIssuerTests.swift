import Access
import Adapters
import Foundation
import Identity
import Synchronization
import Testing
import Values

@testable import Assembly

private let issuerURL = ProcessInfo.processInfo.environment["PAWL_OIDC_URL"]

/// Against an issuer that nobody here wrote: `scripts/oidc` runs it, and says where (`PAWL_OIDC_URL`).
@Suite(.enabled(if: issuerURL != nil))
struct RealIssuerTests {
    private static let redirect = "http://127.0.0.1:9/login/here/callback"

    private let later = Later()

    /// A clock that goes on when it is told to.
    private final class Later: Sendable {
        private let seconds = Mutex<Int64>(0)

        var now: Timestamp {
            Timestamp(seconds: Int64(Date().timeIntervalSince1970) + seconds.withLock { $0 })
        }

        func pass(_ span: Int64) { seconds.withLock { $0 += span } }
    }

    private func issuers() throws -> Issuers {
        var settings = IssuerSettings(
            name: "here", issuer: try #require(issuerURL), audience: "pawl")
        settings.roles = [RoleRule(claim: ["groups"], map: ["pawl-ops": ["operator"]])]
        settings.client = IssuerSettings.Client(id: "pawl-web", scopes: ["profile"])
        return try Issuers(
            [IssuerConfiguration(settings: settings, secret: .literal("any"))],
            settings: .process, now: { later.now })
    }

    /// As a client of any name and secret, which that issuer takes.
    private func post(_ url: String, _ fields: [(String, String)]) async throws -> IssuerAnswer {
        let transport = try #require(
            CurlTransport(rules: AddressRules(allowedHosts: ["localhost"])))
        let body = fields.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        return try await IssuerPost(over: transport).send(
            IssuerRequest(
                url: url,
                headers: [
                    (name: "Content-Type", value: "application/x-www-form-urlencoded"),
                    (
                        name: "Authorization",
                        value: "Basic " + Base64.encode(Array("pawl-web:any".utf8))
                    ),
                ],
                body: Array(body.utf8)))
    }

    /// What the browser comes back with once somebody has agreed, or not.
    private func authorize(
        _ url: String, _ fields: [(String, String)]
    ) async throws -> [(name: String, value: String)] {
        let answer = try await post(url, fields)
        try #require(answer.status == 302, "\(String(decoding: answer.body, as: UTF8.self))")
        let place = try #require(
            answer.headers.first { $0.name.lowercased() == "location" }?.value)
        #expect(place.hasPrefix(Self.redirect + "?"))
        let items = try #require(URLComponents(string: place)?.queryItems)
        return items.map { (name: $0.name, value: $0.value ?? "") }
    }

    @Test func somebodyLogsIn() async throws {
        let login = try #require(try issuers().logins.first)
        let begun = try await login.begin(redirect: Self.redirect)
        let query = try await authorize(begun.url, [("sub", "ana")])
        let principal = try await login.finish(query, begun)
        #expect(principal.subject == "ana")
        #expect(principal.roles == ["operator"])
        let again = await #expect(throws: Unproven.self) { try await login.finish(query, begun) }
        #expect(again?.reason.contains("invalid_grant") == true, "a code is used once")
    }

    @Test func whoeverIsDeniedIsTold() async throws {
        let login = try #require(try issuers().logins.first)
        let begun = try await login.begin(redirect: Self.redirect)
        let query = try await authorize(begun.url, [("sub", "ana"), ("action", "deny")])
        let unproven = await #expect(throws: Unproven.self) {
            // That issuer leaves out the state of what it denies.
            try await login.finish(
                query.filter { $0.name != "state" } + [(name: "state", value: begun.state)], begun)
        }
        #expect(unproven?.reason.hasSuffix("(access_denied)") == true)
    }

    @Test func aCodeWithoutItsVerifierIsNone() async throws {
        let login = try #require(try issuers().logins.first)
        let begun = try await login.begin(redirect: Self.redirect)
        let query = try await authorize(begun.url, [("sub", "ana")])
        let thief = LoginBegun(
            url: begun.url, redirect: begun.redirect, state: begun.state, nonce: begun.nonce,
            verifier: String(repeating: "v", count: 43))
        let unproven = await #expect(throws: Unproven.self) {
            try await login.finish(query, thief)
        }
        #expect(unproven?.reason.contains("invalid_grant") == true)
    }

    /// An access token of that issuer's, as any client of it gets one.
    private func token(_ issuers: Issuers) async throws -> (access: String, id: String) {
        let login = try #require(issuers.logins.first)
        let begun = try await login.begin(redirect: Self.redirect)
        let code = try await authorize(begun.url, [("sub", "ana")])
            .first { $0.name == "code" }?.value
        let answer = try await post(
            try #require(issuerURL) + "/oauth2/token",
            [
                ("grant_type", "authorization_code"), ("code", try #require(code)),
                ("redirect_uri", Self.redirect), ("code_verifier", begun.verifier),
            ])
        let document = try JSON.parse(answer.body)
        return (
            try #require(document["access_token"]?.stringValue),
            try #require(document["id_token"]?.stringValue)
        )
    }

    private func subject(_ issuers: Issuers, _ token: String) async throws(Unproven) -> String? {
        try await issuers.authenticator.principal(
            for: Access.Credentials(authorization: "Bearer \(token)"))?.subject
    }

    @Test func itsTokensAreTakenUntilItsKeyIsAnother() async throws {
        let issuers = try issuers()
        let first = try await token(issuers)
        #expect(try await subject(issuers, first.access) == "ana")
        await #expect(throws: Unproven.self, "an ID token is for who logs in") {
            try await subject(issuers, first.id)
        }
        _ = try await post(try #require(issuerURL) + "/rotate", [])
        later.pass(31)
        let second = try await token(issuers)
        #expect(try await subject(issuers, second.access) == "ana")
        await #expect(throws: Unproven.self, "its key is gone") {
            try await subject(issuers, first.access)
        }
        later.pass(7_200)
        await #expect(throws: Unproven.self, "it has expired") {
            try await subject(issuers, second.access)
        }
    }
}
