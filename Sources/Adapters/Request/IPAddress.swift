import Glibc

/// An IP address, with what the ranges of it are for.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16, in network order.
    package let bytes: [UInt8]

    /// Dotted decimal with four parts and no leading zeros, or RFC 4291 text without zone and brackets. What
    /// `inet_aton` takes besides (`127.1`, `0x7f000001`, `2130706433`) is nil.
    package init?(_ text: String) {
        guard text.utf8.count <= 45, !text.utf8.contains(0), !text.utf8.contains(UInt8(ascii: "%"))
        else { return nil }
        let isVersion6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isVersion6 ? 16 : 4)
        guard inet_pton(isVersion6 ? AF_INET6 : AF_INET, text, &bytes) == 1 else { return nil }
        self.init(networkBytes: bytes)
    }

    /// A version 6 address that stands for a version 4 one (`::ffff:127.0.0.1`) becomes that one, so that a
    /// range cannot be reached by another spelling.
    package init?(networkBytes: [UInt8]) {
        guard networkBytes.count == 4 || networkBytes.count == 16 else { return nil }
        let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        let isMapped = networkBytes.count == 16 && networkBytes.starts(with: mapped)
        bytes = isMapped ? Array(networkBytes.suffix(4)) : networkBytes
    }

    package var isLoopback: Bool { Self.loopback.contains { $0.contains(self) } }

    /// Whether it can be reached over the Internet by anyone, so that reaching it says nothing about us:
    /// private, link-local, carrier, multicast, reserved and tunnelled ranges are not (IANA's registries
    /// of special-purpose addresses).
    package var isPublic: Bool {
        if bytes.count == 4 { return !Self.special4.contains { $0.contains(self) } }
        return Self.global6.contains { $0.contains(self) }
            && !Self.special6.contains { $0.contains(self) }
    }

    package var description: String {
        var bytes = bytes
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, &bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static let loopback = networks(["127.0.0.0/8", "::1/128"])

    private static let special4 = networks([
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ])

    /// Only global unicast is ever public in version 6.
    private static let global6 = networks(["2000::/3"])

    /// Teredo, benchmarks, documentation, 6to4: each hides or stands for another address.
    private static let special6 = networks([
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ])

    private static func networks(_ texts: [String]) -> [IPNetwork] {
        texts.compactMap(IPNetwork.init)
    }
}

/// A range of addresses: `10.0.0.0/8`; a single address is one too.
package struct IPNetwork: Sendable, Hashable {
    private let base: IPAddress
    private let length: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let base = IPAddress(String(first)) else { return nil }
        let bits = base.bytes.count * 8
        guard parts.count == 2 else {
            self.init(base: base, length: bits)
            return
        }
        let digits = parts[1]
        guard digits.utf8.count <= 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(digits), length <= bits
        else { return nil }
        self.init(base: base, length: length)
    }

    private init(base: IPAddress, length: Int) {
        self.base = base
        self.length = length
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        var bitsLeft = length
        for (left, right) in zip(address.bytes, base.bytes) where bitsLeft > 0 {
            let mask: UInt8 = bitsLeft >= 8 ? 0xFF : ~(0xFF >> UInt8(bitsLeft))
            guard left & mask == right & mask else { return false }
            bitsLeft -= 8
        }
        return true
    }
}
