import Values

/// How many instances there are that somebody may have to look at, and what their incidents have in common.
package struct InstanceTally: Sendable, Hashable {
    /// Of one workflow.
    package struct Count: Sendable, Hashable {
        /// Those that have not ended.
        package var running = 0
        /// Of any status: with an open incident, or held.
        package var blocked = 0
        /// Running, not blocked, and past their time.
        package var overdue = 0

        package init(running: Int = 0, blocked: Int = 0, overdue: Int = 0) {
            self.running = running
            self.blocked = blocked
            self.overdue = overdue
        }
    }

    /// Open incidents of one workflow and one cause.
    package struct Incidents: Sendable, Hashable {
        package let workflow: String
        package let cause: String
        package let count: Int

        package init(workflow: String, cause: String, count: Int) {
            self.workflow = workflow
            self.cause = cause
            self.count = count
        }
    }

    /// By workflow; without one that has none of them.
    package let counts: [ExactText: Count]
    /// In order of workflow and cause.
    package let incidents: [Incidents]

    /// - Parameter incidents: workflow and cause of each open incident, in any order, or of many at once.
    package init(
        counts: [ExactText: Count],
        incidents: some Sequence<(workflow: String, cause: String, count: Int)>
    ) {
        self.counts = counts
        let sums = incidents.reduce(into: [[ExactText]: Int]()) { sums, entry in
            sums[[ExactText(entry.workflow), ExactText(entry.cause)], default: 0] += entry.count
        }
        self.incidents = sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            Incidents(workflow: $0.key[0].text, cause: $0.key[1].text, count: $0.value)
        }
    }

    /// Incidents that are looked at: beyond them nobody counts.
    package static let maximumIncidents = 100_000
}
