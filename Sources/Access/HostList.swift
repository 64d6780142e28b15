import Sabotage

/// By which names a server lets itself be called. A page can have its own name point to any address (DNS rebinding), and is
/// of the same origin as the server then; the name is what still tells.
package struct HostList: Sendable, Hashable {
    /// `pawl.example.com`, `*.example.com`, `pawl.example.com:8443`, `[2001:db8::1]`; of any port where none is said.
    private let entries: [Entry]
    /// What the server listens on is reachable from this machine alone.
    private let isLoopback: Bool
    /// Nobody said by which names.
    private let isUnsaid: Bool

    private struct Entry: Sendable, Hashable {
        /// Without the `*` of a wildcard.
        let name: String
        let isWildcard: Bool
        let port: String?

        func admits(_ host: HostName) -> Bool {
            guard port == nil || port == host.port else { return false }
            guard isWildcard else { return host.name == name }
            // One label or more in place of the star.
            return host.name.hasSuffix(name) && host.name.utf8.count > name.utf8.count
        }
    }

    package enum Verdict: Sendable, Hashable {
        case admitted
        /// No name is said where one has to be.
        case missing
        /// It is said twice, or is none.
        case malformed
        /// The name is another's.
        case foreign(String)
    }

    /// - Parameters:
    ///   - names: none: a listener that this machine alone can reach answers to this machine's names, any other to every name.
    ///   - address: what the server listens on.
    package init(_ names: [String], at address: String) {
        isLoopback = address.isLoopbackHost
        isUnsaid = names.isEmpty
        entries = names.compactMap { text in
            let isWildcard = text.hasPrefix("*.")
            // An address of IPv6 may come without its brackets.
            let name = text.count { $0 == ":" } > 1 && !text.hasPrefix("[") ? "[\(text)]" : text
            guard let host = HostName(isWildcard ? String(text.dropFirst(2)) : name) else {
                return nil
            }
            return Entry(
                name: isWildcard ? "." + host.name : host.name, isWildcard: isWildcard,
                port: host.port)
        }
    }

    /// Whether text can stand in the list.
    package static func isName(_ text: String) -> Bool {
        !HostList([text], at: "").entries.isEmpty
    }

    /// Whether every name is answered to.
    package var isOpen: Bool { isUnsaid && !isLoopback }

    /// - Parameter host: `Host`; two of them, joined by a line's end, are none.
    package func verdict(on host: String?) -> Verdict {
        if isMutant(.hostListIgnored) { return .admitted }
        guard let host else { return .missing }
        guard let name = HostName(host) else { return .malformed }
        if isOpen || entries.contains(where: { $0.admits(name) }) { return .admitted }
        return isLoopback && name.name.isLoopbackHost ? .admitted : .foreign(name.name)
    }
}

/// `Host` (RFC 9110, 7.2), taken apart: no user, no escapes, no dot at the end.
private struct HostName {
    /// In small letters; an address of IPv6 without its brackets.
    let name: String
    let port: String?

    init?(_ text: String) {
        var rest = text.utf8[...]
        if text.hasPrefix("[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            name = String(Substring(rest[..<end].dropFirst())).lowercased()
            rest = rest[rest.index(after: end)...]
            guard name.utf8.contains(UInt8(ascii: ":")), name.utf8.allSatisfy(\.isOfAddress) else {
                return nil
            }
        } else {
            let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            name = String(Substring(rest[..<end])).lowercased()
            rest = rest[end...]
            let labels = name.split(separator: ".", omittingEmptySubsequences: false)
            guard name.utf8.count <= 253, name.utf8.allSatisfy(\.isOfName),
                labels.allSatisfy({ !$0.isEmpty })
            else { return nil }
        }
        guard !rest.isEmpty else {
            port = nil
            return
        }
        let digits = rest.dropFirst()
        guard rest.first == UInt8(ascii: ":"), (1...5).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        port = String(Substring(digits))
    }
}

extension UInt8 {
    /// Letters, digits, `-`, `.` and the `_` that some networks name their machines with.
    fileprivate var isOfName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Hexadecimal digits, `:` and the `.` of an address in an address.
    fileprivate var isOfAddress: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
