import Values

// Alerts: who is woken, and of what.
//
// Theory of operation. An alert is a fact about the state of things, not an event: somebody looks at what the engine
// knows anyway (open incidents by cause, what is overdue, open breakers, late timers, room, missed occurrences), as a list of
// `Condition`s, and `AlertBook` compares it with the alerts that are kept. What comes of that is a plain value: alerts that
// changed, and messages to deliver. Both are records of one commit, so that no message is forgotten and none is made twice,
// whenever the process dies. A `AlertDelivery` is then attempted until its receiver takes it, under the same id each time.
// Nothing here has a clock, a thread or a socket; `Assembly/Alerts` looks, writes and sends.

/// Something that is wrong now, with everything that has the same cause.
package struct Condition: Sendable, Hashable {
    /// What kinds of trouble there are; the raw value is what people write in rules.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Instances need a person, for one cause.
        case incident
        /// Instances stay in a state longer than they may.
        case overdue
        /// The breaker of an adapter is open, or it lacks a setting: nothing of it leaves.
        case breaker
        /// Timers are decided long after they were due.
        case timersLate = "timers-late"
        /// The wall clock has jumped and is not followed, or was set back.
        case clock
        /// The disk has little room.
        case disk
        /// A schedule did not start what was due.
        case scheduleMissed = "schedule-missed"
    }

    package let kind: Kind
    /// What it has in common with others of its kind: a cause, an adapter, a workflow and a state. Two conditions of one
    /// kind with the same subject are one.
    @ExactText package private(set) var subject: String
    package let since: Timestamp
    package var count = 1
    /// Workflows that it concerns, in order; empty: none in particular.
    package var workflows: [ExactText] = []
    package var cause: String?
    package var adapter: String?
    /// Names of some of the instances that it concerns.
    package var examples: [String] = []
    /// What is wrong, in a sentence.
    package let sentence: String
    /// Lines to type: what tells more, and what mends it.
    package var commands: [String] = []

    package init(_ kind: Kind, _ subject: String, since: Timestamp, sentence: String) {
        self.kind = kind
        self.subject = subject
        self.since = since
        self.sentence = sentence
    }

    /// Names that a message lists.
    package static let maximumExamples = 5
}

/// What was found when somebody looked.
package struct Observation: Sendable, Hashable {
    package var conditions: [Condition] = []
    /// Kinds about which nothing can be said now, or not everything: what is not found of them is not over.
    package var unread: Set<Condition.Kind> = []

    package init() {}

    package mutating func add(_ other: Observation) {
        conditions += other.conditions
        unread.formUnion(other.unread)
    }
}
