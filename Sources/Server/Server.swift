import Access
import Engine
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Values

// Server: the HTTP API over the engine.
//
// Theory of operation. A request becomes a `RawRequest`, a plain value; `Responder` finds its route in the one list
// of `Resources` through a `RouteTable` and reads its body; the endpoint's handler asks the engine (changes) or an
// `Inspector` (reads) and answers with an `APIResponse`, again a plain value. Whatever is refused is thrown as a
// `Refusal` and becomes a problem document (RFC 9457). Only `FrontEnd` knows Hummingbird. A 2xx to a change means
// that it is durable (G1).

/// How the API is served.
package struct ServerConfiguration: Sendable, Hashable {
    package var host: String
    /// 0 takes any free port, which `onReady` reports.
    package var port: Int
    /// Names that it answers to: `pawl.example.com`, `*.example.com`, with a port or of any. None: what this machine alone can
    /// reach answers to names of this machine, everything else to any.
    package var hosts: [String] = []
    package var limits = ServerLimits()
    /// Whose word is believed of whom they ask for (`X-Forwarded-For`, `X-Forwarded-Proto`).
    package var proxies = TrustedProxies()
    /// Whoever is neither such a proxy nor on this machine is not let in: what they send could be read on the way.
    package var admitsProxiesOnly = false
    /// Whether peers are told apart. Where only this machine can reach it, all of them are one.
    package var countsPeers = false
    /// The longest `?wait=`.
    package var maximumWait: Duration
    /// What bodies have in memory together, in bytes, beyond 64 KiB of each.
    package var uploadRoom: Int
    /// What `/version` says.
    package var version: String
    /// What pages show beside the name, so that nobody takes one server for another: `production`.
    package var environment: String
    package var door: Door

    /// Who is let in, and to what.
    package enum Door: Sendable, Hashable {
        /// Everything, to those who may speak to the server at all.
        case api
        /// A part of another server, which lets in whom it likes and says who they are.
        case mounted
        /// Strangers, who may start what is declared `public` and see nothing.
        /// - proxies: addresses whose `X-Forwarded-For` is believed; this machine's always is.
        case publicEntry(proxies: Set<ExactText>)
    }

    package init(
        host: String = "127.0.0.1", port: Int = 8087, bodyLimit: Int = 1 << 20,
        connections: Int? = nil, uploadRoom: Int = 64 << 20,
        maximumWait: Duration = .seconds(60), version: String = "0.1.0",
        environment: String = "local", door: Door = .api
    ) {
        self.host = host
        self.port = port
        limits.bodyBytes = bodyLimit
        limits.connections = connections
        self.uploadRoom = uploadRoom
        self.maximumWait = maximumWait
        self.version = version
        self.environment = environment
        self.door = door
        if door != .api { limits.idle = .seconds(10) }
    }

    /// Of a request's body, in bytes.
    package var bodyLimit: Int { limits.bodyBytes }

    /// Of a public entry, at once; more wait until one is closed, which leaves the API its own.
    package static let publicConnections = 256

    /// What else is open: the database, attachments, what calls out.
    private static let otherFiles = 192
    private static let mostConnections = 10_000

    /// How many connections the API may have, of so many open files. A server that accepts more than it can open
    /// spins, and cannot even open its database.
    package static func connections(ofFiles files: Int, besidePublic hasPublic: Bool) -> Int {
        let rest = files - otherFiles - (hasPublic ? publicConnections : 0)
        return min(max(rest, files / 4, 1), mostConnections)
    }
}

/// The API as a service: runs until its service group shuts down, lets requests end that are under way.
///
/// - Parameters:
///   - telemetry: what `/metrics` shows; nil: there is none.
///   - access: nil: whoever may speak to the server may do everything.
///   - tls: nil: in the clear.
///   - onReady: is told the bound port once connections are taken.
package func makeServer(
    engine: Engine, configuration: ServerConfiguration, logger: Logger,
    telemetry: Telemetry? = nil, access: AccessControl? = nil, tls: TLSKeeper? = nil,
    onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    let departures = Departures()
    let front = FrontEnd(
        departures: departures, room: UploadRoom(limit: configuration.uploadRoom),
        responder: Responder(
            engine: engine, configuration: configuration, logger: logger, telemetry: telemetry,
            access: access, tls: tls))
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    return Application(
        responder: CallbackResponder { request, context in
            await front.respond(to: request, context)
        },
        server: listener(configuration, departures, telemetry, tls, logger),
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.host, port: configuration.port), serverName: "pawl",
            availableConnectionsDelegate: configuration.limits.connections.map {
                MaximumAvailableConnections($0)
            }),
        onServerRunning: { channel in
            await onReady(channel.localAddress?.port ?? configuration.port)
        },
        logger: quiet)
}

private func listener(
    _ configuration: ServerConfiguration, _ departures: Departures, _ telemetry: Telemetry?,
    _ tls: TLSKeeper?, _ logger: Logger
) -> HTTPServerBuilder {
    let limits = configuration.limits
    let note: @Sendable (Overrun) -> Void = { telemetry?.note($0) }
    let room = configuration.countsPeers ? PeerRoom(limit: limits.connectionsByPeer) : nil
    return HTTPServerBuilder { responder in
        GuardedChannel(
            base: HTTP1Channel(
                responder: responder,
                configuration: .init(
                    additionalChannelHandlers: [
                        AbsoluteTargetsPlacing(), UnreadableRequests(note: note),
                        ConnectionWatch(departures, limits),
                    ],
                    // A client that says nothing, or next to nothing, holds a connection for so long.
                    idleTimeout: TimeAmount(limits.idle),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: limits.headerBytes,
                        maxHeaderListSize: limits.headerBytes,
                        maxHeaderFieldCount: limits.headerCount))),
            configuration: configuration, tls: tls, room: room, logger: logger,
            note: note)
    }
}

/// What the handlers of all routes share.
struct API: Sendable {
    let engine: Engine
    let configuration: ServerConfiguration
    let logger: Logger
    /// nil: nothing is counted here.
    let telemetry: Telemetry?
    /// nil: whoever may speak to the server may do everything.
    let access: AccessControl?
    /// nil: in the clear.
    let tls: TLSKeeper?
    /// Of browsers that logged in; nil: nobody does.
    var sessions: Sessions?
    let underWay = StartsUnderWay()

    /// The present moment's reads.
    var inspector: Inspector { engine.inspector }
}
