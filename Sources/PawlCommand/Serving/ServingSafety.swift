import Access
import Sabotage
import Values

/// Whether a server may begin as it was told to: what others can reach needs to know who asks, and nobody in between may
/// read along.
enum ServingSafety {
    struct Situation: Sendable, Hashable {
        /// Where the API listens.
        var host = "127.0.0.1"
        var hasTLS = false
        var hasAccessControl = false
        /// Whether proxies are named that end TLS.
        var isBehindProxy = false
        /// Where strangers come in; nil: nowhere.
        var publicHost: String?
        var hasPublicProxy = false
    }

    enum Lack: Sendable, Hashable, CaseIterable {
        /// Others can reach it, and nobody has to say who asks.
        case accessControl
        /// Others can reach it, and it speaks in the clear.
        case encryption
        /// A proxy lets others reach it, and nobody has to say who asks.
        case accessControlBehindProxy
        /// Strangers send what is theirs in the clear.
        case publicEncryption
    }

    /// What is missing; empty: it may begin.
    static func lacks(_ situation: Situation) -> [Lack] {
        guard !isMutant(.unsafeStartTaken) else { return [] }
        var lacks: [Lack] = []
        let isReachable = !situation.host.isLoopbackHost
        if !situation.hasAccessControl {
            if isReachable {
                lacks.append(.accessControl)
            } else if situation.isBehindProxy {
                lacks.append(.accessControlBehindProxy)
            }
        }
        if isReachable, !situation.hasTLS, !situation.isBehindProxy { lacks.append(.encryption) }
        if let host = situation.publicHost, !host.isLoopbackHost, !situation.hasTLS,
            !situation.hasPublicProxy
        {
            lacks.append(.publicEncryption)
        }
        return lacks
    }

    /// - Throws: what is missing, and what to do about each.
    static func check(_ situation: Situation) throws(Failure) {
        let lacks = lacks(situation)
        guard !lacks.isEmpty else { return }
        let isAboutPublic = lacks == [.publicEncryption]
        let host = isAboutPublic ? situation.publicHost ?? "" : situation.host
        throw Failure(
            status: 64,
            lacks == [.accessControlBehindProxy]
                ? "the proxy lets other machines reach this server, and nobody has to say who asks"
                : "\(host.printable) can be reached from other machines, and that is not safe yet: "
                    + lacks.map(\.sentence).joined(separator: "; "),
            fix: (lacks.map(\.fix) + (isAboutPublic ? [] : ["or listen on 127.0.0.1"]))
                .joined(separator: "; "))
    }
}

extension ServingSafety.Lack {
    fileprivate var sentence: String {
        switch self {
        case .accessControl, .accessControlBehindProxy: "nobody has to say who asks"
        case .encryption: "whoever is in between reads along"
        case .publicEncryption: "strangers send what is theirs in the clear"
        }
    }

    fileprivate var fix: String {
        switch self {
        case .accessControl, .accessControlBehindProxy:
            "declare `access:` in pawl.yaml and make a token with `pawl token create`"
        case .encryption:
            "give it a certificate (`server: {tls: …}` in pawl.yaml, or --tls-certificate and "
                + "--tls-key), or name the proxy that has one with --behind-proxy"
        case .publicEncryption:
            "give the server a certificate, or name the proxy that has one with --public-proxy"
        }
    }
}
