import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing
import Values

@testable import Server

/// Clients that leave, that are too many, and that never come to an end.
@Suite(.timeLimit(.minutes(10))) struct ConnectionStories {
    private static let wait =
        "GET /v1/workflows/door/instances/d-1?wait=60s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    private static func line(_ path: String) -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    }

    /// There is room for one: whoever comes next is let in when nobody waits any more.
    @Test func aWaitEndsWithItsClient() async throws {
        try await withServer(connections: 1) { client in
            let first = try await RawConnection.stream(
                "PUT /v1/workflows/door/instances/d-1?wait=60s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 17\r\n\r\n"
                    + #"{"colour": "red"}"#, port: client.port)
            first.end()
            for _ in 0..<3 {
                let next = try await RawConnection.stream(Self.wait, port: client.port)
                next.end()
            }
            let last = try await RawConnection.stream(
                Self.line("/v1/workflows/door/instances/d-1"), port: client.port)
            #expect(try await last.read(until: "\r\n").contains("200"))
            last.end()
        }
    }

    /// Who has only said that nothing more comes hears how it stands.
    @Test func aWaitIsAnsweredToWhoStillListens() async throws {
        try await withDoor { client in
            let answer = try await RawConnection.ask(Self.wait, port: client.port)
            #expect(answer.status == 200)
            #expect(answer["wait"]?["met"] == false)
        }
    }

    @Test func whoComesBeyondTheLimitIsLetInLater() async throws {
        try await withServer(connections: 2) { client in
            let idle = try await RawConnection.stream("", port: client.port)
            let other = try await RawConnection.stream(Self.line("/livez"), port: client.port)
            _ = try await other.read(until: "\r\n\r\n")
            // The kernel has it; the server takes it once another has gone.
            let third = try await RawConnection.stream(Self.line("/livez"), port: client.port)
            idle.end()
            #expect(try await third.read(until: "\r\n").contains("200"))
            third.end()
            other.end()
        }
    }

    @Test(arguments: [
        (1_024, false, 832), (1_024, true, 576), (65_536, true, 10_000), (256, true, 64),
        (4, false, 1),
    ])
    func connectionsLeaveRoomForFiles(_ files: Int, _ hasPublic: Bool, _ connections: Int) {
        #expect(
            ServerConfiguration.connections(ofFiles: files, besidePublic: hasPublic) == connections)
    }

    // MARK: Bodies

    @Test func largeBodiesShareARoom() throws {
        let room = UploadRoom(limit: 1_000)
        var first: UploadRoom.Share? = room.share()
        try first?.take(UploadRoom.own - 1)
        try first?.take(501)
        #expect(room.free == 500)
        let second = room.share()
        try second.take(UploadRoom.own)
        #expect(room.free == 500)
        #expect(throws: Refusal.self) { try second.take(501) }
        #expect(room.free == 500)
        first = nil
        #expect(room.free == 1_000)
        try second.take(501)
        #expect(room.free == 499)
    }

    @Test func smallBodiesHaveRoomWhenLargeOnesHaveNone() async throws {
        try await withServer(uploadRoom: 0) { client in
            let name = "/v1/workflows/door/instances/d-1"
            let large = #"{"colour": "\#(String(repeating: "r", count: 70_000))"}"#
            let refused = try await client.put(name, large)
            #expect(refused.status == 429)
            #expect(refused["code"] == "overloaded")
            #expect(refused.header("Retry-After") == "1")
            #expect(try await client.put(name, #"{"colour": "red"}"#).status == 201)
        }
    }

    /// On a loop whose time the test makes pass.
    @Test func anUploadThatStandsStillIsCutOff() throws {
        let channel = EmbeddedChannel(handler: ConnectionWatch(Departures()))
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/none")).wait()
        let head = HTTPRequest(method: .put, scheme: nil, authority: nil, path: "/")
        try channel.writeInbound(HTTPRequestPart.head(head))
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
        for _ in 0..<6 {
            try channel.writeInbound(
                HTTPRequestPart.body(ByteBuffer(bytes: [UInt8](repeating: 0, count: 10_240))))
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        }
        #expect(channel.isActive)
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(bytes: [0])))
        channel.embeddedEventLoop.advanceTime(by: .seconds(30))
        #expect(!channel.isActive)
    }

    @Test func anUploadThatIsWholeIsNotWatched() throws {
        let channel = EmbeddedChannel(handler: ConnectionWatch(Departures()))
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/none")).wait()
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(bytes: [0])))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
    }
}
