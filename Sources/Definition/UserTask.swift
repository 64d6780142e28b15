import CEL
import Statechart
import Values

/// A task for a person (BPMN's user task), as a workflow declares it.
package struct UserTask: Sendable, Hashable {
    /// Who may take it.
    package let role: String
    /// What is to be done, for people; a string.
    package let title: Template
    /// The subject whose task it is from the beginning; nil: anybody of the role claims it.
    package let assignee: Template?
    /// A delay or a moment after which it is overdue.
    package let due: Template?
    package let remind: Reminder?
    /// Of the data that come with the decision.
    package let form: Schema
    /// What can be decided; one at least.
    package let outcomes: [String]

    package init(
        role: String, title: Template, assignee: Template? = nil, due: Template? = nil,
        remind: Reminder? = nil, form: Schema = .any, outcomes: [String] = [Self.done]
    ) {
        self.role = role
        self.title = title
        self.assignee = assignee
        self.due = due
        self.remind = remind
        self.form = form
        self.outcomes = outcomes
    }

    /// Which of its expressions fails with these bindings.
    package func failed(_ bindings: Bindings) -> FailedExpression? {
        for template in [title, assignee, due].compactMap(\.self) {
            if let failed = template.failed(bindings) { return failed }
        }
        return nil
    }

    /// The outcome of a task that declares none.
    package static let done = "done"

    /// A mail that goes out again and again while nobody has decided.
    package struct Reminder: Sendable, Hashable {
        /// From the task's start to the first.
        package let after: Duration
        package let every: Duration
        package let times: Int
        /// A mail's payload, over the workflow's names and `task` (`title role assignee due reminders`).
        package let mail: Template

        package init(after: Duration, every: Duration, times: Int, mail: Template) {
            self.after = after
            self.every = every
            self.times = times
            self.mail = mail
        }

        package static let standardTimes = 5
    }
}
