import Access
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import Sabotage
import Values

/// A connection of the server's: who is let in, TLS, its pace, and then HTTP.
struct GuardedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let configuration: ServerConfiguration
    /// nil: in the clear.
    let tls: TLSKeeper?
    /// nil: peers are not counted.
    let room: PeerRoom?
    let logger: Logger
    let note: @Sendable (Overrun) -> Void

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let refusal = refusal(of: channel)
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let tls {
                try pipeline.addHandler(
                    isMutant(.tlsClientUnverified)
                        ? NIOSSLServerHandler(
                            context: tls.context,
                            customVerificationCallback: { $1.succeed(.certificateVerified) })
                        : NIOSSLServerHandler(context: tls.context))
            }
            try pipeline.addHandler(
                ConnectionPace(
                    configuration.limits, isEncrypted: tls != nil, refusing: refusal,
                    logger: self.logger, note: note))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }

    private func refusal(of channel: any Channel) -> Overrun? {
        let address = channel.remoteAddress?.ipAddress
        let isProxy = configuration.proxies.contains(address)
        if configuration.admitsProxiesOnly, !isProxy, address?.isLoopbackHost == false {
            return .direct
        }
        guard let room, !isProxy, let address else { return nil }
        let peer = ExactText(SourceNetwork(address).address)
        guard room.enter(peer) else { return .connections }
        channel.closeFuture.whenComplete { _ in room.leave(peer) }
        return nil
    }
}
