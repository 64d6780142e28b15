import Access
import Definition
import Sabotage
import Synchronization
import Values

/// How often each principal, and each peer that names none, may ask. Moments are kept as `FloodGuard` keeps them, so that
/// memory does not grow with the names. What it knows is of one process: a restart forgives.
final class RequestGuard: Sendable {
    private struct State {
        var principals = Sketch(columns: columns)
        var peers = Sketch(columns: columns)
    }

    private static let columns = 4_096

    private let ofPrincipal: CellRate
    private let ofPeer: CellRate
    private let state = Mutex(State())

    init(_ limits: ServerLimits) {
        ofPrincipal = Self.rate(limits.requestsByPrincipal)
        ofPeer = Self.rate(limits.requestsByPeer)
    }

    private static func rate(_ perMinute: Int) -> CellRate {
        CellRate(PublicEntry.Limit(perSecond: Double(perMinute) / 60, burst: perMinute))
    }

    enum Source {
        /// By the subject, and by what proves it: two issuers may know the same name.
        case principal(String)
        /// See `SourceNetwork.address`.
        case peer(String)
    }

    /// How long to wait; nil: it is let in, and counted.
    /// - Parameter now: never goes back.
    func admit(_ source: Source, now: Duration) -> Duration? {
        guard !isMutant(.requestsUnlimited) else { return nil }
        return state.withLock { state in
            switch source {
            case .principal(let name): ofPrincipal.admit(name, &state.principals, now)
            case .peer(let name): ofPeer.admit(name, &state.peers, now)
            }
        }
    }
}

extension CellRate {
    fileprivate func admit(_ name: String, _ sketch: inout Sketch, _ now: Duration) -> Duration? {
        switch next(sketch[name], now: now.nanoseconds) {
        case .success(let next):
            sketch.raise(name, to: next)
            return nil
        case .failure(let wait): return wait.time
        }
    }
}
