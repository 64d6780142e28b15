import Access
import Values

/// An issuer at work: its settings, its keys, and what of its tokens was looked at lately.
package final class Issuer: Sendable {
    package let settings: IssuerSettings
    let keys: IssuerKeys
    let now: @Sendable () -> Timestamp
    private let memory = SignatureMemory()

    /// - Parameter now: the wall's time, which tokens are dated by.
    package init(
        _ settings: IssuerSettings, fetch: @escaping Fetch,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.settings = settings
        self.now = now
        keys = IssuerKeys(settings, fetch: fetch, now: now)
    }

    /// Why there is no principal.
    enum Failure: Error, Hashable {
        case fault(TokenFault)
        /// It is not known whether the token is good.
        case unavailable(String)
    }

    static func read(_ text: String) throws(Failure) -> SignedToken {
        do throws(TokenFault) {
            return try SignedToken(text)
        } catch {
            throw .fault(error)
        }
    }

    /// What costs nothing is looked at first, so that what is stale or for others costs no arithmetic and asks nobody.
    func principal(
        of token: SignedToken, for purpose: TokenRules.Purpose
    ) async throws(Failure) -> Principal {
        let rules = TokenRules(settings: settings, purpose: purpose, now: now())
        let subject: String
        let algorithm: TokenAlgorithm
        let id: ExactText?
        do throws(TokenFault) {
            algorithm = try rules.algorithm(of: token.header)
            subject = try rules.check(token.claims)
            try rules.checkBinding(token.claims, algorithm)
            id = try keyID(of: token.header)
        } catch {
            throw .fault(error)
        }
        try await checkSignature(of: token, id, algorithm, at: rules.now)
        let roles = settings.roles.reduce(into: Set<ExactText>()) {
            $0.formUnion($1.roles(of: token.claims))
        }
        return Principal(
            subject: settings.prefix.text + subject, roles: roles,
            proof: .issuer(ExactText(settings.name)))
    }

    private func checkSignature(
        of token: SignedToken, _ id: ExactText?, _ algorithm: TokenAlgorithm, at now: Timestamp
    ) async throws(Failure) {
        var doubt: [UInt8]?
        // A key that is wrong may have a successor under the same name; that one has none.
        for _ in 0..<2 {
            switch await keys.key(id, algorithm, doubting: doubt) {
            case .key(let key):
                guard key.print != doubt else { throw .fault(.signature) }
                let isSigned = memory.holds(token, key, at: now) {
                    key.verifies(token.signature, of: token.signed)
                }
                if isSigned { return }
                doubt = key.print
            case .unknown: throw .fault(.key)
            case .unavailable(let reason): throw .unavailable(reason)
            }
        }
        throw .fault(.signature)
    }

    private func keyID(of header: Value) throws(TokenFault) -> ExactText? {
        guard let id = header["kid"] else { return nil }
        guard let text = id.stringValue, !text.isEmpty else { throw .key }
        return ExactText(text)
    }
}
