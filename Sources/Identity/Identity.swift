// Identity: who asks, by what others vouch for.
//
// Theory of operation. An issuer (OpenID Connect) signs tokens; we know it by its settings and by the keys that it publishes.
// A token is text of a stranger until the last check is made, so everything about it is decided by the settings and nothing
// by itself: which issuer it may be of, which algorithms there are, where the keys lie. The way of a token:
//
//   text ─► SignedToken (bounded, strict) ─► its issuer by `iss` ─► TokenRules (header, claims) ─► IssuerKeys ─► signature
//
// The first three are plain functions. `KeyRing` is a machine over time: it says when keys are to be fetched, and
// `IssuerKeys` fetches them, once for all who wait. What is remembered is that a signature was right under a key, never that a
// token is good: times, audience and roles are looked at anew each time.
//
// A login (`OpenIDLogin`) sends a browser to the issuer and takes back a code, which buys an ID token; that one goes the same
// way under the rules for logins. Nothing here opens a connection: a `Fetch` is given.

import Values

/// One request to an issuer.
package struct IssuerRequest: Sendable {
    package let url: String
    package let headers: [(name: String, value: String)]
    /// Of a POST; nil: a GET.
    package let body: [UInt8]?

    package init(
        url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) {
        self.url = url
        self.headers = headers
        self.body = body
    }
}

package struct IssuerAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// In any case of its letters, the first.
    func header(_ name: String) -> String? {
        headers.first { sameUTF8($0.name.lowercased(), name.lowercased()) }?.value
    }
}

/// Sends one request. It ends by a deadline of its own, follows no redirect, and bounds what it takes.
/// - Throws: where there is no answer; or `CancellationError`.
package typealias Fetch = @Sendable (IssuerRequest) async throws -> IssuerAnswer
