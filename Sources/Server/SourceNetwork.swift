import NIOCore

/// Whom a limit per address counts as one: an IPv4 address, or the 64 bits of an IPv6 network that one household
/// has for itself.
struct SourceNetwork: Hashable, Sendable {
    let address: String
    /// Its neighbours: 256 addresses of IPv4, the 48 bits of an IPv6 site.
    let network: String

    /// - Parameter address: as text; brackets and a port, which proxies may add, do not count. What is no address
    ///   is one source of its own.
    init(_ address: String) {
        let bare = Self.bare(address)
        guard let parsed = try? SocketAddress(ipAddress: bare, port: 0) else {
            self.address = ""
            network = ""
            return
        }
        guard case .v6(let six) = parsed else {
            self.address = bare
            network = Self.neighbours(bare)
            return
        }
        let bytes = withUnsafeBytes(of: six.address.sin6_addr) { Array($0) }
        // ::ffff:a.b.c.d
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            self.address = bytes.suffix(4).map { String($0) }.joined(separator: ".")
            network = Self.neighbours(self.address)
        } else {
            self.address = bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
            network = bytes.prefix(6).map { String($0, radix: 16) }.joined(separator: ":")
        }
    }

    private static func neighbours(_ address: String) -> String {
        address.split(separator: ".").dropLast().joined(separator: ".")
    }

    /// Without brackets and a port.
    static func bare(_ address: String) -> String {
        let trimmed = address.filter { !$0.isWhitespace }
        if trimmed.hasPrefix("[") { return String(trimmed.dropFirst().prefix { $0 != "]" }) }
        let isWithPort = trimmed.count { $0 == ":" } == 1
        return isWithPort ? String(trimmed.prefix { $0 != ":" }) : trimmed
    }
}
