/// Why an adapter's calls go out or wait, for people and for the blocker.
package struct AdapterStatus: Sendable, Hashable {
    package let adapter: String
    /// nil: the adapter has none.
    package let breaker: BreakerStatus?
    /// Calls that are on their way.
    package let running: Int
    package let concurrency: Int
    package let queued: Int
    /// When the rate lets the next call go; nil: it does not hold anything up.
    package let rateLimitedUntil: MonotonicTime?
    /// A person holds it: nothing leaves.
    package let isPaused: Bool
    /// Nothing could leave; nil: as far as is known it could.
    package let lack: Lack?
}

package enum BreakerStatus: Sendable, Hashable {
    /// Counts of the window.
    case closed(failures: Int, calls: Int)
    case open(since: MonotonicTime, nextProbe: MonotonicTime, failures: Int, calls: Int)
    /// One call is let through; its result decides.
    case halfOpen
}

/// What people are told of an adapter: its breaker opened, lets a call through to see, or closed; it lacks something
/// without which it cannot call, or has it now.
package struct AdapterTurn: Sendable, Hashable {
    package enum Change: Sendable, Hashable {
        case breaker(BreakerStatus)
        case lack(Lack?)
    }

    package let adapter: String
    package let change: Change
}
