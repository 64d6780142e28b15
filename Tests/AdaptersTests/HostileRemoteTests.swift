import Definition
import Execution
import Synchronization
import Testing
import Values

@testable import Adapters

/// Remotes that answer what no remote should, over the wire: memory stays bounded, the deadline holds, and the call ends
/// in an outcome that says whether the effect may have taken place.
@Suite("Hostile remotes")
struct HostileRemoteTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: LoopbackServer.Reaction
        /// The outcome of an attempt: `failed rejected`, `unknown unavailable`, `succeeded`.
        let outcome: String

        init(_ name: String, _ answer: LoopbackServer.Reaction, _ outcome: String) {
            testDescription = name
            self.answer = answer
            self.outcome = outcome
        }
    }

    private static let megabyte = String(repeating: "x", count: 1 << 20)
    private static func head(_ lines: String...) -> String {
        (["HTTP/1.1 200 OK"] + lines).joined(separator: "\r\n") + "\r\n"
    }

    private static func json(_ body: String) -> LoopbackServer.Reaction {
        .reply(LoopbackServer.json(body))
    }

    static let floods = [
        Case(
            "a gigabyte and more, announced",
            .flood(
                head("Content-Length: 2000000000") + "\r\n", megabyte), "unknown unavailable"),
        Case("a body without an end", .flood(head() + "\r\n", megabyte), "unknown unavailable"),
        Case(
            "chunks without an end",
            .flood(
                head("Transfer-Encoding: chunked") + "\r\n", "100000\r\n\(megabyte)\r\n"),
            "unknown unavailable"),
        Case(
            "headers without an end",
            .flood(
                head(), "X-A: \(String(repeating: "a", count: 1000))\r\n"), "unknown unavailable"),
        Case(
            "one header line without an end", .flood(head() + "X-A: ", megabyte),
            "unknown unavailable"),
        Case(
            "a status line without an end", .flood("HTTP/1.1 200 ", megabyte),
            "unknown unavailable"),
        Case(
            "interim answers without an end",
            .flood(
                "", "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"), "unknown unavailable"),
        Case(
            "trailers without an end",
            .flood(
                head("Transfer-Encoding: chunked") + "\r\n2\r\n{}\r\n0\r\n",
                "X-A: \(String(repeating: "a", count: 1000))\r\n"), "unknown unavailable"),
        Case("no HTTP, without an end", .flood("", megabyte), "unknown unavailable"),
    ]

    static let nonsense = [
        Case("no HTTP", .replyAndClose("SSH-2.0-OpenSSH_9.2\r\n"), "unknown unavailable"),
        Case("no JSON", json(#"{"id": "#), "unknown invalid-output"),
        Case("JSON of another shape", json("[1, 2]"), "unknown invalid-output"),
        Case("a member of another type", json(#"{"id": 7}"#), "unknown invalid-output"),
        Case("a member that is missing", json("{}"), "unknown invalid-output"),
        Case("a member twice", json(#"{"id": "a", "id": "b"}"#), "unknown invalid-output"),
        Case("a lone surrogate", json(#"{"id": "\ud800"}"#), "unknown invalid-output"),
        Case("a number beyond all", json(#"{"id": "a", "n": 1e999}"#), "unknown invalid-output"),
        Case(
            "deeper than a stack",
            json(String(repeating: "[", count: 200_000)), "unknown invalid-output"),
        Case("nothing", json(""), "unknown invalid-output"),
        Case(
            "a page in another type",
            .reply(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<hi/>"),
            "unknown invalid-output"),
        Case(
            "a length that lies",
            .replyAndClose(
                head("Content-Length: 100") + "\r\n" + #"{"id": "a"}"#), "unknown unavailable"),
        Case(
            "a negative length",
            .replyAndClose(
                head("Content-Length: -5") + "\r\n" + #"{"id": "a"}"#), "unknown unavailable"),
        Case(
            "a chunk of a size beyond 64 bits",
            .replyAndClose(
                head("Transfer-Encoding: chunked") + "\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
            "unknown unavailable"),
        Case(
            "a chunk of no size",
            .replyAndClose(
                head("Transfer-Encoding: chunked") + "\r\nzz\r\n{}\r\n0\r\n\r\n"),
            "unknown unavailable"),
        Case(
            "a status of no class",
            .reply(
                "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"), "unknown unavailable"),
        Case(
            "an order to go into our network",
            .reply(
                "HTTP/1.1 307 Moved\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
            ),
            "unknown rejected"),
        Case(
            "a switch of protocols",
            .replyAndClose(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), "unknown unavailable"),
        Case("a byte now and then", .drip, "unknown timeout"),
        Case("silence", .hang, "unknown timeout"),
        Case("an end without a word", .close, "unknown unavailable"),
    ]

    @Test(arguments: floods)
    func aRemoteThatDoesNotStopIsCutOff(example: Case) async throws {
        let (outcome, server) = try await call(example.answer, timeout: .seconds(20))
        #expect(Self.name(outcome) == example.outcome, "\(outcome)")
        #expect(server.sent < 64 << 20, "read on for \(server.sent) bytes")
    }

    @Test(arguments: nonsense)
    func whatCannotBeReadSaysNothingAboutTheEffect(example: Case) async throws {
        let (outcome, server) = try await call(example.answer, timeout: .milliseconds(400))
        #expect(Self.name(outcome) == example.outcome, "\(outcome)")
        #expect(server.requests.count == 1)
    }

    /// One charge by the whole way: manifest, request, libcurl, reading.
    private func call(
        _ reaction: LoopbackServer.Reaction, timeout: Duration
    ) async throws -> (outcome: CallOutcome, server: LoopbackServer) {
        let server = try LoopbackServer { _ in reaction }
        defer { server.stop() }
        let operation = try Fixture.operation(
            output: ["id": "${response.body.id}"],
            outputSchema: Fixture.schema(["properties": ["id": ["type": "string"]]]))
        let manifest = Fixture.bank(
            url: "http://127.0.0.1:\(server.port)", limits: AdapterLimits(timeout: timeout),
            operations: [operation])
        let transport = try #require(CurlTransport(rules: Fixture.loopback()))
        let ends = AsyncStream<CallOutcome>.makeStream()
        let dispatcher = AdapterDispatcher(
            manifests: [manifest], rules: try Fixture.loopback(), settings: Fixture.noSettings,
            transport: transport, storeTime: Fixture.storeTime,
            onOutcome: { _, outcome in ends.continuation.yield(outcome) })
        dispatcher.submit(Fixture.row())
        for await outcome in ends.stream { return (outcome, server) }
        throw Missing("an outcome")
    }

    private static func name(_ outcome: CallOutcome) -> String {
        switch outcome {
        case .succeeded: "succeeded"
        case .failed(let error), .failedAfterRestart(let error): "failed \(error.name)"
        case .unknown(let error): "unknown \(error.name)"
        case .notApplied, .undecided, .withdrawn, .held: "\(outcome)"
        }
    }

    @Test("an answer within the adapter's limit but beyond an instance's is no output")
    func largeOutput() throws {
        let operation = try Fixture.operation()
        let limits = AdapterLimits(maximumResponseBytes: 8 << 20)
        let exchange = try Fixture.exchange(
            operation, manifest: Fixture.bank(limits: limits, operations: [operation]))
        let body = Array("\"\(String(repeating: "x", count: 2 << 20))\"".utf8)
        let reading = exchange.read(
            .success(.http(HTTPResponse(status: 200, headers: [], body: body))))
        guard case .unknown(let error) = reading.outcome else { throw Missing("an error") }
        #expect(error.name == "invalid-output")
        #expect(error.message.contains("larger than 1048576 bytes"))
        #expect(error.message.contains("let `output` name what is needed"))
        #expect(JSON.encode(error.detail).count < 10_000)
    }
}
