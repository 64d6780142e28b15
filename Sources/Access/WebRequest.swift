import Sabotage

/// What tells a program's request from one that a page made a browser send. Whoever is on this machine is believed,
/// and so would be every page that is looked at on it.
package enum WebRequest {
    /// Whether a page of another origin is behind a request that may change something. Reading needs no such
    /// question: without CORS, a browser shows the answer to no other origin.
    ///
    /// `Sec-Fetch-Site` is what the browser itself says, and pages cannot set it; `Origin` is what older ones send.
    /// A program that is no browser sends neither.
    package static func isForeign(
        method: String, host: String?, origin: String?, fetchSite: String?
    ) -> Bool {
        guard !["GET", "HEAD", "OPTIONS"].contains(method), !isMutant(.foreignOriginTaken) else {
            return false
        }
        if let fetchSite { return fetchSite != "same-origin" && fetchSite != "none" }
        guard let origin else { return false }
        guard let host, let authority = origin.authority else { return true }
        return authority != host.lowercased()
    }

    /// Whether a listener that this machine alone can reach is called by a name of this machine. A page can have its
    /// own name point here (DNS rebinding), and is of the same origin then.
    /// - Parameter address: what the server listens on.
    /// - Returns: the name, if it is another's.
    package static func foreignName(host: String?, at address: String) -> String? {
        guard address.isLoopbackHost, let name = host?.hostPart, !name.isLoopbackHost else {
            return nil
        }
        return name
    }
}

extension String {
    /// A name or address of this machine itself.
    package var isLoopbackHost: Bool {
        self == "localhost" || self == "::1"
            || (hasPrefix("127.") && utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) })
    }

    /// Of `host:port` or `[::1]:port`.
    fileprivate var hostPart: String {
        if hasPrefix("[") { return String(dropFirst().prefix { $0 != "]" }) }
        return String(prefix { $0 != ":" }).lowercased()
    }

    /// Of `http://host:port`; nil for `null` and everything else.
    fileprivate var authority: String? {
        for scheme in ["http://", "https://"] where hasPrefix(scheme) {
            return String(dropFirst(scheme.count)).lowercased()
        }
        return nil
    }
}
