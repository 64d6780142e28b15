import Hummingbird
import Logging
import NIOCore

/// The sandbox on its sockets: HTTP, SMTP, and the events that it sends by itself.
package struct SandboxServer: Sendable {
    /// How long a `hang` fault holds a connection before it gives the socket back.
    static let hangLimit = Duration.seconds(600)

    private let configuration: SandboxConfiguration
    private let logger: Logger
    private let onReady: @Sendable (_ httpPort: Int, _ smtpPort: Int) async -> Void

    /// - Parameter onReady: is told the bound ports once both servers take connections.
    package init(
        configuration: SandboxConfiguration, logger: Logger,
        onReady: @escaping @Sendable (_ httpPort: Int, _ smtpPort: Int) async -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until the task is cancelled, then returns without an error.
    ///
    /// - Throws: `SandboxError` when a port or the data directory is in use or a file fails,
    ///   `JournalError` when a file is broken.
    package func run() async throws {
        let store = try SandboxStore(configuration)
        for remark in store.remarks {
            logger.notice("access", metadata: ["remark": "\(remark)"])
        }
        do {
            try await serve(store)
        } catch {
            await store.close()
            if Task.isCancelled { return }
            throw error
        }
        await store.close()
    }

    private func serve(_ store: SandboxStore) async throws {
        let delivery = try configuration.pawlURL.map {
            try EventDelivery(store: store, pawlURL: $0, logger: logger)
        }
        let smtp = SMTPServer(store: store, credentials: credentials, logger: logger)
        let listener = try await smtp.bind(
            host: configuration.httpHost, port: configuration.smtpPort)
        let smtpPort = listener.channel.localAddress?.port ?? configuration.smtpPort
        let http = HTTPServer(store: store, configuration: configuration, logger: logger)
        try await withThrowingTaskGroup { group in
            group.addTask { try await smtp.serve(listener) }
            group.addTask { [onReady] in
                try await http.run { httpPort in await onReady(httpPort, smtpPort) }
            }
            if let delivery {
                group.addTask { try await delivery.run() }
            }
            group.addTask {
                for await failure in store.failures { throw failure }
            }
            // Whichever ends first, by an error or by cancellation, ends the others.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private var credentials: SMTPSession.Credentials? {
        guard let user = configuration.smtpUser, let password = configuration.smtpPassword else {
            return nil
        }
        return SMTPSession.Credentials(user: user, password: password)
    }
}
