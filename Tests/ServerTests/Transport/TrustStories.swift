import Access
import Adapters
import Execution
import Foundation
import Testing
import Values
import X509

@testable import Server

/// The client that `pawl` and adapters speak with, against a server with certificates: what it says when one of the two does
/// not trust the other.
@Suite(.timeLimit(.minutes(10))) struct TrustStories {
    private static func now() -> Timestamp {
        Timestamp(seconds: Int64(Date().timeIntervalSince1970))
    }

    /// - Returns: the status; nil with why there is none.
    private static func ask(
        _ url: String, _ options: CurlTransport.Options
    ) async throws -> (status: Int?, distrust: Distrust?) {
        let transport = try #require(
            CurlTransport(
                rules: AddressRules(allowedHosts: ["127.0.0.1", "localhost", "::1"]),
                options: options))
        defer { transport.shutdown() }
        let request = OutgoingRequest.http(
            Adapters.HTTPRequest(
                method: "GET", url: url, headers: [], body: nil, timeout: .seconds(20),
                maximumResponseBytes: 1 << 20, isQuestion: true))
        let id = CallID(instance: InstanceID(0), activation: 0, dispatch: 0)
        let result = await withCheckedContinuation { continuation in
            transport.send(request, for: id) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(.http(let response)): return (response.status, nil)
        case .success: return (nil, nil)
        case .failure(let failure):
            if let distrust = failure.distrust { #expect(failure.message == distrust.sentence) }
            return (nil, failure.distrust)
        }
    }

    @Test func whatIsWrongWithACertificateIsSaid() async throws {
        let authority = try TestAuthority("authority")
        let other = try TestAuthority("authority")
        let files = try TestFiles()
        let server = try authority.server()
        let keeper = try TLSKeeper(
            TLSFiles(
                certificate: files.write(server.certificatePEM, "server.pem"),
                key: files.write(server.keyPEM, "server.key")),
            now: Self.now())
        let ca = try files.write(authority.pem, "ca.pem")
        let foreign = try files.write(other.pem, "other.pem")
        try await withGuardedServer(tls: keeper) { client in
            func ask(
                _ host: String, _ authorities: String?, scheme: String = "https"
            ) async throws -> (status: Int?, distrust: Distrust?) {
                try await Self.ask(
                    "\(scheme)://\(host):\(client.port)/livez", .init(caFile: authorities))
            }
            #expect(try await ask("localhost", ca).status == 200)
            #expect(try await ask("127.0.0.1", ca).status == 200)
            #expect(try await ask("localhost", nil).distrust == .unknownAuthority)
            // Of the same name, with another key.
            let wrong = try await ask("localhost", foreign).distrust
            #expect(wrong == .unknownAuthority || wrong == .otherwiseInvalid)
            #expect(try await ask("localhost", "/none/ca.pem").distrust == .authorityFile)
            // In the clear there is nothing to understand.
            #expect(try await ask("localhost", ca, scheme: "http").status == nil)

            let elsewhere = try authority.server { $0.names = [.dnsName("pawl.example")] }
            try files.write(elsewhere.certificatePEM, "server.pem")
            try files.write(elsewhere.keyPEM, "server.key")
            guard case .renewed = keeper.renew(now: Self.now()) else {
                Issue.record("not renewed")
                return
            }
            #expect(try await ask("localhost", ca).distrust == .otherName)

            let alone = try TestAuthority("localhost")
            try files.write(alone.pem, "server.pem")
            try files.write(alone.key.pemRepresentation, "server.key")
            guard case .renewed = keeper.renew(now: Self.now()) else {
                Issue.record("not renewed")
                return
            }
            #expect(try await ask("localhost", ca).distrust == .selfSigned)
        }
    }

    @Test func whatIsWrongWithOursIsSaid() async throws {
        let authority = try TestAuthority("authority")
        let files = try TestFiles()
        let server = try authority.server()
        let ca = try files.write(authority.pem, "ca.pem")
        let keeper = try TLSKeeper(
            TLSFiles(
                certificate: files.write(server.certificatePEM, "server.pem"),
                key: files.write(server.keyPEM, "server.key"),
                clients: TLSFiles.Clients(authorities: ca, isRequired: true)),
            now: Self.now())
        let own = try authority.client([.dnsName("a.internal")])
        let foreign = try TestAuthority("elsewhere").client([.dnsName("a.internal")])
        let paths = try (
            own: (
                files.write(own.certificatePEM, "own.pem"), files.write(own.keyPEM, "own.key")
            ),
            foreign: (
                files.write(foreign.certificatePEM, "f.pem"), files.write(foreign.keyPEM, "f.key")
            ),
            both: files.write(try own.certificatePEM + own.keyPEM, "both.pem")
        )
        try await withGuardedServer(tls: keeper) { client in
            func ask(
                _ certificate: String?, _ key: String?
            ) async throws -> (status: Int?, distrust: Distrust?) {
                var options = CurlTransport.Options(caFile: ca)
                options.certificateFile = certificate
                options.keyFile = key
                return try await Self.ask("https://localhost:\(client.port)/livez", options)
            }
            #expect(try await ask(paths.own.0, paths.own.1).status == 200)
            #expect(try await ask(paths.both, paths.both).status == 200)
            #expect(try await ask(nil, nil).distrust == .certificateWanted)
            let refused = try await ask(paths.foreign.0, paths.foreign.1).distrust
            #expect(refused == .certificateRefused)
            #expect(try await ask(paths.own.0, paths.foreign.1).distrust == .ownFiles)
            #expect(try await ask("/none/own.pem", "/none/own.key").distrust == .ownFiles)
        }
    }

    @Test func whoSpeaksNoTLSIsFoundOut() async throws {
        try await withGuardedServer { client in
            let answer = try await Self.ask("https://127.0.0.1:\(client.port)/livez", .init())
            #expect(answer.distrust == .noTLS)
        }
    }
}
