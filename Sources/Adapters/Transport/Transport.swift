import Execution

/// The port for what leaves the process. Implementations: `CurlTransport`, and in-process ones for tests and
/// simulations, which answer by any rule they like.
package protocol Transport: Sendable {
    /// A clock that never jumps.
    var now: MonotonicTime { get }

    /// Sends the request once and calls `completion` exactly once: with the answer, whatever it says, or with why
    /// there is none. It must end by the request's own timeout. May complete before it returns.
    func send(
        _ request: OutgoingRequest, for id: CallID,
        completion: @escaping @Sendable (Result<Answer, TransportFailure>) -> Void)

    /// Calls `action` once at that time or soon after, never before. Replaces an earlier wish.
    func wake(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void)
}
