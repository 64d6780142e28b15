import Access
import Definition
import Engine
import Execution
import Sabotage
import Synchronization
import Values

/// The tokens that this server made, in memory: whoever asks is found without a look into the store.
package final class TokenBook: Authenticator, Sendable {
    private let tokens = Mutex<[ExactText: AccessToken]>([:])
    private let store: any Store
    private let now: @Sendable () -> Timestamp

    /// - Throws: when the store cannot be read.
    package init(
        _ store: any Store, now: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        self.store = store
        self.now = now
        try refresh()
    }

    /// After a change: what was revoked is not taken any more when its revocation is answered.
    func refresh() throws(StoreError) {
        // Read and kept in one: what was read before a revocation is never kept after it.
        try tokens.withLock { (tokens) throws(StoreError) in
            let all = try AccessToken.all { (query) throws(StoreError) in
                try store.records(query)
            }
            tokens = [:]
            for token in all { tokens[ExactText(token.id)] = token }
        }
    }

    package var isEmpty: Bool { tokens.withLock(\.isEmpty) }

    package func principal(for credentials: Credentials) async throws(Unproven) -> Principal? {
        guard let bearer = credentials.bearer, bearer.hasPrefix(AccessToken.prefix) else {
            return nil
        }
        guard let text = AccessToken.Text(parsing: bearer) else {
            throw Unproven("a token that is none of this server's shape")
        }
        guard let token = tokens.withLock({ $0[ExactText(text.id)] }), token.isProven(by: text)
        else { throw Unproven("the token \(text.id) is not known") }
        guard token.holds(at: now()) else {
            throw Unproven(
                "the token \(text.id) is \(token.revokedAt == nil ? "expired" : "revoked")")
        }
        return token.principal
    }
}
