import Access
import Foundation
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import NIOTLS
import OpenMetrics
import Testing
import Values

@testable import Server

/// Each limit of the transport, exceeded.
@Suite(.timeLimit(.minutes(10))) struct LimitStories {
    private static func line(_ path: String, _ headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)\r\n"
    }

    // MARK: Sizes

    @Test func whatIsLargerThanItMayBeIsAnswered() async throws {
        let registry = MetricRegistry(Telemetry.declarations)
        try await withGuardedServer(telemetry: Telemetry(registry, version: "1")) {
            $0.limits.targetBytes = 1_000
            $0.limits.headerBytes = 4_000
            $0.limits.headerCount = 20
            $0.limits.bodyBytes = 500
        } _: { (client: Client) async throws in
            let long = String(repeating: "x", count: 3_000)
            let many = (0..<30).map { "X-\($0): 1\r\n" }.joined()
            let cases: [(request: String, status: Int, code: String)] = [
                (Self.line("/\(long)"), 414, "target-too-long"),
                // The line has no end yet.
                ("GET /\(long)", 414, "target-too-long"),
                (Self.line("/livez", "X: \(long)\(long)\r\n"), 431, "headers-too-large"),
                ("GET /livez HTTP/1.1\r\nX: \(long)\(long)", 431, "headers-too-large"),
                (Self.line("/livez", many), 431, "headers-too-large"),
                (
                    "POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 501\r\n\r\n", 413, "too-large"
                ),
            ]
            for (request, status, code) in cases {
                let answer = try await RawConnection.ask(request, port: client.port)
                #expect(answer.status == status, "\(request.prefix(40))")
                #expect(answer["code"] == .string(code), "\(request.prefix(40))")
                #expect(answer["fix"]?.stringValue?.isEmpty == false)
                #expect(answer.headers["x-request-id"]?.isEmpty == false)
                #expect(answer.headers["x-content-type-options"] == "nosniff")
            }
            let fits = Self.line("/livez", "X: \(String(repeating: "x", count: 2_000))\r\n")
            #expect(try await RawConnection.ask(fits, port: client.port).status == 200)
            let metrics = String(decoding: try await client.bytes("/metrics").0, as: UTF8.self)
            #expect(metrics.contains(#"pawl_limits_exceeded_total{limit="target"} 2"#))
            #expect(metrics.contains(#"pawl_limits_exceeded_total{limit="headers"} 3"#))
        }
    }

    // MARK: Times

    /// Of a connection over which time is what the test makes pass.
    private static func channel(
        _ limits: ServerLimits = ServerLimits(), isEncrypted: Bool = false,
        refusing: Overrun? = nil
    ) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(
            handlers: [
                ConnectionPace(limits, isEncrypted: isEncrypted, refusing: refusing), EndsHeads(),
                ConnectionWatch(Departures(), limits),
            ])
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/none")).wait()
        return channel
    }

    /// Stands for a decoder: an empty line ends a head, `!` a request.
    private final class EndsHeads: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = HTTPRequestPart
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = IOData

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            let text = String(buffer: bytes)
            if text.contains("\r\n\r\n") {
                let head = HTTPRequest(method: .put, scheme: nil, authority: nil, path: "/")
                context.fireChannelRead(wrapInboundOut(.head(head)))
            }
            if text.contains("#") { context.fireChannelRead(wrapInboundOut(.body(bytes))) }
            if text.contains("!") { context.fireChannelRead(wrapInboundOut(.end(nil))) }
        }

        func write(
            context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
        ) {
            context.write(
                wrapOutboundOut(.byteBuffer(ByteBuffer(string: "answer"))), promise: promise)
        }
    }

    private static func said(_ channel: EmbeddedChannel) throws -> String {
        guard case .byteBuffer(let bytes)? = try channel.readOutbound(as: IOData.self) else {
            return ""
        }
        return String(buffer: bytes)
    }

    @Test func aHeadThatNeverEndsIsCutOff() throws {
        let channel = try Self.channel()
        for byte in "GET / HT" {
            try channel.writeInbound(ByteBuffer(string: String(byte)))
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        }
        #expect(try Self.said(channel) == "")
        channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        let answer = try Self.said(channel)
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        #expect(answer.contains(#""code":"too-slow""#))
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
    }

    @Test func aHeadInTimeIsNotWatchedAnyMore() throws {
        let channel = try Self.channel()
        for _ in 0..<3 {
            try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1"))
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            try channel.writeInbound(ByteBuffer(string: "\r\n\r\n!"))
            channel.embeddedEventLoop.advanceTime(by: .seconds(60))
            try channel.writeOutbound(HTTPResponsePart.end(nil))
        }
        #expect(channel.isActive)
        #expect(try Self.said(channel) == "answer")
    }

    /// An answer is on its way: another one in the middle of it would be read as a part of it.
    @Test func aSecondHeadThatNeverEndsGetsNoAnswerOfItsOwn() throws {
        let channel = try Self.channel()
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n!"))
        try channel.writeInbound(ByteBuffer(string: "GET"))
        channel.embeddedEventLoop.advanceTime(by: .seconds(11))
        #expect(try Self.said(channel) == "")
        #expect(!channel.isActive)
    }

    @Test func aBodyThatTricklesIsCutOff() throws {
        let channel = try Self.channel()
        try channel.writeInbound(ByteBuffer(string: "PUT / HTTP/1.1\r\n\r\n"))
        for _ in 0..<20 {
            try channel.writeInbound(ByteBuffer(string: "#"))
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        }
        let answer = try Self.said(channel)
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        #expect(answer.contains("the body came too slowly"))
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
    }

    @Test func aHandshakeThatNeverEndsIsCutOff() throws {
        let channel = try Self.channel(isEncrypted: true)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
        #expect(try Self.said(channel) == "", "nobody would understand it")
    }

    @Test func aHandshakeInTimeIsFollowedByAHead() throws {
        let channel = try Self.channel(isEncrypted: true)
        channel.pipeline.fireUserInboundEventTriggered(
            TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
        try channel.writeInbound(ByteBuffer(string: "G"))
        channel.embeddedEventLoop.advanceTime(by: .seconds(11))
        #expect(try Self.said(channel).hasPrefix("HTTP/1.1 408 "))
    }

    @Test func whoIsRefusedHearsWhyBeforeAnythingIsRead() throws {
        let channel = try Self.channel(refusing: .connections)
        let answer = try Self.said(channel)
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.contains("Retry-After: 1"))
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n!"))
        #expect(try channel.readInbound(as: HTTPRequestPart.self) == nil)
    }

    // MARK: Numbers

    @Test func onePeerHasOnlySoManyConnections() async throws {
        try await withGuardedServer {
            $0.countsPeers = true
            $0.limits.connectionsByPeer = 2
        } _: { (client: Client) async throws in
            let one = try await RawConnection.stream(Self.line("/livez"), port: client.port)
            _ = try await one.read(until: "\r\n\r\n")
            let two = try await RawConnection.stream(Self.line("/livez"), port: client.port)
            _ = try await two.read(until: "\r\n\r\n")
            let third = try await RawConnection.ask(Self.line("/livez"), port: client.port)
            #expect(third.status == 503)
            #expect(third["code"] == "too-many-connections")
            one.end()
            // The server learns that it is gone by itself.
            while try await RawConnection.ask(Self.line("/livez"), port: client.port).status != 200
            {
                await Task.yield()
            }
            two.end()
        }
    }

    @Test func aProxysConnectionsAreNotCounted() async throws {
        try await withGuardedServer {
            $0.countsPeers = true
            $0.limits.connectionsByPeer = 1
            $0.proxies = TrustedProxies([AddressRange("127.0.0.0/8")].compactMap(\.self))
        } _: { (client: Client) async throws in
            for _ in 0..<4 {
                let held = try await RawConnection.stream(Self.line("/livez"), port: client.port)
                _ = try await held.read(until: "\r\n\r\n")
            }
        }
    }

    @Test func onePrincipalAsksOnlySoOften() async throws {
        let access = AccessControl.lettingIn([OneToken()])
        try await withGuardedServer(access: access) {
            $0.limits.requestsByPrincipal = 3
        } _: { (client: Client) async throws in
            let headers = ["Authorization": "Bearer right"]
            for _ in 0..<3 {
                #expect(try await client.get("/v1/workflows", headers).status == 200)
            }
            let fourth = try await client.get("/v1/workflows", headers)
            #expect(fourth.status == 429)
            #expect(fourth["code"] == "too-many-requests")
            #expect(fourth.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
        }
    }

    @Test func onePeerAsksOnlySoOften() async throws {
        try await withGuardedServer {
            $0.countsPeers = true
            $0.limits.requestsByPeer = 2
        } _: { (client: Client) async throws in
            for _ in 0..<2 {
                let answer = try await client.get("/v1/workflows")
                #expect(answer.status == 200)
            }
            #expect(try await client.get("/v1/workflows").status == 429)
        }
    }

    @Test func wrongTokensAreLookedAtLessAndLess() async throws {
        try await withGuardedServer(access: .lettingIn([OneToken()])) {
            $0.countsPeers = true
        } _: { (client: Client) async throws in
            func ask(_ token: String) async throws -> Int {
                try await client.get("/v1/workflows", ["Authorization": "Bearer \(token)"]).status
            }
            #expect(try await ask("right") == 200)
            var statuses: [Int] = []
            while statuses.last != 429 { statuses.append(try await ask("wrong-\(statuses.count)")) }
            #expect(statuses.dropLast().allSatisfy { $0 == 401 })
            #expect(statuses.count > 5)
            // What has proven something before is looked at all the same.
            #expect(try await ask("right") == 200)
        }
    }

    /// A program that was left with an old token keeps others at its address from nothing.
    @Test func oneWrongTokenAgainAndAgainIsOneGuess() async throws {
        try await withGuardedServer(access: .lettingIn([OneToken()])) { _ in
        } _: { (client: Client) async throws in
            func ask(_ token: String) async throws -> Int {
                try await client.get("/v1/workflows", ["Authorization": "Bearer \(token)"]).status
            }
            var statuses: [Int] = []
            while statuses.last != 429 { statuses.append(try await ask("old")) }
            #expect(statuses.count > 5)
            #expect(try await ask("right") == 200)
        }
    }

    @Test func onePrincipalHasOnlySoManyStreams() throws {
        let streams = LiveStreams(byOwner: 2)
        let places = try (0..<2).compactMap { _ in try streams.take(for: "ana") }
        #expect(places.count == 2)
        #expect(throws: Refusal.self) { try streams.take(for: "ana") }
        let other = try streams.take(for: "bo")
        #expect(other != nil)
        places[0].giveBack()
        places[0].giveBack()
        let again = try streams.take(for: "ana")
        #expect(again != nil)
        #expect(throws: Refusal.self) { try streams.take(for: "ana") }
    }
}

/// Whom a request comes from.
@Suite struct TrustedProxyTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.7", "10.0.0.7", true), ("10.0.0.7", "10.0.0.8", false),
        ("10.0.0.0/31", "10.0.0.1", true), ("10.0.0.0/31", "10.0.0.2", false),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
        ("10.0.0.7", "::ffff:10.0.0.7", true), ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ("2001:db8::/32", "2001:db8:1::9", true), ("2001:db8::/32", "2001:db9::1", false),
        ("::1", "::1", true), ("10.0.0.0/8", "nonsense", false),
    ])
    func aRangeHoldsAddresses(range: String, address: String, holds: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(address) == holds)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "::/129",
        "host", "10.0.0.0/8/8", "10.0.0.1:80", "::ffff:10.0.0.0/95", "10.0.0.0/0x8",
    ])
    func whatIsNoRangeIsNone(text: String) { #expect(AddressRange(text) == nil) }

    private static let proxies = TrustedProxies(
        ["10.0.0.0/8"].compactMap { AddressRange($0) })

    @Test(
        arguments: [
            ("203.0.113.9", nil, "203.0.113.9"), ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.1", nil, "10.0.0.1"), ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.1"),
            ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"), ("10.0.0.1", "", "10.0.0.1"),
        ] as [(String, String?, String)])
    func onlyProxiesSayForWhom(peer: String, forwarded: String?, client: String) {
        #expect(Self.proxies.client(peer: peer, forwardedFor: forwarded) == client)
    }

    @Test(
        arguments: [
            ("10.0.0.1", "https", true), ("10.0.0.1", "http", false), ("10.0.0.1", nil, false),
            ("10.0.0.1", "https, http", false), ("203.0.113.9", "https", false),
        ] as [(String, String?, Bool)])
    func onlyProxiesSayThatItWasEncrypted(peer: String, proto: String?, isEncrypted: Bool) {
        #expect(
            Self.proxies.isEncrypted(peer: peer, forwardedProto: proto) == isEncrypted)
    }

    /// Whoever a proxy on this machine asks for is not this machine.
    @Test func nobodyBehindAProxyIsLocal() async throws {
        try await withGuardedServer {
            $0.proxies = TrustedProxies([AddressRange("127.0.0.1")].compactMap(\.self))
        } _: { (client: Client) async throws in
            let answer = try await client.get("/v1/workflows", ["Pawl-Actor": "operator/olga"])
            #expect(answer.status == 403)
        }
    }
}
