import Access
import NIOCore
import NIOHTTPTypes
import NIOSSL
import NIOTLS
import Sabotage

/// Watches one connection for what no request says: that its client goes, whose certificate it showed, and that an upload
/// has come to a stand.
///
/// A client that closes its end hears nothing more, or at least says nothing more: what waits for its sake is answered at
/// once. (Who only closes the half that sends still gets that answer.) An upload that brings less than it must in two
/// `window`s one after the other holds memory for nobody: its connection is closed.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    static let window = TimeAmount.seconds(10)

    private let departures: Departures
    private let leastBytes: Int
    private var departure: Departure?
    private var pace: ConnectionPace?
    /// Since the window began.
    private var received = 0
    private var slowWindows = 0
    private var check: Scheduled<Void>?

    init(_ departures: Departures, _ limits: ServerLimits = ServerLimits()) {
        self.departures = departures
        leastBytes = limits.bodyRate * Int(Self.window.nanoseconds / 1_000_000_000)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        departure = departures.enter(context.channel)
        pace = try? context.pipeline.syncOperations.handler(type: ConnectionPace.self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(context) }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext) {
        check?.cancel()
        check = nil
        departures.leave(context.channel)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed, !isMutant(.goneClientAwaited) {
            departure?.leave()
        }
        if case .handshakeCompleted? = event as? TLSUserEvent {
            let shown = try? context.pipeline.syncOperations.nioSSL_peerCertificate()?.toDERBytes()
            departure?.shows([shown].compactMap(\.self))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: pace?.headEnded()
        case .body(let part):
            if check == nil { beginWindow(context) }
            received += part.readableBytes
        case .end:
            check?.cancel()
            check = nil
            slowWindows = 0
            pace?.requestEnded()
        }
        context.fireChannelRead(data)
    }

    private func beginWindow(_ context: ChannelHandlerContext) {
        received = 0
        check = context.eventLoop.assumeIsolated().scheduleTask(in: Self.window) {
            self.slowWindows = self.received >= self.leastBytes ? 0 : self.slowWindows + 1
            // One may be ours: a disk that hangs keeps the server from reading.
            guard self.slowWindows < 2 || isMutant(.bodyPaceIgnored) else {
                guard let pace = self.pace else { return context.close(promise: nil) }
                return pace.refuseBody(context)
            }
            self.beginWindow(context)
        }
    }

    // MARK: Answers

    private static let year = "max-age=31536000"

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            pace?.answerBegun()
            guard pace?.isEncrypted == true else { break }
            head.headerFields[.strictTransportSecurity] = Self.year
            return context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end: pace?.answerEnded()
        case .head, .body: break
        }
        context.write(data, promise: promise)
    }
}
