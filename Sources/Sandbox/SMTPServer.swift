import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The mail server's sockets: one task per connection drives one `SMTPSession`.
struct SMTPServer: Sendable {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let store: SandboxStore
    let credentials: SMTPSession.Credentials?
    let logger: Logger
    private let connections = ConnectionCount()
    private static let connectionLimit = 256
    /// RFC 5321, 4.5.3.2.7.
    private static let idleLimit = TimeAmount.minutes(5)

    init(store: SandboxStore, credentials: SMTPSession.Credentials?, logger: Logger) {
        self.store = store
        self.credentials = credentials
        self.logger = logger
    }

    func bind(host: String, port: Int) async throws -> NIOAsyncChannel<Connection, Never> {
        do {
            return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            IdleStateHandler(readTimeout: SMTPServer.idleLimit))
                        try channel.pipeline.syncOperations.addHandler(CloseWhenIdle())
                        return try Connection(wrappingChannelSynchronously: channel)
                    }
                }
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw SandboxError.portInUse(service: "SMTP", host: host, port: port)
        }
    }

    /// Serves until the task is cancelled.
    func serve(_ listener: NIOAsyncChannel<Connection, Never>) async throws {
        try await listener.executeThenClose { inbound in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in inbound {
                    group.addTask { await serve(connection) }
                }
            }
        }
    }

    private func serve(_ connection: Connection) async {
        do {
            try await connection.executeThenClose { inbound, outbound in
                guard connections.enter(limit: SMTPServer.connectionLimit) else { return }
                defer { connections.leave() }
                guard try await store.perform({ world, _ in world.acceptsMailConnection() })
                else { return }
                var session = SMTPSession(credentials: credentials)
                guard try await act(&session, outbound) else { return }
                for try await bytes in inbound {
                    session.receive(bytes.readableBytesView)
                    guard try await act(&session, outbound) else { return }
                }
            }
        } catch {
            // A client that breaks off is everyday life here, and cancellation ends every one.
            logger.debug("a mail connection ended", metadata: ["reason": "\(error)"])
        }
    }

    /// Does what the session asks for; false when the connection is to be closed.
    private func act(
        _ session: inout SMTPSession, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws -> Bool {
        while let action = session.next() {
            switch action {
            case .reply(let text):
                try await outbound.write(ByteBuffer(string: text))
            case .deliver(let mail):
                guard try await deliver(mail, &session) else { return false }
            case .close:
                return false
            }
        }
        return true
    }

    private func deliver(_ mail: Mail, _ session: inout SMTPSession) async throws -> Bool {
        let reply = try await store.perform { world, now in world.deliver(mail, now: now) }
        switch reply {
        case .accept(let delay):
            if delay > .zero { try await Task.sleep(for: delay) }
        case .reject:
            break
        case .hang:
            try await Task.sleep(for: SandboxServer.hangLimit)
            return false
        case .loseReply, .refuse:
            return false
        }
        session.answer(reply)
        return true
    }
}

/// How many connections are open.
private final class ConnectionCount: Sendable {
    private let count = Mutex(0)

    func enter(limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}

/// Closes a connection on which nothing came for too long.
private final class CloseWhenIdle: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        context.close(promise: nil)
    }
}
