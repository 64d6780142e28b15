import Sabotage
import Synchronization
import Values

/// How many connections each peer has.
final class PeerRoom: Sendable {
    private let limit: Int
    private let taken = Mutex<[ExactText: Int]>([:])

    init(limit: Int) { self.limit = limit }

    /// - Returns: whether there was a place; it is given back by `leave`.
    func enter(_ peer: ExactText) -> Bool {
        taken.withLock { taken in
            let count = taken[peer] ?? 0
            guard count < limit || isMutant(.peerConnectionsUnlimited) else { return false }
            taken[peer] = count + 1
            return true
        }
    }

    func leave(_ peer: ExactText) {
        taken.withLock { taken in
            let left = (taken[peer] ?? 1) - 1
            taken[peer] = left > 0 ? left : nil
        }
    }
}
