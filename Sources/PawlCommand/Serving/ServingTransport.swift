import Access
import Assembly
import Engine
import Server
import Values

/// What stands between a server and whoever speaks to it.
struct ServingTransport: Sendable {
    /// nil: in the clear.
    let api: TLSKeeper?
    /// The same certificate, for strangers: nobody asks for theirs.
    let strangers: TLSKeeper?

    /// - Throws: what is wrong with the certificate, before anything else begins.
    init(_ plan: ServingPlan) throws {
        let now = WallClock.wallTime()
        api = try plan.tls.map { try TLSKeeper($0, now: now) }
        strangers =
            plan.publicEntry == nil
            ? nil
            : try plan.tls.map { files in
                var files = files
                files.clients = nil
                return try TLSKeeper(files, now: now)
            }
    }

    var keepers: [TLSKeeper] { [api, strangers].compactMap(\.self) }

    func api(_ plan: ServingPlan, connections: Int) -> ServerConfiguration {
        var configuration = ServerConfiguration(
            host: plan.host, port: plan.port, version: Composition.version)
        configuration.hosts = plan.configuration.server.hosts
        configuration.limits = plan.configuration.server.limits
        configuration.limits.connections = connections
        configuration.proxies = plan.proxies
        // On loopback all peers are this machine, but for those whom a proxy names.
        configuration.countsPeers = !plan.host.isLoopbackHost || !plan.proxies.isEmpty
        configuration.admitsProxiesOnly = plan.tls == nil && !plan.host.isLoopbackHost
        return configuration
    }

    func publicEntry(_ plan: PublicPlan) -> ServerConfiguration {
        var configuration = ServerConfiguration(
            host: plan.host, port: plan.port, bodyLimit: 64 << 10,
            connections: ServerConfiguration.publicConnections, version: Composition.version,
            door: .publicEntry(proxies: plan.proxies))
        configuration.proxies = TrustedProxies(
            plan.proxies.compactMap { AddressRange($0.text) })
        configuration.countsPeers = !plan.host.isLoopbackHost
        configuration.limits.connectionsByPeer = Self.publicConnectionsByPeer
        configuration.admitsProxiesOnly = strangers == nil && !plan.host.isLoopbackHost
        return configuration
    }

    private static let publicConnectionsByPeer = 32
}

extension ServingPlan {
    /// Where it is spoken to, from this machine where that is possible.
    func url(_ port: Int) -> String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(name):\(port)"
    }
}
