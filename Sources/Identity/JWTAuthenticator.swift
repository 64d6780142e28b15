import Access
import Values

/// `Authorization: Bearer` with a JSON web token of one of the issuers.
package struct JWTAuthenticator: Authenticator {
    /// How this server's own tokens begin, which are somebody else's to look at.
    private static let own = "pawl_"

    private let issuers: [ExactText: Issuer]

    /// - Parameter issuers: of one `iss` each.
    package init(_ issuers: [Issuer]) {
        self.issuers = [ExactText: Issuer](
            issuers.map { (ExactText($0.settings.issuer), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    package func principal(
        for credentials: Credentials
    ) async throws(Unproven) -> Principal? {
        guard let text = credentials.bearer, !text.utf8.starts(with: Self.own.utf8) else {
            return nil
        }
        var name = "a JSON web token"
        do throws(Issuer.Failure) {
            let token = try Issuer.read(text)
            guard let issuer = token.claims["iss"]?.stringValue.flatMap({ issuers[ExactText($0)] })
            else { throw .fault(.issuer) }
            name = "a token of `\(issuer.settings.name)`"
            return try await issuer.principal(
                of: token, for: .access(certificates: credentials.certificates))
        } catch {
            throw Unproven(error, name)
        }
    }
}

extension Unproven {
    /// - Parameter what: what was brought.
    init(_ failure: Issuer.Failure, _ what: String) {
        switch failure {
        case .fault(let fault): self.init("\(what): \(fault.rawValue)")
        case .unavailable(let reason):
            self.init("\(what): the issuer cannot be asked, \(reason)", isUnavailable: true)
        }
    }
}
