import CEL

/// An operator holds an instance: nothing of it moves and nothing new leaves, until it is resumed.
package struct Pause: Sendable, Hashable {
    package let by: Actor
    package let reason: String
    package let since: Timestamp
    /// What came meanwhile, in order; taken when the instance is resumed.
    package var held: [HeldInput] = []

    package init(by: Actor, reason: String, since: Timestamp) {
        self.by = by
        self.reason = reason
        self.since = since
    }
}

/// An input that came to a paused instance and cannot be asked for again.
package enum HeldInput: Sendable, Hashable {
    case event(InboundEvent)
    case answer(CallID, CallOutcome)
    case childEnded(activation: Int64, status: Run.Status, output: Value)
    case childRefused(activation: Int64, error: CallError)
}
