import Sabotage

/// What tells a program's request from one that a page made a browser send. Whoever is on this machine is believed,
/// and so would be every page that is looked at on it.
package enum WebRequest {
    /// Whether a page of another origin is behind a request that may change something.
    ///
    /// `Sec-Fetch-Site` is what the browser itself says, and pages cannot set it; `Origin` is what older ones send.
    /// A program that is no browser sends neither.
    package static func isForeign(
        method: String, host: String?, origin: String?, fetchSite: String?
    ) -> Bool {
        guard !["GET", "HEAD", "OPTIONS"].contains(method), !isMutant(.foreignOriginTaken) else {
            return false
        }
        if fetchSite != nil { return isForeign(fetchSite: fetchSite) }
        guard let origin else { return false }
        guard let host, let authority = origin.authority else { return true }
        return authority != host.lowercased()
    }

    /// Whether a page of another origin is behind a request that reads. Without CORS a browser shows it no answer, but it may
    /// load one as a picture, a script or a frame, and learn by how that goes.
    /// - Parameters:
    ///   - mode: `Sec-Fetch-Mode`.
    ///   - destination: `Sec-Fetch-Dest`.
    ///   - isPage: it asks for what people look at: there a link of another site may lead, in a window of its own.
    package static func isForeignReading(
        host: String?, origin: String?, fetchSite: String?, mode: String?, destination: String?,
        isPage: Bool
    ) -> Bool {
        guard !isMutant(.crossSiteReadAllowed) else { return false }
        guard let fetchSite else {
            guard let origin else { return false }
            guard let host, let authority = origin.authority else { return true }
            return authority != host.lowercased()
        }
        guard isForeign(fetchSite: fetchSite) else { return false }
        return !(isPage && mode == "navigate" && destination == "document")
    }

    /// Whether a browser says that a page of another origin, or of another port of this machine, is behind a request.
    package static func isForeign(fetchSite: String?) -> Bool {
        guard let fetchSite else { return false }
        return fetchSite != "same-origin" && fetchSite != "none"
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
