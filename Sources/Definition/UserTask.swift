import CEL
import Statechart
import Values

/// A task for a person (BPMN's user task), as a workflow declares it.
package struct UserTask: Sendable, Hashable {
    /// Who may take it; nil: the assignee alone.
    package let role: String?
    /// What is to be done, for people; a string.
    package let title: Template
    /// The subject whose task it is from the beginning; nil: anybody of the role claims it.
    package let assignee: Template?
    /// Who may neither claim nor decide it: CEL, each a subject, a list of subjects or null.
    package let except: [Expression]
    package let claim: Claiming
    /// 0 to 100, the most urgent first; 50 without it.
    package let priority: Template?
    /// A delay or a moment after which it is overdue.
    package let due: Delay?
    package let remind: Reminder?
    /// A mail's payload, over the workflow's names and `task` (those of a reminder, `claimedBy`, `because`): it goes out when
    /// the task is withdrawn while somebody is at it.
    package let withdrawn: Template?
    /// What can be decided; one at least.
    package let outcomes: [Outcome]

    package init(
        role: String?, title: Template, assignee: Template? = nil, except: [Expression] = [],
        claim: Claiming = .optional, priority: Template? = nil, due: Delay? = nil,
        remind: Reminder? = nil,
        withdrawn: Template? = nil,
        outcomes: [Outcome]
    ) {
        self.role = role
        self.title = title
        self.assignee = assignee
        self.except = except
        self.claim = claim
        self.priority = priority
        self.due = due
        self.remind = remind
        self.withdrawn = withdrawn
        self.outcomes = outcomes
    }

    /// Which of its expressions fails with these bindings.
    package func failed(_ bindings: Bindings) -> FailedExpression? {
        for template in [
            title, assignee, priority, due?.template, remind?.after.template,
        ].compactMap(\.self) {
            if let failed = template.failed(bindings) { return failed }
        }
        return nil
    }

    /// Whether somebody takes it before it is decided.
    package enum Claiming: String, Sendable, Hashable, CaseIterable {
        case optional
        case required
        /// There is one person who can decide it.
        case never
    }

    package func outcome(named name: String) -> Outcome? {
        outcomes.first { sameUTF8($0.name, name) }
    }

    /// The outcome of a task that declares none.
    package static let done = "done"

    package static let standardPriority = 50

    /// One way in which the task can end.
    package struct Outcome: Sendable, Hashable {
        package enum Comment: String, Sendable, Hashable, CaseIterable {
            case none
            case optional
            case required
        }

        package enum Style: String, Sendable, Hashable, CaseIterable {
            case normal
            case primary
            case danger
        }

        package let name: String
        /// For people.
        package let label: String
        package let style: Style
        /// What they are asked before it takes effect.
        package let confirm: String?
        package let comment: Comment
        /// All that is asked with it: the task's own form and what this outcome adds.
        package let form: Schema

        package init(
            _ name: String, label: String? = nil, style: Style = .normal, confirm: String? = nil,
            comment: Comment = .optional, form: Schema = .any
        ) {
            self.name = name
            self.label = label ?? name
            self.style = style
            self.confirm = confirm
            self.comment = comment
            self.form = form
        }

        /// The members that a decision must have.
        package var required: [String] {
            (form.propertyNames ?? []).filter(form.isRequired)
        }
    }

    /// A mail that goes out again and again while nobody has decided.
    package struct Reminder: Sendable, Hashable {
        /// From the task's start to the first.
        package let after: Delay
        /// From one to the next.
        package let every: Delay
        package let times: Int
        /// A mail's payload, over the workflow's names and `task` (`title role assignee due reminders`).
        package let mail: Template

        package init(after: Delay, every: Delay, times: Int, mail: Template) {
            self.after = after
            self.every = every
            self.times = times
            self.mail = mail
        }

        package static let standardTimes = 5
    }
}
