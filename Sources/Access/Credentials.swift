/// What a request brings to say who asks, unproven.
package struct Credentials: Sendable {
    /// `Authorization`, whole; two of them are joined by a line's end, and are none.
    package var authorization: String?
    /// Of a connection whose client showed a certificate of an authority that the server trusts: DER, the client's own first.
    package var certificates: [[UInt8]] = []
    /// What the browser's session is known by.
    package var session: String?

    package init(authorization: String? = nil, certificates: [[UInt8]] = [], session: String? = nil)
    {
        self.authorization = authorization
        self.certificates = certificates
        self.session = session
    }

    /// The token of `Authorization: Bearer …` (RFC 6750).
    package var bearer: String? {
        guard let authorization, let space = authorization.firstIndex(of: " "),
            authorization[..<space].lowercased() == "bearer"
        else { return nil }
        let token = authorization[space...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}

/// Finds out who asks. One for each kind of proof; the first that knows the kind decides.
package protocol Authenticator: Sendable {
    /// - Returns: nil when the request brings nothing of this kind.
    /// - Throws: when it brings something that proves nothing.
    func principal(for credentials: Credentials) async throws(Unproven) -> Principal?
}

/// Why something proves nothing. The caller is told no more than that it does not; the log says which and why.
package struct Unproven: Error, Hashable {
    package let reason: String
    /// Whoever vouches cannot be asked just now: nothing is known against the caller, who may try again.
    package let isUnavailable: Bool

    package init(_ reason: String, isUnavailable: Bool = false) {
        self.reason = reason
        self.isUnavailable = isUnavailable
    }
}

/// A browser's way to a proof: somebody is sent to the issuer's page and comes back with a code (OAuth 2.1's authorization
/// code with PKCE).
package protocol LoginProvider: Sendable {
    /// What the page of the login calls it.
    var name: String { get }

    /// - Parameter redirect: this server's address to which the browser comes back.
    func begin(redirect: String) async throws(Unproven) -> LoginBegun

    /// - Parameters:
    ///   - query: what the issuer sent the browser back with, decoded.
    ///   - begun: of the same browser.
    func finish(
        _ query: [(name: String, value: String)], _ begun: LoginBegun
    ) async throws(Unproven) -> Principal
}

/// A login that waits for the browser to come back. What it holds is a secret of the server and that browser.
package struct LoginBegun: Sendable {
    /// Where the browser is sent.
    package let url: String
    package let redirect: String
    package let state: String
    package let nonce: String
    /// Of PKCE (RFC 7636).
    package let verifier: String

    package init(url: String, redirect: String, state: String, nonce: String, verifier: String) {
        self.url = url
        self.redirect = redirect
        self.state = state
        self.nonce = nonce
        self.verifier = verifier
    }
}
