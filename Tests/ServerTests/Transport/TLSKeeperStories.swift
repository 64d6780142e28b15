import Access
import Definition
import Foundation
import NIOSSL
import OpenMetrics
import Testing
import Values
import X509

@testable import Server

/// The server's own certificate: what is refused at the start, and what becomes of it when its files change.
@Suite(.timeLimit(.minutes(10))) struct TLSKeeperStories {
    private static var now: Timestamp {
        Timestamp(seconds: Int64(Date().timeIntervalSince1970))
    }

    private static func keeper(
        _ files: TestFiles, _ certificate: String, _ key: String, mode: Int = 0o600
    ) throws -> TLSKeeper {
        try TLSKeeper(
            TLSFiles(
                certificate: files.write(certificate, "server.pem"),
                key: files.write(key, "server.key", mode: mode)),
            now: now)
    }

    /// - Returns: what is said of them; nil: they are taken.
    private static func fault(_ certificate: String, _ key: String, mode: Int = 0o600) throws
        -> String?
    {
        let files = try TestFiles()
        do {
            _ = try keeper(files, certificate, key, mode: mode)
            return nil
        } catch let problem as Problem {
            #expect(problem.fix?.isEmpty == false, "\(problem.message)")
            return problem.message
        }
    }

    @Test func whatWouldFailLaterIsRefusedAtTheStart() throws {
        let authority = try TestAuthority("authority")
        let server = try authority.server()
        let (certificate, key) = (try server.certificatePEM, server.keyPEM)
        let other = try authority.server()
        #expect(try Self.fault(certificate, key) == nil)
        #expect(try Self.fault(certificate, key, mode: 0o400) == nil)
        for mode in [0o640, 0o604, 0o644, 0o660, 0o606] {
            let fault = try Self.fault(certificate, key, mode: mode)
            #expect(fault?.contains("can be read by others") == true, "\(mode)")
        }
        let table: [(certificate: String, key: String, says: String)] = [
            (certificate, other.keyPEM, "is not the key of the certificate"),
            (try authority.pem + certificate, key, "is not the server's own"),
            ("", key, "holds no certificate"), ("nonsense", key, "no certificate"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key,
                "something that is no certificate"
            ),
            (key, key, "holds no certificate"), (certificate, "", "no key that can be used"),
            (certificate, certificate, "no key that can be used"),
            (
                certificate,
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "locked by a password"
            ),
        ]
        for (certificate, key, says) in table {
            let fault = try Self.fault(certificate, key)
            #expect(fault?.contains(says) == true, "\(says): \(fault ?? "taken")")
        }
        let specs: [(says: String, change: (inout TestIdentity.Spec) -> Void)] = [
            ("was valid until", { $0.until = -60 }), ("is not valid before", { $0.from = 3_600 }),
            ("is not meant for a server", { $0.usages = [.clientAuth] }),
        ]
        for (says, change) in specs {
            let identity = try authority.server(change)
            let fault = try Self.fault(identity.certificatePEM, identity.keyPEM)
            #expect(fault?.contains(says) == true, "\(says): \(fault ?? "taken")")
        }
    }

    @Test func aFileThatIsNotThereIsNamed() throws {
        let error = #expect(throws: Problem.self) {
            try TLSKeeper(TLSFiles(certificate: "/none/s.pem", key: "/none/s.key"), now: Self.now)
        }
        #expect(error?.message.contains("/none/s.pem") == true)
    }

    @Test func newConnectionsGetTheNewCertificateAndLivingOnesGoOn() async throws {
        let authority = try TestAuthority("authority")
        let files = try TestFiles()
        let (first, second) = try (authority.server(), authority.server { $0.until *= 2 })
        let keeper = try Self.keeper(files, first.certificatePEM, first.keyPEM)
        try await withGuardedServer(tls: keeper) { client in
            var living = try await TLSConnection(port: client.port, trusting: authority)
            #expect(try await living.ask("/livez").status == 200)
            let before = try await living.serverSerial()

            try files.write(second.certificatePEM, "server.pem")
            try files.write(second.keyPEM, "server.key")
            guard case .renewed = keeper.renew(now: Self.now) else {
                Issue.record("the files were not looked at")
                return
            }
            #expect(keeper.renew(now: Self.now) == .unchanged)
            var next = try await TLSConnection(port: client.port, trusting: authority)
            #expect(try await next.ask("/livez").status == 200)
            #expect(try await next.serverSerial() != before)
            #expect(try await living.ask("/livez").status == 200)
            await living.close()
            await next.close()
        }
    }

    @Test func whatCannotBeUsedIsSaidAndTheOneBeforeGoesOn() async throws {
        let authority = try TestAuthority("authority")
        let files = try TestFiles()
        let server = try authority.server { $0.until = 60 * TestAuthority.day }
        let keeper = try Self.keeper(files, server.certificatePEM, server.keyPEM)
        try await withGuardedServer(tls: keeper, telemetry: Self.telemetry) { client in
            func ask(_ path: String) async throws -> TLSConnection.Answer {
                var connection = try await TLSConnection(port: client.port, trusting: authority)
                defer { connection.channel.close(promise: nil) }
                return try await connection.ask(path)
            }
            #expect(try await !ask("/readyz").body.contains("certificate"))
            // Half of a pair: the new certificate is there, its key not yet.
            let next = try authority.server()
            try files.write(next.certificatePEM, "server.pem")
            guard case .kept(let standing) = keeper.renew(now: Self.now) else {
                Issue.record("a broken pair was taken")
                return
            }
            #expect(standing.fault?.message.contains("is not the key") == true)
            #expect(try await ask("/readyz").body.contains("is not the key"))
            #expect(try await ask("/v1/system").body.contains("is not the key"))
            #expect(try await ask("/metrics").body.contains("pawl_certificate_expiry_seconds"))
            try files.write(next.keyPEM, "server.key")
            guard case .renewed = keeper.renew(now: Self.now) else {
                Issue.record("the whole pair was not taken")
                return
            }
            // It ends within 14 days.
            #expect(try await ask("/readyz").body.contains("expires"))
            #expect(try await !ask("/readyz").body.contains("fault"))
        }
    }

    @Test func aCertificateThatIsTakenBackIsRefusedWithTheNextRequest() async throws {
        let authority = try TestAuthority("authority")
        let files = try TestFiles()
        let server = try authority.server()
        let keeper = try TLSKeeper(
            TLSFiles(
                certificate: files.write(server.certificatePEM, "server.pem"),
                key: files.write(server.keyPEM, "server.key"),
                clients: TLSFiles.Clients(
                    authorities: files.write(authority.pem, "ca.pem"),
                    revoked: .file(files.write("# none yet\n", "revoked")))),
            now: Self.now)
        let rules = [CertificateRule(.name(kind: .dns, "a.internal"), roles: ["operator"])]
        let access = AccessControl.lettingIn([CertificateAuthenticator(rules, keeper)])
        try await withGuardedServer(tls: keeper, access: access) { client in
            let identity = try authority.client([.dnsName("a.internal")]) {
                $0.serial = Certificate.SerialNumber(bytes: [0x4E, 0x01] as [UInt8])
            }
            var connection = try await TLSConnection(
                port: client.port, trusting: authority, as: identity)
            #expect(try await connection.ask("/v1/workflows").status == 200)
            try files.write("4E01  # lost on a train\n", "revoked")
            guard case .renewed = keeper.renew(now: Self.now) else {
                Issue.record("the list was not looked at")
                return
            }
            #expect(try await connection.ask("/v1/workflows").status == 401)
            await connection.close()
        }
    }

    @Test func onlySafeVersionsAreSpoken() async throws {
        let authority = try TestAuthority("authority")
        let files = try TestFiles()
        let server = try authority.server()
        let keeper = try Self.keeper(files, server.certificatePEM, server.keyPEM)
        try await withGuardedServer(tls: keeper) { client in
            func version(
                _ change: (inout TLSConfiguration) -> Void
            ) async throws -> TLSVersion? {
                var connection = try await TLSConnection(
                    port: client.port, trusting: authority, change: change)
                defer { connection.channel.close(promise: nil) }
                let answer = try await connection.ask("/livez")
                #expect(answer.head.lowercased().contains("strict-transport-security: max-age="))
                return try await connection.channel.nioSSL_tlsVersion().get()
            }
            let usual = try await version { _ in }
            #expect(usual == .tlsv13)
            let older = try await version { $0.maximumTLSVersion = .tlsv12 }
            #expect(older == .tlsv12)
            await #expect(throws: (any Error).self) {
                _ = try await version {
                    $0.minimumTLSVersion = .tlsv1
                    $0.maximumTLSVersion = .tlsv11
                }
            }
            await #expect(throws: (any Error).self) {
                _ = try await version {
                    $0.maximumTLSVersion = .tlsv12
                    $0.cipherSuiteValues = [.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]
                }
            }
        }
        withExtendedLifetime(files) {}
    }

    private static var telemetry: Telemetry {
        Telemetry(MetricRegistry(Telemetry.declarations), version: "1")
    }
}
