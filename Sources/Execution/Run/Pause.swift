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

extension Pause {
    /// What lists know of it.
    var summary: PauseSummary { PauseSummary(by: by.description, reason: reason, since: since) }
}

/// What a row says of a pause. Texts are compared as the store does: by their bytes.
package struct PauseSummary: Sendable, Hashable {
    /// `role/subject`.
    @ExactText package private(set) var by: String
    @ExactText package private(set) var reason: String
    package let since: Timestamp

    package init(by: String, reason: String, since: Timestamp) {
        self.since = since
        self.by = by
        self.reason = reason
    }

    /// `role/subject`, or the subject alone.
    package func isBy(_ name: String) -> Bool {
        if sameUTF8(by, name) { return true }
        guard let slash = by.utf8.firstIndex(of: UInt8(ascii: "/")) else { return false }
        return by.utf8[by.utf8.index(after: slash)...].elementsEqual(name.utf8)
    }
}

/// Instances that one person has paused for one reason.
package struct PauseGroup: Sendable, Hashable {
    /// `role/subject`.
    package let by: String
    package let reason: String
    package let count: Int
    package let first: Timestamp
    package let last: Timestamp

    package init(by: String, reason: String, count: Int, first: Timestamp, last: Timestamp) {
        self.by = by
        self.reason = reason
        self.count = count
        self.first = first
        self.last = last
    }
}

extension [PauseGroup] {
    /// The first `count`: the largest first, then by who and why.
    package func largest(_ count: Int) -> [PauseGroup] {
        let sorted = sorted {
            if $0.count != $1.count { return $0.count > $1.count }
            if !sameUTF8($0.by, $1.by) { return $0.by.utf8.lexicographicallyPrecedes($1.by.utf8) }
            return $0.reason.utf8.lexicographicallyPrecedes($1.reason.utf8)
        }
        return Array(sorted.prefix(Swift.max(count, 0)))
    }
}
