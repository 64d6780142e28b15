import NIOCore
import Sabotage
import Values

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one alone.
package struct AddressRange: Sendable, Hashable {
    private let bytes: [UInt8]
    private let bits: Int

    /// Wider than any network of one's own: whoever is in it could be anybody.
    package var isOfStrangers: Bool { bits < (bytes.count == 4 ? 8 : 16) }

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = Self.bytes(String(parts[0])) else { return nil }
        // ::ffff:0:0/96 is IPv4, written otherwise.
        let isMapped = bytes.count == 4 && parts[0].contains(":")
        let most = isMapped ? 128 : bytes.count * 8
        guard parts.count == 1 || Self.isNumber(parts[1]) else { return nil }
        let said = parts.count == 1 ? most : Int(parts[1]) ?? -1
        guard ((isMapped ? 96 : 0)...most).contains(said) else { return nil }
        self.bytes = bytes
        bits = isMapped ? said - 96 : said
    }

    package func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(address), other.count == bytes.count else { return false }
        let whole = bits / 8
        guard other.prefix(whole) == bytes.prefix(whole) else { return false }
        guard bits % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
        return other[whole] & mask == bytes[whole] & mask
    }

    private static func isNumber(_ text: Substring) -> Bool {
        (1...3).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Four or sixteen; an IPv4 address within IPv6 is four.
    private static func bytes(_ text: String) -> [UInt8]? {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        switch address {
        case .v4(let four): return withUnsafeBytes(of: four.address.sin_addr) { Array($0) }
        case .v6(let six):
            let bytes = withUnsafeBytes(of: six.address.sin6_addr) { Array($0) }
            let isMapped =
                bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            return isMapped ? Array(bytes.suffix(4)) : bytes
        case .unixDomainSocket: return nil
        }
    }
}

/// Servers in between that end TLS and say whom they ask for.
package struct TrustedProxies: Sendable, Hashable {
    private let ranges: [AddressRange]

    package init(_ ranges: [AddressRange] = []) { self.ranges = ranges }

    package var isEmpty: Bool { ranges.isEmpty }

    package func contains(_ address: String?) -> Bool {
        guard let address else { return false }
        return ranges.contains { $0.contains(address) }
    }

    /// Who asks: whoever holds the connection, or whom trusted proxies ask for. Each appends whom it heard, so that the
    /// last entry which is none of them is the one that nobody outside has written.
    /// - Returns: no port, no brackets; not necessarily an address.
    func client(peer: String?, forwardedFor: String?) -> String? {
        guard contains(peer) || isMutant(.forwardedBelieved), let forwardedFor else { return peer }
        let entries = forwardedFor.split(separator: ",").map { SourceNetwork.bare(String($0)) }
        return entries.last { !contains($0) } ?? peer
    }

    /// Whether the client speaks TLS to the proxy.
    func isEncrypted(peer: String?, forwardedProto: String?) -> Bool {
        contains(peer)
            && forwardedProto?.split(separator: ",").last?
                .filter { !$0.isWhitespace }.lowercased() == "https"
    }
}
