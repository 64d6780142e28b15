import Crypto
import Synchronization
import Values

/// Signatures that were right, so that a client's next request costs no arithmetic. It remembers that and no more: a token is
/// looked at anew each time, and so is whether its key is still one.
final class SignatureMemory: Sendable {
    private struct Entry {
        let key: [UInt8]
        let until: Timestamp
    }

    private struct State {
        /// The older half goes when the younger one is full.
        var young: [Crypto.SHA256Digest: Entry] = [:]
        var old: [Crypto.SHA256Digest: Entry] = [:]
    }

    private static let longest = Duration.seconds(5 * 60)
    private let half: Int
    private let state = Mutex(State())

    /// - Parameter capacity: tokens of which it knows at most.
    init(capacity: Int = 8_192) { half = max(1, capacity / 2) }

    /// Whether this token's signature is right under this key; asks `verify` where it is not known.
    func holds(
        _ token: SignedToken, _ key: IssuerKey, at now: Timestamp, _ verify: () -> Bool
    ) -> Bool {
        var hash = Crypto.SHA256()
        hash.update(data: token.signed)
        hash.update(data: [UInt8(ascii: ".")])
        hash.update(data: token.signature)
        let digest = hash.finalize()
        let known = state.withLock { $0.young[digest] ?? $0.old[digest] }
        if let known, known.key == key.print, now < known.until { return true }
        guard verify() else { return false }
        let entry = Entry(key: key.print, until: now + Self.longest)
        state.withLock { state in
            if state.young.count >= half { (state.old, state.young) = (state.young, [:]) }
            state.young[digest] = entry
        }
        return true
    }

    var count: Int { state.withLock { $0.young.count + $0.old.count } }
}
