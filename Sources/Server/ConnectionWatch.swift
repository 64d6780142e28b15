import NIOCore
import NIOHTTPTypes
import Sabotage

/// Watches one connection for what no request says: that its client goes, and that an upload has come to a stand.
///
/// A client that closes its end hears nothing more, or at least says nothing more: what waits for its sake is answered at
/// once. (Who only closes the half that sends still gets that answer.) An upload of fewer than `leastBytes` in two `window`s one after the other holds memory for
/// nobody: its connection is closed.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    static let window = TimeAmount.seconds(10)
    static let leastBytes = 2_560

    private let departures: Departures
    private var departure: Departure?
    /// Since the window began.
    private var received = 0
    private var slowWindows = 0
    private var check: Scheduled<Void>?

    init(_ departures: Departures) { self.departures = departures }

    func handlerAdded(context: ChannelHandlerContext) {
        departure = departures.enter(context.channel)
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
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: break
        case .body(let part):
            if check == nil { beginWindow(context) }
            received += part.readableBytes
        case .end:
            check?.cancel()
            check = nil
            slowWindows = 0
        }
        context.fireChannelRead(data)
    }

    private func beginWindow(_ context: ChannelHandlerContext) {
        received = 0
        check = context.eventLoop.assumeIsolated().scheduleTask(in: Self.window) {
            self.slowWindows = self.received >= Self.leastBytes ? 0 : self.slowWindows + 1
            // One may be ours: a disk that hangs keeps the server from reading.
            guard self.slowWindows < 2 else { return context.close(promise: nil) }
            self.beginWindow(context)
        }
    }
}
