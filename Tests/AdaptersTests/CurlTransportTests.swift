import Definition
import Synchronization
import Testing
import Values

@testable import Adapters

@Suite("libcurl transport: HTTP")
struct CurlTransportTests {
    private static let ok = LoopbackServer.json(#"{"id":"c1"}"#)

    private func transport(_ hosts: [String] = ["127.0.0.1"]) throws -> CurlTransport {
        // However busy the machine is, a kept connection does not become too old between two requests.
        try #require(
            CurlTransport(
                rules: AddressRules(allowedHosts: hosts),
                options: .init(maximumIdleTime: .seconds(86_400))))
    }

    private func request(
        _ server: LoopbackServer, _ path: String = "/", method: String = "POST",
        body: String? = "{}", timeout: Duration = .seconds(20), limit: Int = 1 << 20,
        isQuestion: Bool = false, needsFreshConnection: Bool = false, headers: [HTTPHeader] = []
    ) -> OutgoingRequest {
        .http(
            HTTPRequest(
                method: method, url: "http://127.0.0.1:\(server.port)\(path)", headers: headers,
                body: body.map { Array($0.utf8) }, timeout: timeout, maximumResponseBytes: limit,
                isQuestion: isQuestion, needsFreshConnection: needsFreshConnection))
    }

    private func response(_ result: Result<Answer, TransportFailure>) throws -> HTTPResponse {
        guard case .http(let response) = try result.get() else { throw Missing("an answer") }
        return response
    }

    private func failure(
        _ result: Result<Answer, TransportFailure>
    ) throws -> TransportFailure {
        guard case .failure(let failure) = result else { throw Missing("a failure") }
        return failure
    }

    @Test("a request arrives as it was built, and its answer comes back whole")
    func roundTrip() async throws {
        let server = try LoopbackServer { _ in
            .reply(
                "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
                    + "HTTP/1.1 402 Payment Required\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nno")
        }
        defer { server.stop() }
        let transport = try transport()
        let answer = try response(
            await transport.perform(
                request(
                    server, "/v1/a%2Fb/../c?k=%20", method: "PUT", body: #"{"ä":1}"#,
                    headers: [HTTPHeader("Idempotency-Key", "k/1"), HTTPHeader("X-Empty", "")])))
        #expect(answer.status == 402 && answer.body == Array("no".utf8))
        #expect(answer.headers == [HTTPHeader("X-A", "1"), HTTPHeader("Content-Length", "2")])
        let seen = try #require(server.requests.first)
        #expect(seen.requestLine == "PUT /v1/a%2Fb/../c?k=%20 HTTP/1.1")
        #expect(seen.body == Array(#"{"ä":1}"#.utf8))
        #expect(seen.headers.contains("Idempotency-Key: k/1") && seen.headers.contains("X-Empty:"))
        #expect(!seen.headers.contains { $0.lowercased().hasPrefix("expect") })
    }

    @Test(
        "requests without a body have none, in every method",
        arguments: ["GET", "HEAD", "DELETE", "POST"])
    func methods(method: String) async throws {
        let server = try LoopbackServer { _ in .reply("HTTP/1.1 204 No Content\r\n\r\n") }
        defer { server.stop() }
        let answer = try response(
            await transport().perform(request(server, method: method, body: nil)))
        #expect(answer.status == 204)
        #expect(server.requests.first?.requestLine == "\(method) / HTTP/1.1")
        #expect(server.requests.first?.body == [])
    }

    @Test("one connection serves requests that follow each other")
    func keepAlive() async throws {
        let server = try LoopbackServer { _ in .reply(Self.ok) }
        defer { server.stop() }
        let transport = try transport()
        for number in Int64(1)...20 {
            #expect(try response(await transport.perform(request(server), number)).status == 200)
        }
        #expect(server.connections == 1 && server.requests.count == 20)
    }

    @Test("requests run beside each other")
    func concurrent() async throws {
        let server = try LoopbackServer { _ in .reply(Self.ok) }
        defer { server.stop() }
        let transport = try transport()
        let request = request(server)
        let count = await withTaskGroup(of: Bool.self) { group in
            for number in Int64(1)...100 {
                group.addTask { (try? await transport.perform(request, number).get()) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(count == 100 && server.requests.count == 100)
    }

    /// The remote has read the request and done it, then its connection dies; what answers next would refuse.
    private func dyingServer() throws -> LoopbackServer {
        let charges = Mutex(0)
        return try LoopbackServer { request in
            guard request.requestLine.contains("/charge") else { return .reply(Self.ok) }
            let number = charges.withLock { number in
                number += 1
                return number
            }
            return number == 1
                ? .close : .reply(LoopbackServer.json("{}", status: "429 Too Many Requests"))
        }
    }

    @Test(
        "what has an effect arrives once, though the kept connection that it went over dies",
        arguments: ["POST", "PUT", "DELETE", "GET"])
    func noSilentRepeat(method: String) async throws {
        let server = try dyingServer()
        defer { server.stop() }
        let transport = try transport()
        _ = try response(await transport.perform(request(server, "/first")))
        let charge = request(
            server, "/charge", method: method, body: method == "POST" ? "{}" : nil)
        let end = try failure(await transport.perform(charge))
        #expect(end.kind == .lost && end.wasSent)
        #expect(end.message.contains("not sent twice"))
        let seen = server.requests.filter { $0.requestLine.contains("/charge") }
        #expect(seen.count == 1 && seen.first?.connection == 1)
    }

    @Test("a question may be sent again when the kept connection dies")
    func questionsAreRepeated() async throws {
        let server = try dyingServer()
        defer { server.stop() }
        let transport = try transport()
        _ = try response(await transport.perform(request(server, "/first")))
        let question = request(server, "/charge", method: "GET", body: nil, isQuestion: true)
        #expect(try response(await transport.perform(question)).status == 429)
        #expect(server.requests.count { $0.requestLine.contains("/charge") } == 2)
    }

    @Test("a request that asks for a fresh connection gets one")
    func freshConnection() async throws {
        let server = try LoopbackServer { _ in .reply(Self.ok) }
        defer { server.stop() }
        let transport = try transport()
        for path in ["/first", "/second"] {
            let request = request(server, path, needsFreshConnection: true)
            _ = try response(await transport.perform(request))
        }
        #expect(server.connections == 2)
    }

    @Test("a server that never answers: the deadline ends it, and the effect is not known")
    func hang() async throws {
        let server = try LoopbackServer { _ in .hang }
        defer { server.stop() }
        let end = try failure(
            await transport().perform(request(server, timeout: .milliseconds(200))))
        #expect(end.kind == .timedOut && end.wasSent)
    }

    @Test("an answer that drips is bounded by the deadline")
    func drip() async throws {
        let server = try LoopbackServer { _ in .drip }
        defer { server.stop() }
        let end = try failure(
            await transport().perform(request(server, timeout: .milliseconds(300))))
        #expect(end.kind == .timedOut && end.wasSent)
    }

    @Test("a connection closed before the answer, or within it, leaves the effect unknown")
    func closed() async throws {
        let server = try LoopbackServer { request in
            request.requestLine.contains("/half")
                ? .replyAndClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") : .close
        }
        defer { server.stop() }
        let transport = try transport()
        for path in ["/", "/half"] {
            let end = try failure(await transport.perform(request(server, path)))
            #expect(end.kind == .lost && end.wasSent)
        }
    }

    @Test("a refused connection and an unknown name sent nothing")
    func unreachable() async throws {
        let transport = try transport(["127.0.0.1", "nowhere.invalid"])
        let port = try LoopbackListener.unusedPort()
        for url in ["http://127.0.0.1:\(port)/", "http://nowhere.invalid/"] {
            let request = HTTPRequest(
                method: "GET", url: url, headers: [], body: nil, timeout: .seconds(20),
                maximumResponseBytes: 1, isQuestion: true)
            let end = try failure(await transport.perform(.http(request)))
            #expect(end.kind == .unreachable && !end.wasSent)
        }
    }

    @Test("a server that does not speak TLS got no byte of the request")
    func noTLS() async throws {
        let server = try LoopbackServer { _ in .close }
        defer { server.stop() }
        let request = HTTPRequest(
            method: "GET", url: "https://127.0.0.1:\(server.port)/", headers: [], body: nil,
            timeout: .milliseconds(500), maximumResponseBytes: 1, isQuestion: true)
        let end = try failure(await transport().perform(.http(request)))
        #expect(!end.wasSent && server.requests.isEmpty)
    }

    @Test(
        "an answer beyond the limit is cut off",
        arguments: [(1 << 20, true), ((1 << 20) + 1, false)])
    func limit(size: Int, isAllowed: Bool) async throws {
        let body = String(repeating: "x", count: size)
        let server = try LoopbackServer { _ in .reply(LoopbackServer.json(body)) }
        defer { server.stop() }
        let result = try await transport().perform(request(server))
        if isAllowed {
            #expect(try response(result).body.count == size)
        } else {
            let end = try failure(result)
            #expect(end.kind == .tooLarge && end.wasSent)
        }
    }

    @Test("endless headers are cut off")
    func headerLimit() async throws {
        let header = "X-A: " + String(repeating: "a", count: 1_000) + "\r\n"
        let server = try LoopbackServer { _ in
            .reply("HTTP/1.1 200 OK\r\n" + String(repeating: header, count: 100) + "\r\n")
        }
        defer { server.stop() }
        #expect(try failure(await transport().perform(request(server))).kind == .tooLarge)
    }

    @Test("a redirect is an answer, not an order")
    func redirect() async throws {
        let server = try LoopbackServer { _ in
            .reply("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
        }
        defer { server.stop() }
        #expect(try response(await transport().perform(request(server))).status == 302)
        #expect(server.requests.count == 1)
    }

    @Test("a listed name that leads to an unlisted private address is not connected to")
    func rebinding() async throws {
        let server = try LoopbackServer { _ in .reply(Self.ok) }
        defer { server.stop() }
        let transport = try transport(["bank.example.com", "10.0.0.0/8"])
        // "localhost" is the one name that leads to a private address on every machine.
        let request = HTTPRequest(
            method: "GET", url: "http://localhost:\(server.port)/", headers: [], body: nil,
            timeout: .seconds(20), maximumResponseBytes: 1_000, isQuestion: true)
        let end = try failure(await transport.perform(.http(request)))
        #expect(end.kind == .forbiddenAddress && !end.wasSent)
        #expect(server.connections == 0)
    }

    /// 127.0.0.1 stands for an address that may be reached, 127.0.0.2 for one inside.
    @Test(
        "a name that leads outside when it is looked up and inside when it is called is not connected to"
    )
    func rebindingBetweenTwoRequests() async throws {
        let outside = try LoopbackServer { _ in .replyAndClose(Self.ok) }
        defer { outside.stop() }
        let inside = try LoopbackServer(host: 0x7F00_0002, port: outside.port) { _ in
            .replyAndClose(Self.ok)
        }
        defer { inside.stop() }
        let name = "rebind.example.com:\(outside.port)"
        let lookups = Mutex(0)
        var options = CurlTransport.Options()
        options.resolutions = {
            let number = lookups.withLock { number in
                number += 1
                return number
            }
            return ["\(name):\(number.isMultiple(of: 2) ? "127.0.0.2" : "127.0.0.1")"]
        }
        let rules = try AddressRules(allowedHosts: ["rebind.example.com", "127.0.0.1"])
        let transport = try #require(CurlTransport(rules: rules, options: options))
        for turn in 1...20 {
            let request = HTTPRequest(
                method: "POST", url: "http://\(name)/", headers: [], body: [1],
                timeout: .seconds(20), maximumResponseBytes: 1_000, isQuestion: false,
                needsFreshConnection: true)
            let answer = await transport.perform(.http(request))
            if turn.isMultiple(of: 2) {
                let end = try failure(answer)
                #expect(end.kind == .forbiddenAddress && !end.wasSent)
            } else {
                #expect(try response(answer).status == 200)
            }
        }
        #expect(outside.connections == 10)
        #expect(inside.connections == 0)
    }

    @Test(
        "other protocols are not spoken",
        arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "dict://127.0.0.1/"])
    func protocols(url: String) async throws {
        let request = HTTPRequest(
            method: "GET", url: url, headers: [], body: nil, timeout: .seconds(20),
            maximumResponseBytes: 1_000, isQuestion: true)
        #expect(try !failure(await transport().perform(.http(request))).wasSent)
    }

    @Test("after the shutdown every request ends, those on their way and those that come")
    func shutdown() async throws {
        let arrived = AsyncStream<Void>.makeStream()
        let server = try LoopbackServer { _ in
            arrived.continuation.yield()
            return .hang
        }
        defer { server.stop() }
        let transport = try transport()
        let hanging = request(server)
        async let first = transport.perform(hanging, 1)
        for await _ in arrived.stream { break }
        transport.shutdown()
        #expect(try failure(await first).kind == .cancelled)
        let late = try failure(await transport.perform(request(server), 2))
        #expect(late.kind == .cancelled && !late.wasSent)
    }

    @Test("a wake-up comes once, not before its time; the latest wish counts")
    func wake() async throws {
        let transport = try transport()
        let woken = AsyncStream<(String, MonotonicTime)>.makeStream()
        transport.wake(at: transport.now + .seconds(3_600)) {
            woken.continuation.yield(("late", .zero))
        }
        let due = transport.now + .milliseconds(30)
        transport.wake(at: due) { woken.continuation.yield(("early", transport.now)) }
        for await (name, time) in woken.stream {
            #expect(name == "early" && time >= due)
            break
        }
    }
}

extension Transport {
    /// The answer to one request.
    func perform(
        _ request: OutgoingRequest, _ number: Int64 = 1
    ) async -> Result<Answer, TransportFailure> {
        await withCheckedContinuation { continuation in
            send(request, for: Fixture.id(number)) { continuation.resume(returning: $0) }
        }
    }
}
