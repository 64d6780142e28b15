import Values

extension RetryPolicy {
    /// The pause after the n-th attempt: exponential, capped, with jitter between half of it and all of it.
    ///
    /// The jitter is derived from the key, so that a decision needs no randomness: the same run always waits
    /// the same time, different runs spread out.
    /// - Parameter attempt: attempts made so far, from 1.
    package func interval(attempt: Int, salt: String) -> Duration {
        var pause = initialInterval
        for _ in 1..<max(attempt, 1) where pause < maximumInterval {
            pause = pause * backoffCoefficient
        }
        pause = min(pause, maximumInterval)
        guard jitter else { return pause }
        let share = Double((StableHash("\(salt)#\(attempt)").value >> 20) % 1_000) / 2_000
        return pause * (0.5 + share)
    }
}
