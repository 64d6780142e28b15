import Foundation
import Synchronization

@testable import Adapters

/// A folder for one test, removed with `remove`; anybody may read and write in it, as mail servers run under
/// accounts of their own.
struct TestFolder {
    let path: String

    init() throws {
        path = "/tmp/pawl-mail-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o777])
        chmod(path, 0o777)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// A certificate for `localhost`, made on the spot: `key.pem` and `cert.pem`.
    func makeCertificate() throws {
        try run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", file("key.pem"), "-out",
                file("cert.pem"), "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ])
    }

    /// The delivered mails that hold the text, once there are `count` of them.
    func mails(_ count: Int, holding text: String) -> [String] {
        let folder = file("mail/new")
        for _ in 0..<2_000 {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let mails = names.sorted().compactMap {
                try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
            }.filter { $0.contains(text) }
            if mails.count >= count { return mails }
            // The server delivers after it has answered.
            poll(nil, 0, 10)
        }
        return []
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Missing("the result of \(program)") }
    }
}

/// A mail server in a process of its own.
struct MailServer {
    let port: Int
    private let process: Process

    /// By force: a process that was started on a thread of the pool inherits its blocked signals.
    func stop() {
        kill(process.processIdentifier, SIGKILL)
    }

    /// OpenSMTPD without TLS: takes mail for `example.org`, delivers it to the folder `mail`. Its spool is its own,
    /// in a mount namespace: what an earlier run left in the machine's would hold up this one's mails.
    static func openSMTPD(_ folder: TestFolder) throws -> MailServer {
        let port = try LoopbackListener.unusedPort()
        let configuration = """
            table everyone { "@" = "nobody" }
            listen on 127.0.0.1 port \(port) hostname localhost
            action "keep" maildir "\(folder.file("mail"))" virtual <everyone>
            match from any for domain "example.org" action "keep"

            """
        try configuration.write(
            toFile: folder.file("smtpd.conf"), atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = [
            "--mount", "--propagation", "private", "/bin/sh", "-c",
            """
            mkdir -p /var/spool/smtpd && mount -t tmpfs -o mode=0711 tmpfs /var/spool/smtpd &&
            exec \(Peers.openSMTPD) -d -f "$0"
            """, folder.file("smtpd.conf"),
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<1_000 {
            if LoopbackListener.isOpen(port) { break }
            poll(nil, 0, 10)
        }
        return MailServer(port: port, process: process)
    }

    /// aiosmtpd with STARTTLS and AUTH, both demanded: user `lab`, password `secret`.
    static func startTLS(_ folder: TestFolder) throws -> MailServer {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Peers.python)
        process.arguments = [
            "-c", startTLSProgram, folder.file("cert.pem"), folder.file("key.pem"),
            folder.file("mail"),
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Missing("the server's port")
        }
        return MailServer(port: port, process: process)
    }

    private static let startTLSProgram = """
        import asyncio, ssl, sys
        from aiosmtpd.handlers import Mailbox
        from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

        def authenticate(server, session, envelope, mechanism, data):
            known = LoginPassword(b"lab", b"secret")
            good = isinstance(data, LoginPassword) and data == known
            return AuthResult(success=good, handled=False)

        async def main(certificate, key, folder):
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate, key)
            handler = Mailbox(folder)
            def connection():
                return SMTP(handler, hostname="localhost", tls_context=context,
                            require_starttls=True, authenticator=authenticate, auth_required=True)
            server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()

        asyncio.run(main(*sys.argv[1:]))
        """
}

/// Programs that the tests need.
enum Peers {
    static let openSMTPD = "/usr/sbin/smtpd"
    static let python = "/usr/bin/python3"

    /// Whether the program is there; in continuous integration a test runs, and fails, without it.
    static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
            || ProcessInfo.processInfo.environment["CI"] == "true"
    }
}

/// An SMTP server on a thread that follows a script, where a real one would do better: it says `greeting`, answers
/// every command with `replies[verb]` or 250, and after the message says `verdict`, or hangs up without one.
final class ScriptedMailServer: Sendable {
    private let listener: LoopbackListener
    private let lines = Mutex<[String]>([])

    init(
        greeting: String = "220 ready", replies: [String: String] = [:], verdict: String?
    ) throws {
        listener = try LoopbackListener()
        listener.serve { [self] socket in
            guard socket.write(greeting + "\r\n") else { return }
            var pending = ""
            var isMessage = false
            while let bytes = socket.read() {
                pending += String(decoding: bytes, as: UTF8.self)
                while let end = pending.range(of: "\r\n") {
                    let line = String(pending[..<end.lowerBound])
                    pending = String(pending[end.upperBound...])
                    lines.withLock { $0.append(line) }
                    if isMessage {
                        guard line == "." else { continue }
                        isMessage = false
                        guard let verdict, socket.write(verdict + "\r\n") else { return }
                        continue
                    }
                    let verb = String(line.prefix { $0 != " " && $0 != ":" }).uppercased()
                    isMessage = verb == "DATA"
                    let reply = replies[verb] ?? (isMessage ? "354 go" : "250 ok")
                    isMessage = isMessage && reply.hasPrefix("354")
                    guard !reply.isEmpty, socket.write(reply + "\r\n") else { return }
                }
            }
        }
    }

    var port: Int { listener.port }
    var seen: [String] { lines.withLock { $0 } }

    func stop() {
        listener.stop()
    }
}
