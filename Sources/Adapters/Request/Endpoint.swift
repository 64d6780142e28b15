/// Where an adapter's remote is: the parts of its address, read strictly. Anything that two readers of URLs could
/// understand differently is refused.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: String, Sendable, Hashable {
        case http
        case https
        case smtp
        case smtps

        var defaultPort: Int {
            switch self {
            case .http: 80
            case .https: 443
            case .smtp: 25
            case .smtps: 465
            }
        }

        /// TLS from the first byte.
        var isSecure: Bool { self == .https || self == .smtps }
    }

    package enum Host: Sendable, Hashable, CustomStringConvertible {
        /// Lower case.
        case name(String)
        case address(IPAddress)

        package var description: String {
            switch self {
            case .name(let name): name
            case .address(let address):
                address.bytes.count == 16 ? "[\(address)]" : address.description
            }
        }

        /// `localhost` is this machine by RFC 6761.
        var isLoopback: Bool {
            switch self {
            case .name(let name): name == "localhost"
            case .address(let address): address.isLoopback
            }
        }
    }

    package let scheme: Scheme
    package let host: Host
    package let port: Int
    /// Empty, or begins with "/" and does not end with one.
    package let basePath: String

    /// What is sent there leaves no machine.
    package var isOnThisMachine: Bool { host.isLoopback }

    package var description: String { "\(scheme.rawValue)://\(host):\(port)\(basePath)" }

    /// - Throws: a sentence that says what is wrong.
    package init(_ text: String) throws(AddressProblem) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C }) else {
            throw AddressProblem("an address consists of printable ASCII without '\\'")
        }
        guard let separator = text.range(of: "://"),
            let scheme = Scheme(rawValue: text[..<separator.lowerBound].lowercased())
        else { throw AddressProblem("an address begins with http, https, smtp or smtps and '://'") }
        let rest = text[separator.upperBound...]
        guard !rest.contains("?"), !rest.contains("#") else {
            throw AddressProblem("an address has no query and no fragment")
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw AddressProblem("an address has no user name; 'auth' says who we are")
        }
        let (host, port) = try Self.split(authority)
        self.scheme = scheme
        self.host = try Self.host(host)
        self.port = try port.map(Self.port) ?? scheme.defaultPort
        basePath = try Self.basePath(rest[authority.endIndex...])
    }

    private static func split(
        _ authority: Substring
    ) throws(AddressProblem) -> (host: Substring, port: Substring?) {
        guard authority.hasPrefix("[") else {
            let parts = authority.split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (parts.first ?? "", parts.count == 2 ? parts[1] : nil)
        }
        guard let end = authority.firstIndex(of: "]") else {
            throw AddressProblem("the bracket of an IPv6 address is not closed")
        }
        let after = authority[authority.index(after: end)...]
        guard after.isEmpty || after.hasPrefix(":") else {
            throw AddressProblem("a port follows an IPv6 address, or nothing")
        }
        return (authority[...end], after.isEmpty ? nil : after.dropFirst())
    }

    private static func port(_ text: Substring) throws(AddressProblem) -> Int {
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(text), (1...65_535).contains(port)
        else { throw AddressProblem("a port is a number from 1 to 65535") }
        return port
    }

    /// An address in brackets, a dotted decimal one, or a DNS name whose last label is no number: names that
    /// end in a number are addresses to some readers.
    static func host(_ text: Substring) throws(AddressProblem) -> Host {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let inner = text.dropFirst().dropLast()
            guard inner.contains(":"), let address = IPAddress(String(inner)) else {
                throw AddressProblem("'\(text)' is no IPv6 address")
            }
            return .address(address)
        }
        let labels = text.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, !last.isEmpty else {
            throw AddressProblem("the host is missing, or ends with a dot")
        }
        if last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) || last.hasPrefix("0x") {
            guard let address = IPAddress(String(text)) else {
                throw AddressProblem("'\(text)' is no IPv4 address in dotted decimals")
            }
            return .address(address)
        }
        guard text.utf8.count <= 253, labels.allSatisfy(isLabel) else {
            throw AddressProblem("'\(text)' is no host name")
        }
        return .name(text.lowercased())
    }

    private static func isLabel(_ label: Substring) -> Bool {
        let bytes = label.utf8
        return (1...63).contains(bytes.count) && bytes.first != 0x2D && bytes.last != 0x2D
            && bytes.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
            }
    }

    private static func basePath(_ text: Substring) throws(AddressProblem) -> String {
        let segments = text.split(separator: "/")
        guard !segments.contains(where: PathSegment.isDots) else {
            throw AddressProblem("the path of an address has no '.' and '..'")
        }
        return segments.map { "/\($0)" }.joined()
    }
}

/// What is wrong with an address or with an entry of the list of allowed hosts.
package struct AddressProblem: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
