import Access
import Foundation
import Logging
import NIOCore
import NIOTLS
import Sabotage

/// Watches the bytes of one connection, before anything is understood of them: that the TLS handshake and each head come to
/// their end in time, and that no head is larger than it may be. Who exceeds that is answered where an answer can still be
/// given, and the connection is closed.
///
/// `ConnectionWatch`, behind the decoder, tells it where requests and answers begin and end.
final class ConnectionPace: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private enum Phase {
        case handshake
        /// Nothing of a request has come.
        case idle
        case head
        /// The head is read, and its body may come.
        case request
        /// It was told that it is over; what still comes is not looked at.
        case refused
    }

    /// For whoever is refused to read why, before what they still send makes the kernel reset the connection.
    private static let linger = TimeAmount.seconds(1)
    /// Of a request's line, besides the target: the method, the version and what is between.
    private static let lineRest = 64

    let isEncrypted: Bool
    private let limits: ServerLimits
    /// Why this connection is not let in.
    private let refusal: Overrun?
    private let note: @Sendable (Overrun) -> Void
    private let logger: Logger?
    private var phase: Phase
    private var deadline: Scheduled<Void>?
    private var headBytes = 0
    private var lineBytes = 0
    private var lineHasEnded = false
    /// Requests that wait for their answers.
    private var unanswered = 0
    private var isAnswering = false
    /// The HTTP library has given up the connection.
    private var isOver = false

    init(
        _ limits: ServerLimits, isEncrypted: Bool, refusing refusal: Overrun? = nil,
        logger: Logger? = nil, note: @escaping @Sendable (Overrun) -> Void = { _ in }
    ) {
        self.logger = logger
        self.limits = limits
        self.isEncrypted = isEncrypted
        self.refusal = refusal
        self.note = note
        phase = isEncrypted ? .handshake : .idle
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        if let refusal { return refuse(context, refusal) }
        if phase == .handshake { schedule(context, limits.handshake, .handshake) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase == .handshake { note(.handshake) }
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        deadline?.cancel()
        deadline = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, phase == .handshake {
            end()
            phase = .idle
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Strangers fail to shake hands all the time: it is told to who looks for it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if phase == .handshake {
            logger?.debug(
                "a TLS handshake failed",
                metadata: [
                    "reason": "\(error)", "peer": "\(context.remoteAddress?.ipAddress ?? "")",
                ])
        }
        context.fireErrorCaught(error)
    }

    // MARK: Heads

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .refused else { return }
        if phase == .idle { beginHead() }
        guard phase == .head else { return context.fireChannelRead(data) }
        let bytes = unwrapInboundIn(data)
        headBytes += bytes.readableBytes
        if !lineHasEnded {
            let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n"))
            lineHasEnded = end != nil
            lineBytes += end.map { $0 - bytes.readerIndex } ?? bytes.readableBytes
        }
        guard lineBytes <= limits.targetBytes + Self.lineRest else {
            return refuse(context, .target)
        }
        context.fireChannelRead(data)
        // The decoder reads at once what it is given.
        guard phase == .head else { return }
        if headBytes > limits.headerBytes, !isOver {
            refuse(context, .headers)
        } else if deadline == nil, !isMutant(.headDeadlineIgnored) {
            schedule(context, limits.head, .head)
        }
    }

    private func beginHead() {
        phase = .head
        headBytes = 0
        lineBytes = 0
        lineHasEnded = false
    }

    /// A head has come to its end.
    func headEnded() {
        guard phase != .refused else { return }
        end()
        phase = .request
        unanswered += 1
    }

    func requestEnded() {
        if phase == .request { phase = .idle }
    }

    /// It was told that it is over.
    var isRefused: Bool { phase == .refused }

    func answerBegun() { isAnswering = true }

    func answerEnded() {
        isAnswering = false
        // The library's own, to what it cannot read.
        if unanswered == 0 { isOver = true }
        unanswered = max(0, unanswered - 1)
    }

    // MARK: Refusing

    private func schedule(
        _ context: ChannelHandlerContext, _ time: Duration, _ excess: Overrun
    ) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
            self.deadline = nil
            self.refuse(context, excess)
        }
    }

    /// Of the body that is being read: `ConnectionWatch` has found it too slow.
    func refuseBody(_ context: ChannelHandlerContext) {
        guard let own = try? context.pipeline.syncOperations.context(handler: self) else {
            return context.close(promise: nil)
        }
        // Only where no other request than its own waits for an answer.
        refuse(own, .body, canAnswer: unanswered == 1)
    }

    private func refuse(_ context: ChannelHandlerContext, _ excess: Overrun) {
        refuse(context, excess, canAnswer: unanswered == 0)
    }

    private func refuse(
        _ context: ChannelHandlerContext, _ excess: Overrun, canAnswer: Bool
    ) {
        guard phase != .refused else { return }
        let isOpaque = phase == .handshake
        phase = .refused
        end()
        note(excess)
        guard canAnswer, !isOpaque, !isAnswering, !isOver else {
            return context.close(promise: nil)
        }
        let answer = excess.refusal().bytes(requestID: UUID().uuidString.lowercased())
        context.writeAndFlush(
            wrapOutboundOut(.byteBuffer(ByteBuffer(bytes: answer))), promise: nil)
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) {
            context.close(promise: nil)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase != .refused else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(data, promise: promise)
    }
}
