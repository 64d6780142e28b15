import Values

/// Which hosts adapters may reach: those that the operator listed, and no others.
///
/// An entry is a name (`notices.example.com`), all names below one (`*.example.com`), an address or a range of
/// addresses (`10.2.0.0/16`, `[::1]`); names and addresses may carry a port (`notices.example.com:8443`).
/// Private, link-local and loopback addresses are reached only when an address or range of the list holds them,
/// also when a listed *name* resolves to one: a name's owner must not be able to point it into our network.
/// `localhost` stands for the loopback addresses as well.
package struct AddressRules: Sendable, Hashable {
    fileprivate struct Entry: Sendable, Hashable {
        enum Pattern: Sendable, Hashable {
            case name(String)
            /// With the leading dot.
            case below(String)
            case network(IPNetwork)
        }

        let pattern: Pattern
        let port: Int?
    }

    /// The hosts as they were given.
    package let allowedHosts: [String]
    private let entries: [Entry]

    package init(allowedHosts: [String]) throws(AddressProblem) {
        var entries: [Entry] = []
        for text in allowedHosts { entries += try Self.entries(text) }
        self.allowedHosts = allowedHosts
        self.entries = entries
    }

    private init() {
        allowedHosts = []
        entries = []
    }

    /// Nothing may be reached.
    package static let none = AddressRules()

    /// Whether the host is on the list, and, if it is an address, whether that may be reached. Where a name leads
    /// is asked again with `permits(_:port:)` once it is known.
    package func check(_ endpoint: Endpoint) throws(AddressProblem) {
        let isAllowed =
            switch endpoint.host {
            case .name(let name): entries.contains { $0.matches(name, port: endpoint.port) }
            case .address(let address): listed(address, port: endpoint.port)
            }
        guard isAllowed else {
            throw AddressProblem(
                "\(endpoint.host):\(endpoint.port) is not among the allowed hosts")
        }
    }

    /// Whether a connection to this address may be opened, whatever name led to it.
    package func permits(_ address: IPAddress, port: Int) -> Bool {
        address.isPublic || listed(address, port: port)
    }

    private func listed(_ address: IPAddress, port: Int) -> Bool {
        entries.contains { $0.matches(address, port: port) }
    }

    private static func entries(_ text: String) throws(AddressProblem) -> [Entry] {
        if let network = IPNetwork(text) { return [Entry(pattern: .network(network), port: nil)] }
        let isWildcard = text.hasPrefix("*.")
        // The strict reader of addresses reads hosts and ports for us.
        let endpoint = try Endpoint("smtp://" + (isWildcard ? String(text.dropFirst(2)) : text))
        guard endpoint.basePath.isEmpty, !text.contains("/") else {
            throw AddressProblem("'\(text)': an allowed host has no path")
        }
        let port = hasPort(text) ? endpoint.port : nil
        switch endpoint.host {
        case .address(let address):
            guard !isWildcard, let network = IPNetwork(address.description) else {
                throw AddressProblem("'\(text)': '*.' stands before a name")
            }
            return [Entry(pattern: .network(network), port: port)]
        case .name("localhost"):
            let loopback = ["127.0.0.0/8", "::1/128"].compactMap(IPNetwork.init)
            return [Entry(pattern: .name("localhost"), port: port)]
                + loopback.map { Entry(pattern: .network($0), port: port) }
        case .name(let name):
            return [Entry(pattern: isWildcard ? .below("." + name) : .name(name), port: port)]
        }
    }

    private static func hasPort(_ text: String) -> Bool {
        let afterBracket = text.split(separator: "]", omittingEmptySubsequences: false).last ?? ""
        return afterBracket.contains(":")
    }
}

extension AddressRules.Entry {
    fileprivate func matches(_ name: String, port: Int) -> Bool {
        guard self.port == nil || self.port == port else { return false }
        return switch pattern {
        case .name(let own): sameUTF8(own, name)
        case .below(let suffix): name.hasSuffix(suffix)
        case .network: false
        }
    }

    fileprivate func matches(_ address: IPAddress, port: Int) -> Bool {
        guard self.port == nil || self.port == port else { return false }
        return switch pattern {
        case .name, .below: false
        case .network(let network): network.contains(address)
        }
    }
}
