import Values

/// Somebody does the tasks of who is away. It is looked up when somebody acts, so that its beginning and its end change
/// nothing by themselves. One hop: who stands in has nobody stand in for that.
package struct Substitution: Sendable, Hashable {
    /// Everybody of a role, or one of them.
    package struct Absent: Sendable, Hashable, CustomStringConvertible {
        @ExactText package private(set) var role: String
        private let person: ExactText?

        package var subject: String? { person?.text }

        package init(role: String, subject: String? = nil) {
            self.role = role
            person = subject.map { ExactText($0) }
        }

        /// `manager` or `manager/ana`; nil: neither.
        package init?(_ text: String) {
            if let actor = Actor(parsing: text) {
                self.init(role: actor.role, subject: actor.subject)
            } else if !text.isEmpty, !text.contains("/") {
                self.init(role: text)
            } else {
                return nil
            }
        }

        package var description: String { subject.map { "\(role)/\($0)" } ?? role }
    }

    package let absent: Absent
    package let by: Actor
    package let from: Timestamp
    package let until: Timestamp
    /// Of these workflows only; empty: of all.
    package let workflows: [String]
    package let reason: String

    package init(
        of absent: Absent, by actor: Actor, from: Timestamp, until: Timestamp,
        workflows: [String] = [], reason: String = ""
    ) {
        self.absent = absent
        by = actor
        self.from = from
        self.until = until
        self.workflows = workflows
        self.reason = reason
    }

    package func holds(at moment: Timestamp, for workflow: String) -> Bool {
        from <= moment && moment < until
            && (workflows.isEmpty || workflows.contains { sameUTF8($0, workflow) })
    }
}
