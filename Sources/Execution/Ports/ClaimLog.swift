/// The port that remembers, across the death of the process, which instance was being decided: one that takes the
/// process down with it must not do so for ever, and with it stop all the others.
///
/// Attempts count when they begin, not when they fail: nobody is left to count then.
package protocol ClaimLog: Sendable {
    /// Before an instance is read and decided. It outlives a kill -9, need not outlive a power cut, and never fails
    /// its caller.
    /// - Parameter work: what is decided; the same number in every process.
    func claim(_ id: InstanceID, work: UInt64)
    /// What was claimed last is decided.
    func release()
    /// Those that took this program down too often with the same work: nothing is decided about them.
    var parked: Set<InstanceID> { get }
    /// Those parked about whom an incident is to be opened, unless they have one. Each is given at a few starts
    /// only, so that opening it can take the process down a few times only.
    func takeUntold() -> [(id: InstanceID, deaths: Int)]
}

/// For work that is not repeated by itself after a crash: simulations, replays, tests.
package struct NoClaims: ClaimLog {
    package init() {}
    package func claim(_ id: InstanceID, work: UInt64) {}
    package func release() {}
    package var parked: Set<InstanceID> { [] }
    package func takeUntold() -> [(id: InstanceID, deaths: Int)] { [] }
}
