import Guest

/// How the outside world reacts: it answers, or fails in one of the ways a network can.
package enum SandboxReply: Sendable, Hashable {
    /// The answer, `after` this much real time.
    case respond(RemoteResponse, after: Duration)
    /// The effect is done, the connection drops before the answer.
    case loseReply
    /// Nothing was done, and nothing is ever answered.
    case hang
    /// The service is down: the connection drops before any effect.
    case refuse
}
