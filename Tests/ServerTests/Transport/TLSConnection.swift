import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing
import X509

/// A connection of NIO's own TLS client, over which one request after the other is asked.
struct TLSConnection {
    let channel: any Channel
    private var parts: AsyncStream<ByteBuffer>.Iterator

    struct NoAnswer: Error {}

    struct Answer {
        let status: Int
        /// With the status line.
        let head: String
        let body: String
    }

    /// - Parameter name: of the server, as it is called.
    init(
        port: Int, trusting authority: TestAuthority, as identity: TestIdentity? = nil,
        name: String = "localhost", change: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([
            try NIOSSLCertificate(bytes: Array(authority.pem.utf8), format: .pem)
        ])
        if let identity {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(
                Array(identity.certificatePEM.utf8)
            ).map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem))
        }
        change(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        let (stream, parts) = AsyncStream<ByteBuffer>.makeStream()
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: name),
                        Inbox(parts),
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        self.parts = stream.makeAsyncIterator()
    }

    /// - Throws: `NoAnswer` where the other side ends the connection first.
    mutating func ask(_ path: String, headers: String = "") async throws -> Answer {
        let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n"
        do {
            try await channel.writeAndFlush(ByteBuffer(string: request)).get()
        } catch {
            throw NoAnswer()
        }
        var text = ""
        while let part = await parts.next() {
            text += String(buffer: part)
            if let answer = Self.answer(text) { return answer }
        }
        throw NoAnswer()
    }

    private static func answer(_ text: String) -> Answer? {
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let head = String(text[..<end.lowerBound])
        let body = String(text[end.upperBound...])
        let length = head.components(separatedBy: "\r\n")
            .first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: " ").last ?? "") }
        guard let length, body.utf8.count >= length,
            let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return Answer(status: status, head: head, body: body)
    }

    func close() async { try? await channel.close().get() }

    /// The serial number of what the server showed.
    func serverSerial() async throws -> String {
        let shown = try await channel.nioSSL_peerCertificate().get()
        return try #require(shown).serialNumber.map { String($0, radix: 16) }.joined(separator: ":")
    }
}

private final class Inbox: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let parts: AsyncStream<ByteBuffer>.Continuation

    init(_ parts: AsyncStream<ByteBuffer>.Continuation) { self.parts = parts }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parts.yield(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) { parts.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        parts.finish()
        context.close(promise: nil)
    }
}
