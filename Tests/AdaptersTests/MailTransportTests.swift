import Execution
import Testing
import Values

@testable import Adapters

@Suite("libcurl transport: mail", .serialized)
struct MailTransportTests {
    private func transport(caFile: String? = nil) throws -> CurlTransport {
        try #require(
            CurlTransport(rules: Fixture.loopback(), options: .init(caFile: caFile)))
    }

    private func mail(
        port: Int, encryption: MailRequest.Encryption = .opportunistic,
        credentials: Credentials? = nil, key: String = "order/1009/3",
        to: String = "ann@example.org",
        text: String = "Hello\n.\n..two\nFrom here", timeout: Duration = .seconds(20)
    ) throws -> OutgoingRequest {
        .mail(
            MailRequest(
                host: .name("localhost"), port: port, encryption: encryption,
                credentials: credentials,
                message: MailMessage(
                    from: try #require(MailAddress("Lab <lab@example.com>")),
                    to: [try #require(MailAddress(to))], subject: "Prüfsatz", text: text, html: nil,
                    messageID: MailMessage.messageID(key: key, domain: "example.com"),
                    date: Timestamp(seconds: 1_767_268_800)),
                timeout: timeout))
    }

    private func code(_ result: Result<Answer, TransportFailure>) throws -> Int {
        guard case .mail(let reply) = try result.get() else { throw Missing("a reply") }
        return reply.code
    }

    private func failure(
        _ result: Result<Answer, TransportFailure>
    ) throws -> TransportFailure {
        guard case .failure(let failure) = result else { throw Missing("a failure") }
        return failure
    }

    private static let messageID = "Message-ID: <pawl.order=2F1009=2F3@example.com>"

    // MARK: A server that follows a script

    @Test("the message arrives as it was built, once, with its dots")
    func wire() async throws {
        let server = try ScriptedMailServer(verdict: "250 taken")
        defer { server.stop() }
        #expect(try code(await transport().perform(mail(port: server.port))) == 250)
        #expect(server.seen.contains("MAIL FROM:<lab@example.com>"))
        #expect(server.seen.contains("RCPT TO:<ann@example.org>"))
        #expect(server.seen.contains(Self.messageID) && server.seen.contains("=2E"))
        #expect(server.seen.count { $0 == "." } == 1)
    }

    @Test(
        "a refusal at any point is the server's answer",
        arguments: [
            (["MAIL": "451 later"], "250 ok", 451), (["RCPT": "550 nobody"], "250 ok", 550),
            (["DATA": "554 no"], "250 ok", 554), ([:], "552 too big", 552), ([:], "451 later", 451),
        ])
    func refusals(replies: [String: String], verdict: String, expected: Int) async throws {
        let server = try ScriptedMailServer(replies: replies, verdict: verdict)
        defer { server.stop() }
        #expect(try code(await transport().perform(mail(port: server.port))) == expected)
    }

    @Test(
        "a connection lost after the message leaves the effect unknown; before it, nothing happened"
    )
    func lost() async throws {
        let after = try ScriptedMailServer(verdict: nil)
        let before = try ScriptedMailServer(replies: ["RCPT": ""], verdict: nil)
        defer {
            after.stop()
            before.stop()
        }
        #expect(try failure(await transport().perform(mail(port: after.port))).wasSent)
        #expect(try !failure(await transport().perform(mail(port: before.port))).wasSent)
    }

    @Test("a password is never sent without TLS, also when the server asks for it")
    func noPlainPasswords() async throws {
        let server = try ScriptedMailServer(
            replies: ["EHLO": "250-localhost\r\n250 AUTH PLAIN LOGIN"], verdict: "250 ok")
        defer { server.stop() }
        let request = try mail(
            port: server.port, encryption: .required,
            credentials: Credentials(user: "lab", password: "secret"))
        let end = try failure(await transport().perform(request))
        #expect(!end.wasSent)
        #expect(!server.seen.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
    }

    @Test("a mail without anybody to take it was not sent")
    func refused() async throws {
        let end = try failure(
            await transport().perform(mail(port: LoopbackListener.unusedPort())))
        #expect(end.kind == .unreachable && !end.wasSent)
    }

    // MARK: OpenSMTPD

    @Test(
        "OpenSMTPD delivers; a repeat is the same mail; a foreign recipient is refused",
        .enabled(if: Peers.has(Peers.openSMTPD), "smtpd is not installed"))
    func openSMTPD() async throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let server = try MailServer.openSMTPD(folder)
        defer { server.stop() }
        let transport = try transport()
        // Of this run only.
        let key = folder.path
        for number in Int64(1)...2 {
            let request = try mail(port: server.port, key: key)
            #expect(try code(await transport.perform(request, number)) == 250)
        }
        let foreign = try mail(port: server.port, to: "ann@example.net")
        #expect(try code(await transport.perform(foreign, 3)) == 550)
        let id = MailMessage.messageID(key: key, domain: "example.com")
        let mails = folder.mails(2, holding: "Message-ID: \(id)")
        #expect(mails.count == 2)
        for mail in mails {
            #expect(mail.contains("Date: Thu, 01 Jan 2026 12:00:00 +0000"))
            #expect(mail.contains("Hello\n=2E\n=2E.two\n=46rom here"))
        }
    }

    // MARK: STARTTLS and AUTH

    @Test(
        "STARTTLS and AUTH: the mail is taken from who knows the password, over a verified connection",
        .enabled(
            if: Peers.has("/usr/lib/python3/dist-packages/aiosmtpd"), "aiosmtpd is not installed"))
    func startTLS() async throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try folder.makeCertificate()
        let server = try MailServer.startTLS(folder)
        defer { server.stop() }
        let transport = try transport(caFile: folder.file("cert.pem"))
        func result(_ number: Int64, _ password: String?) async throws -> Result<
            Answer, TransportFailure
        > {
            let credentials = password.map { Credentials(user: "lab", password: $0) }
            return await transport.perform(
                try mail(port: server.port, encryption: .required, credentials: credentials), number
            )
        }
        #expect(try code(await result(1, "secret")) == 250)
        #expect(try code(await result(2, "secret")) == 250)
        #expect(try code(await result(3, "wrong")) == 535)
        #expect(try code(await result(4, nil)) == 530)
        let stranger = try self.transport()
        let unverified = try failure(
            await stranger.perform(
                mail(
                    port: server.port, encryption: .required,
                    credentials: Credentials(user: "lab", password: "secret"))))
        #expect(unverified.kind == .unreachable && !unverified.wasSent)
        #expect(folder.mails(2, holding: Self.messageID).count == 2)
    }
}
