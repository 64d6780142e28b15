import Access
import Foundation
import SwiftASN1
import Testing
import Values
import X509

@testable import Server

/// Who shows which certificate, over real handshakes, and whether they are let in.
@Suite(.timeLimit(.minutes(10))) struct ClientCertificateStories {
    enum Outcome: Sendable, Hashable {
        case letIn
        /// By TLS itself.
        case noHandshake
        /// By what is looked at behind it.
        case unauthenticated
    }

    private static let dns = GeneralName.dnsName("ordering.internal")

    private static let rules = [
        CertificateRule(.name(kind: .dns, "ordering.internal"), roles: ["operator"]),
        CertificateRule(.name(kind: .uri, "spiffe://example.org/bank"), roles: ["operator"]),
        CertificateRule(.name(kind: .email, "ana@example.org"), roles: ["operator"]),
        CertificateRule(.commonName("till"), subject: "till-7", roles: ["operator"]),
    ]

    private static let revoked = Certificate.SerialNumber(bytes: [0x0A, 0xBC, 0xDE] as [UInt8])

    private static func world(isRequired: Bool = false) throws -> (
        TestAuthority, TestFiles, TLSKeeper
    ) {
        let authority = try TestAuthority("clients")
        let files = try TestFiles()
        let server = try authority.server()
        let keeper = try TLSKeeper(
            TLSFiles(
                certificate: files.write(server.certificatePEM, "s.pem"),
                key: files.write(server.keyPEM, "s.key"),
                clients: TLSFiles.Clients(
                    authorities: files.write(authority.pem, "ca.pem"), isRequired: isRequired,
                    revoked: .serials(["0a:BC:de"]))),
            now: Timestamp(seconds: Int64(Date().timeIntervalSince1970)))
        return (authority, files, keeper)
    }

    struct Case: Sendable {
        let name: String
        let outcome: Outcome
        let make: @Sendable (TestAuthority) throws -> TestIdentity?

        init(
            _ name: String, _ outcome: Outcome,
            _ make: @escaping @Sendable (TestAuthority) throws -> TestIdentity?
        ) {
            self.name = name
            self.outcome = outcome
            self.make = make
        }
    }

    private static let letIn = [
        Case("a name of DNS", .letIn) { try $0.client([dns]) },
        Case("a URI", .letIn) {
            try $0.client([.uniformResourceIdentifier("spiffe://example.org/bank")])
        },
        Case("an address of mail", .letIn) { try $0.client([.rfc822Name("ana@example.org")]) },
        Case("a common name", .letIn) { try $0.client([]) { $0.commonNames = ["till"] } },
        Case("one of many names", .letIn) {
            try $0.client([.dnsName("a.internal"), dns, .dnsName("b.internal")])
        },
        Case("by an authority below", .letIn) { try $0.intermediate("below").client([dns]) },
    ]

    private static let ofTLS = [
        Case("expired", .noHandshake) { try $0.client([dns]) { $0.until = -60 } },
        Case("not valid yet", .noHandshake) { try $0.client([dns]) { $0.from = 3_600 } },
        Case("of another authority of the same name", .noHandshake) { _ in
            try TestAuthority("clients").client([dns])
        },
        Case("of an authority of another name", .noHandshake) { _ in
            try TestAuthority("others").client([dns])
        },
        Case("signed by itself", .noHandshake) { _ in
            let own = try TestAuthority("ordering.internal")
            return TestIdentity(key: own.key, chain: [own.certificate])
        },
        Case("meant for a server", .noHandshake) {
            try $0.client([dns]) { $0.usages = [.serverAuth] }
        },
        Case("meant for signing code", .noHandshake) {
            try $0.client([dns]) { $0.usages = [.codeSigning] }
        },
        Case("without the one between", .noHandshake) {
            var identity = try $0.intermediate("below").client([dns])
            identity.chain.removeLast()
            return identity
        },
        Case("by one that is no authority", .noHandshake) {
            try $0.intermediate("till", isAuthority: false).client([dns])
        },
        Case("by an authority that has expired", .noHandshake) {
            try $0.intermediate("below", until: -60).client([dns])
        },
        Case("by a chain that is too long", .noHandshake) {
            try $0.intermediate("below", pathLength: 0).intermediate("lower").client([dns])
        },
        Case("another's certificate with one's own key", .noHandshake) {
            let victim = try $0.client([dns])
            let thief = try $0.client([.dnsName("thief.internal")])
            return TestIdentity(key: thief.key, chain: victim.chain)
        },
    ]

    private static let byRules = [
        Case("none", .unauthenticated) { _ in nil },
        Case("meant for nothing", .unauthenticated) { try $0.client([dns]) { $0.usages = nil } },
        Case("an authority's own", .unauthenticated) {
            let below = try $0.intermediate("till")
            return TestIdentity(key: below.key, chain: below.intermediates)
        },
        Case("revoked", .unauthenticated) { try $0.client([dns]) { $0.serial = revoked } },
        Case("another name", .unauthenticated) { try $0.client([.dnsName("other.internal")]) },
        Case("a name below", .unauthenticated) { try $0.client([.dnsName("a.ordering.internal")]) },
        Case("a name that only begins alike", .unauthenticated) {
            try $0.client([.dnsName("ordering.internal.example.org")])
        },
        Case("another case of letters", .unauthenticated) {
            try $0.client([.dnsName("Ordering.internal")])
        },
        Case("any name", .unauthenticated) { try $0.client([.dnsName("*.internal")]) },
        Case("a dot more", .unauthenticated) { try $0.client([.dnsName("ordering.internal.")]) },
        Case("a name with an end in it", .unauthenticated) {
            try $0.client([.dnsName("ordering.internal\0.example.org")])
        },
        Case("the name of another kind", .unauthenticated) {
            try $0.client([.uniformResourceIdentifier("ordering.internal")])
        },
        Case("the name as a common one", .unauthenticated) {
            try $0.client([]) { $0.commonNames = ["ordering.internal"] }
        },
        Case("a common name as one of DNS", .unauthenticated) {
            try $0.client([.dnsName("till")])
        },
        Case("two common names", .unauthenticated) {
            try $0.client([]) { $0.commonNames = ["till", "other"] }
        },
        Case("no name at all", .unauthenticated) { try $0.client([]) { $0.commonNames = [] } },
    ]

    private static func outcome(
        _ port: Int, _ authority: TestAuthority, _ identity: TestIdentity?
    ) async -> Outcome {
        do {
            var connection = try await TLSConnection(
                port: port, trusting: authority, as: identity)
            let answer = try await connection.ask("/v1/workflows")
            await connection.close()
            return answer.status == 200 ? .letIn : .unauthenticated
        } catch {
            return .noHandshake
        }
    }

    @Test func eachCertificateIsLetInOrNot() async throws {
        let (authority, files, keeper) = try Self.world()
        let access = AccessControl.lettingIn([CertificateAuthenticator(Self.rules, keeper)])
        try await withGuardedServer(tls: keeper, access: access) { client in
            for example in Self.letIn + Self.ofTLS + Self.byRules {
                let identity = try example.make(authority)
                let outcome = await Self.outcome(client.port, authority, identity)
                #expect(outcome == example.outcome, "\(example.name)")
            }
        }
        withExtendedLifetime(files) {}
    }

    @Test func whoShowsNoneIsNotHeardWhereOneIsRequired() async throws {
        let (authority, files, keeper) = try Self.world(isRequired: true)
        try await withGuardedServer(tls: keeper) { client in
            #expect(await Self.outcome(client.port, authority, nil) == .noHandshake)
            let good = try authority.client([Self.dns])
            #expect(await Self.outcome(client.port, authority, good) == .letIn)
        }
        withExtendedLifetime(files) {}
    }

    @Test func aPrincipalIsCalledAsTheRuleSays() async throws {
        let authority = try TestAuthority("clients")
        let authenticator = CertificateAuthenticator(Self.rules, nil)
        func principal(_ identity: TestIdentity) throws -> Principal? {
            try authenticator.principal(for: Credentials(certificates: [identity.der]))
        }
        let till = try authority.client([]) { $0.commonNames = ["till"] }
        let one = try #require(try principal(till))
        #expect(one.subject == "till-7")
        #expect(one.proof == .certificate(ExactText(SHA256.hex(of: try till.der))))
        let other = try #require(try principal(authority.client([Self.dns])))
        #expect(other.subject == "ordering.internal")
        let nobody = try authenticator.principal(for: Credentials())
        #expect(nobody == nil)
        #expect(throws: Unproven.self) {
            try authenticator.principal(for: Credentials(certificates: [[1, 2, 3]]))
        }
    }

    /// Over a connection that lives on.
    @Test func aCertificateEndsWhileItsConnectionLives() throws {
        let identity = try TestAuthority("clients").client([Self.dns])
        let credentials = Credentials(certificates: [try identity.der])
        func look(in seconds: TimeInterval) throws -> Principal? {
            try CertificateAuthenticator(
                Self.rules, nil, now: { Date(timeIntervalSinceNow: seconds) }
            ).principal(for: credentials)
        }
        let today = try look(in: 0)
        #expect(today != nil)
        #expect(throws: Unproven("the certificate has expired")) {
            try look(in: 2 * TestAuthority.day)
        }
        #expect(throws: Unproven("the certificate is not valid yet")) {
            try look(in: -2 * TestAuthority.day)
        }
    }

    @Test(
        arguments: [
            ("0a:BC:de", "abcde"), ("0xABCDE", "abcde"), ("serial=0ABCDE", "abcde"), ("000", "0"),
            ("", nil), ("xyz", nil), ("-1", nil), ("a b", nil),
        ] as [(String, String?)])
    func serialNumbersAreReadAsTheyAreWritten(text: String, number: String?) {
        #expect(ClientCertificate.serial(written: text) == number.map { ExactText($0) })
    }
}
