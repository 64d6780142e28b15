import Values

/// An operator holds an instance: nothing of it moves and nothing new leaves, until it is resumed.
package struct Pause: Sendable, Hashable {
    package let by: Actor
    package let reason: String
    package let since: Timestamp
    /// Of the entry in the history since which the instance is held, by this or by its workflow's pause: tells it from
    /// an earlier one.
    package let number: Int64

    package init(by: Actor, reason: String, since: Timestamp, number: Int64) {
        self.number = number
        self.by = by
        self.reason = reason
        self.since = since
    }
}
