import CEL

/// An operator holds an instance: nothing of it moves and nothing new leaves, until it is resumed.
package struct Pause: Sendable, Hashable {
    package let by: Actor
    package let reason: String
    package let since: Timestamp

    package init(by: Actor, reason: String, since: Timestamp) {
        self.by = by
        self.reason = reason
        self.since = since
    }
}
