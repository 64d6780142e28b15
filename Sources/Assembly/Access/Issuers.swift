import Access
import Adapters
import Definition
import Engine
import Identity
import Values

/// The issuers of `pawl.yaml` at work: what looks at their tokens, and the logins that they give.
package struct Issuers: Sendable {
    package let authenticator: JWTAuthenticator
    /// In the order of `pawl.yaml`.
    package let logins: [any LoginProvider]

    /// - Parameters:
    ///   - settings: where the secrets of clients are; each is read when it is needed.
    ///   - transport: nil: libcurl, on a thread of its own.
    /// - Throws: where libcurl cannot be used.
    package init(
        _ configurations: [IssuerConfiguration], settings: SettingResolver,
        transport: (any Transport)? = nil,
        now: @escaping @Sendable () -> Timestamp = { WallClock.wallTime() }
    ) throws(Problem) {
        let post: IssuerPost
        if let transport {
            post = IssuerPost(over: transport)
        } else {
            post = IssuerPost(over: try Self.libcurl())
        }
        var issuers: [Issuer] = []
        var logins: [any LoginProvider] = []
        for configuration in configurations {
            let issuer = Issuer(
                configuration.settings, fetch: { try await post.send($0) }, now: now)
            issuers.append(issuer)
            let login = OpenIDLogin(issuer) { () throws(Unproven) in
                guard let secret = configuration.secret else { return nil }
                if let text = settings.value(of: secret) { return text }
                throw Unproven(
                    "the secret of `\(configuration.settings.name)` is not there: see "
                        + "`client.secret` in pawl.yaml", isUnavailable: true)
            }
            if let login { logins.append(login) }
        }
        authenticator = JWTAuthenticator(issuers)
        self.logins = logins
    }

    /// The operator names the issuers, and they are as a rule in a network of their own.
    private static let networks = [
        "localhost", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7",
    ]

    private static func libcurl() throws(Problem) -> any Transport {
        guard let rules = try? AddressRules(allowedHosts: networks),
            let transport = CurlTransport(
                rules: rules, options: CurlTransport.Options(connectTimeout: .seconds(3)))
        else {
            throw Problem(
                .internalError, "libcurl cannot be used for the issuers of pawl.yaml",
                fix: "install libcurl 7.68 or later")
        }
        return transport
    }
}
