import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing
import Values

@testable import Marketplace
@testable import Sandbox

/// A client that speaks bytes, so that dropped connections are seen as they are.
struct RawClient {
    /// Sends the text, then reads until the server closes or what was read satisfies `enough`.
    static func talk(
        port: Int, _ text: String, until enough: @Sendable (String) -> Bool = { _ in false }
    ) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var read = ""
            do {
                try await outbound.write(ByteBuffer(string: text))
                for try await part in inbound {
                    read += String(decoding: part.readableBytesView, as: UTF8.self)
                    if enough(read) { break }
                }
            } catch ChannelError.ioOnClosedChannel {
                // Dropped before the text was sent.
            } catch let error as IOError where [ECONNRESET, EPIPE].contains(error.errnoCode) {
                // A dropped connection may show as a reset; what came before it counts.
            }
            return read
        }
    }

    static func http(
        port: Int, _ method: String, _ path: String, key: String? = nil, _ body: String = ""
    ) async throws -> (status: Int, body: String) {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if let key { head += "Idempotency-Key: \(key)\r\n" }
        head += "Content-Length: \(body.utf8.count)\r\n\r\n"
        let answer = try await talk(port: port, head + body)
        let status = answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let content = answer.range(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
        return (status, content)
    }
}

/// A Pawl that answers events with one status after another and keeps their bodies.
struct FakePawl {
    let listener: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>
    var port: Int { listener.channel.localAddress?.port ?? 0 }

    init() async throws {
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// One request per status, in order; returns what was sent.
    func answer(_ statuses: [Int]) async throws -> [String] {
        try await listener.executeThenClose { connections in
            var requests: [String] = []
            var connections = connections.makeAsyncIterator()
            for status in statuses {
                guard let connection = try await connections.next() else { break }
                try await connection.executeThenClose { inbound, outbound in
                    var read = ""
                    for try await part in inbound {
                        read += String(decoding: part.readableBytesView, as: UTF8.self)
                        if read.hasSuffix("}") { break }
                    }
                    requests.append(read)
                    let answer =
                        "HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    try await outbound.write(ByteBuffer(string: answer))
                }
            }
            return requests
        }
    }
}

@Suite("The sandbox on its sockets", .timeLimit(.minutes(10)))
struct ServerTests {
    static func configuration() -> SandboxConfiguration {
        SandboxConfiguration(
            remotes: Marketplace().remotes, mail: MailRoute(adapter: "smtp", operation: "send"),
            httpPort: 0, smtpPort: 0)
    }

    /// Runs a sandbox as long as the story lasts.
    static func withSandbox(
        _ configuration: SandboxConfiguration = configuration(),
        _ story: @escaping @Sendable (_ http: Int, _ smtp: Int) async throws -> Void
    ) async throws {
        let (ports, ready) = AsyncStream<(Int, Int)>.makeStream()
        let server = SandboxServer(
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { ready.yield(($0, $1)) }
        try await withThrowingTaskGroup { group in
            group.addTask {
                defer { ready.finish() }
                try await server.run()
            }
            for await (http, smtp) in ports {
                try await story(http, smtp)
                break
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    static let charge = #"{"account": "client:1", "amount": 5}"#

    static func withDirectory(_ story: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "sandbox-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await story(path)
    }

    @Test("answers over HTTP, and drops the connection where a reply is lost")
    func http() async throws {
        try await Self.withSandbox { port, _ in
            let live = try await RawClient.http(port: port, "GET", "/livez")
            #expect(live.status == 200)
            let first = try await RawClient.http(
                port: port, "POST", "/bank/v1/charges", key: "k1", Self.charge)
            #expect(first.status == 201)
            for kind in ["lostReply", "down"] {
                let fault = #"{"adapter": "bank", "operation": "charge", "kind": "\#(kind)"}"#
                let set = try await RawClient.http(port: port, "POST", "/faults", fault)
                #expect(set.status == 201)
                let lost = try await RawClient.http(
                    port: port, "POST", "/bank/v1/charges", key: kind, Self.charge)
                #expect(lost == (0, ""))
            }
            let ledger = try await RawClient.http(port: port, "GET", "/bank/v1/ledger")
            #expect(ledger.body.contains("\"key\":\"lostReply\""))
            #expect(!ledger.body.contains("\"key\":\"down\""))
            let account = try await RawClient.http(
                port: port, "GET", "/bank/v1/accounts/client%3A1")
            #expect(account.body.contains("\"EUR\":-10"))
            let head = try await RawClient.http(port: port, "HEAD", "/")
            #expect(head == (200, ""))
            let big = "POST /faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n"
            let refusal = try await RawClient.talk(port: port, big) { $0.contains("too-large") }
            #expect(refusal.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("a hanging reply ends with the server")
    func hang() async throws {
        try await Self.withSandbox { port, _ in
            let fault = #"{"adapter": "bank", "operation": "charge", "kind": "hang"}"#
            _ = try await RawClient.http(port: port, "POST", "/faults", fault)
            let first = try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask {
                    let answer = try await RawClient.http(
                        port: port, "POST", "/bank/v1/charges", key: "k", Self.charge)
                    return "answered \(answer.status)"
                }
                group.addTask {
                    while true {
                        let faults = try await RawClient.http(port: port, "GET", "/faults")
                        if faults.body.contains("\"fired\":1") { return "fired" }
                    }
                }
                defer { group.cancelAll() }
                return try await group.next()
            }
            #expect(first == "fired")
            let ledger = try await RawClient.http(port: port, "GET", "/bank/v1/ledger")
            #expect(ledger == (200, ""))
        }
    }

    @Test("ends when it is cancelled, whatever hangs")
    func cancelledWhileHanging() async throws {
        let (requests, sent) = AsyncStream<Task<Int, any Error>>.makeStream()
        try await Self.withSandbox { port, _ in
            let fault = #"{"adapter": "bank", "operation": "charge", "kind": "hang"}"#
            _ = try await RawClient.http(port: port, "POST", "/faults", fault)
            sent.yield(
                Task {
                    try await RawClient.http(
                        port: port, "POST", "/bank/v1/charges", key: "k", Self.charge
                    ).status
                })
            while true {
                let faults = try await RawClient.http(port: port, "GET", "/faults")
                if faults.body.contains("\"fired\":1") { break }
            }
        }
        sent.finish()
        for await request in requests { #expect(try await request.value == 0) }
    }

    @Test("takes mail over SMTP and shows it over HTTP")
    func smtp() async throws {
        try await Self.withSandbox { http, smtp in
            let mail =
                "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"
                + "Message-ID: <1>\r\nSubject: hello\r\n\r\nbody\r\n.\r\nQUIT\r\n"
            let first = try await RawClient.talk(port: smtp, mail)
            #expect(first.contains("250 2.0.0 kept\r\n221 "))
            let fault = #"{"adapter": "smtp", "kind": "lostReply"}"#
            _ = try await RawClient.http(port: http, "POST", "/faults", fault)
            let lost = try await RawClient.talk(port: smtp, mail)
            #expect(lost.contains("354 "))
            #expect(!lost.contains("2.0.0 kept"))
            let list = try await RawClient.http(port: http, "GET", "/mails.json")
            let mails = try JSON.parse(list.body)
            #expect(mails[0]?["subject"] == "hello")
            #expect(mails[0]?["repeats"] == 1)
            let down = #"{"adapter": "smtp", "kind": "down"}"#
            _ = try await RawClient.http(port: http, "POST", "/faults", down)
            #expect(try await RawClient.talk(port: smtp, mail).isEmpty)
        }
    }

    @Test("goes on from its files after a restart, and cuts a torn line")
    func restart() async throws {
        try await Self.withDirectory { path in
            var configuration = Self.configuration()
            configuration.dataDirectory = path
            try await Self.withSandbox(configuration) { port, _ in
                for key in ["k1", "k2"] {
                    let charged = try await RawClient.http(
                        port: port, "POST", "/bank/v1/charges", key: key, Self.charge)
                    #expect(charged.status == 201)
                }
            }
            let file = path + "/bank.jsonl"
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(bytes.count { $0 == 10 } == 2)
            try bytes.dropLast(7).write(to: URL(fileURLWithPath: file))
            try await Self.withSandbox(configuration) { port, _ in
                let ledger = try await RawClient.http(port: port, "GET", "/bank/v1/ledger")
                #expect(ledger.body.contains("k1"))
                #expect(!ledger.body.contains("k2"))
                _ = try await RawClient.http(
                    port: port, "POST", "/bank/v1/charges", key: "k3", Self.charge)
            }
            let after = try String(contentsOfFile: file, encoding: .utf8)
            #expect(after.split(separator: "\n").count == 2)
        }
    }

    @Test("tells Pawl that a cookie arrived until Pawl has it")
    func delivery() async throws {
        let pawl = try await FakePawl()
        var configuration = Self.configuration()
        configuration.pawlURL = "http://127.0.0.1:\(pawl.port)"
        // What takes the baker ten minutes takes less than a millisecond.
        configuration.timeScale = 1_000_000
        try await Self.withSandbox(configuration) { port, _ in
            let order = #"{"orderId": "o-1", "clientId": "c-1"}"#
            let asked = try await RawClient.http(
                port: port, "POST", "/cookies/v1/cookies", key: "k1", order)
            #expect(asked.status == 201)
            let requests = try await pawl.answer([503, 202])
            #expect(requests.count == 2)
            let bodies = requests.compactMap { request in
                request.range(of: "\r\n\r\n").map { String(request[$0.upperBound...]) }
            }
            #expect(bodies.first == bodies.last)
            let event = try JSON.parse(bodies.first ?? "")
            #expect(event["event"] == "cookie.arrived")
            #expect(event["key"] == "o-1")
            #expect(event["id"] == "cookie-1-arrived")
            #expect(requests.allSatisfy { $0.hasPrefix("POST /v1/events ") })
            #expect(
                requests.allSatisfy {
                    $0.lowercased().contains("pawl-actor: contractor/cookies")
                })
        }
    }

    @Test(
        "lets pages of other sites change nothing and see nothing",
        arguments: [
            ("POST /faults", "Host: localhost\r\nOrigin: http://evil.example"),
            ("POST /bank/v1/charges", "Host: localhost\r\nSec-Fetch-Site: same-site"),
            ("DELETE /faults", "Host: localhost\r\nOrigin: null"),
            ("GET /mails", "Host: evil.example"), ("POST /faults", "Host: evil.example"),
        ])
    func pages(request: String, fields: String) async throws {
        try await Self.withSandbox { port, _ in
            let answer = try await RawClient.talk(
                port: port,
                "\(request) HTTP/1.1\r\n\(fields)\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
            #expect(answer.contains("application/problem+json"))
        }
    }

    @Test("keeps its files to the user, also those that were open to others")
    func privateFiles() async throws {
        try await Self.withDirectory { path in
            var configuration = Self.configuration()
            configuration.dataDirectory = path
            let first = configuration
            func modes() throws -> Set<Int> {
                let names = try FileManager.default.contentsOfDirectory(atPath: path)
                #expect(names.count == 6)
                return Set(
                    try names.map { name in
                        let attributes = try FileManager.default.attributesOfItem(
                            atPath: "\(path)/\(name)")
                        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
                    })
            }
            try await Self.withSandbox(first) { _, _ in }
            #expect(try modes() == [0o600])
            for name in try FileManager.default.contentsOfDirectory(atPath: path) {
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o644], ofItemAtPath: "\(path)/\(name)")
            }
            try await Self.withSandbox(first) { _, _ in }
            #expect(try modes() == [0o600])
            let folder = try FileManager.default.attributesOfItem(atPath: path)
            #expect(folder[.posixPermissions] as? NSNumber == 0o700)
        }
    }

    @Test("says which port is in use, and that a directory is")
    func inUse() async throws {
        try await Self.withDirectory { path in
            var configuration = Self.configuration()
            configuration.dataDirectory = path
            let first = configuration
            try await Self.withSandbox(first) { http, smtp in
                var other = Self.configuration()
                other.httpPort = http
                await #expect(
                    throws: SandboxError.portInUse(
                        service: "HTTP", host: "127.0.0.1", port: http)
                ) { try await Self.withSandbox(other) { _, _ in } }
                other.smtpPort = smtp
                await #expect(
                    throws: SandboxError.portInUse(
                        service: "SMTP", host: "127.0.0.1", port: smtp)
                ) { try await Self.withSandbox(other) { _, _ in } }
                await #expect(throws: SandboxError.directoryInUse(path)) {
                    try await Self.withSandbox(first) { _, _ in }
                }
            }
        }
    }
}

@Suite("The sandbox's clock")
struct ClockTests {
    @Test("runs as fast as it is told and goes on after a restart")
    func scales() throws {
        let first = SandboxClock(scale: 60) { 1_000_000 }
        let saved = try #require(SandboxClock.anchor(from: first.encoded))
        let later = SandboxClock(scale: 60, saved: saved) { 1_001_000 }
        #expect(later.now == Timestamp(milliseconds: 1_060_000))
        let slower = SandboxClock(scale: 1, saved: saved) { 1_001_000 }
        #expect(slower.now == Timestamp(milliseconds: 1_060_000))
        #expect(later.real(.seconds(60)) == .seconds(1))
    }

    @Test("never goes back")
    func monotone() {
        let walls: [Int64] = [5000, 5000, 9000, 4000]
        let calls = Counter()
        let clock = SandboxClock(scale: 1) { walls[min(calls.next(), walls.count - 1)] }
        #expect(clock.now == Timestamp(milliseconds: 5000))
        #expect(clock.now == Timestamp(milliseconds: 9000))
        #expect(clock.now == Timestamp(milliseconds: 9000))
    }

    @Test(
        "takes no anchor that cannot be one",
        arguments: ["", "{}", #"{"wall":1,"store":1,"scale":0}"#])
    func broken(text: String) {
        #expect(SandboxClock.anchor(from: Array(text.utf8)) == nil)
    }

    @Test("backs off up to a minute")
    func backOff() {
        #expect(EventDelivery.backOff(after: 1) == .milliseconds(500))
        #expect(EventDelivery.backOff(after: 3) == .seconds(2))
        #expect(EventDelivery.backOff(after: 1000) == .seconds(60))
        #expect(EventDelivery.outcome(of: 429) == .failed(reason: "HTTP 429"))
        #expect(EventDelivery.outcome(of: 404) == .refused(status: 404))
    }
}
