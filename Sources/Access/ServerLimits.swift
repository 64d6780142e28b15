/// How much of everything a server takes: at once, in a minute, and for how long.
package struct ServerLimits: Sendable, Hashable {
    /// At once. nil: as many as there are handles for.
    package var connections: Int?
    /// At once, of one peer: an IPv4 address, or 64 bits of IPv6.
    package var connectionsByPeer = 256
    /// Of a request's line and fields, in bytes.
    package var headerBytes = 64 << 10
    /// Of its fields.
    package var headerCount = 100
    /// Of its path and query, in bytes.
    package var targetBytes = 32 << 10
    /// Of its body, in bytes.
    package var bodyBytes = 1 << 20
    /// From its first byte to the end of its head.
    package var head = Duration.seconds(10)
    /// Bytes a second that a body brings at least, over ten seconds.
    package var bodyRate = 1_024
    /// From the connection to the end of the TLS handshake.
    package var handshake = Duration.seconds(10)
    /// A connection over which nothing is asked.
    package var idle = Duration.seconds(120)
    /// A minute, of one principal; as many may come at once.
    package var requestsByPrincipal = 600_000
    /// A minute, of one peer whose requests name no principal; as many may come at once.
    package var requestsByPeer = 6_000
    /// Open at once, of one principal.
    package var streamsByPrincipal = 32

    package init() {}
}

/// Where a server's certificate is, and whom it asks for theirs. Files are PEM.
package struct TLSFiles: Sendable, Hashable {
    /// The server's own first, then those between it and the authority.
    package var certificate: String
    package var key: String
    /// nil: clients are not asked.
    package var clients: Clients?

    package struct Clients: Sendable, Hashable {
        package var authorities: String
        /// Who shows none is not let in.
        package var isRequired: Bool
        /// Serial numbers in hexadecimal, whatever the authority.
        package var revoked: Revoked

        package init(
            authorities: String, isRequired: Bool = false, revoked: Revoked = .serials([])
        ) {
            self.authorities = authorities
            self.isRequired = isRequired
            self.revoked = revoked
        }
    }

    package enum Revoked: Sendable, Hashable {
        case serials([String])
        /// One a line; what follows `#` is a remark.
        case file(String)
    }

    package init(certificate: String, key: String, clients: Clients? = nil) {
        self.certificate = certificate
        self.key = key
        self.clients = clients
    }
}
