import Definition
import Values

/// A task that waits for its person.
package struct OpenTask: Sendable, Hashable {
    package let title: String
    /// The subject to whom it was given; nil: anybody of the role may do it.
    package var assignee: String?
    /// Who is at it: nobody else decides it then.
    package var claim: Claim?
    /// Grows with all that whoever decides should have seen: claim, assignee, what is shown. Begins with 1.
    package var revision: Int64 = 1
    package var comments: [Comment] = []
    /// 0 to 100, the most urgent first.
    package let priority: Int
    package let due: Timestamp?
    package var remindAt: Timestamp?
    /// Reminders sent by the clock.
    package var reminders = 0
    /// What `due` is by the calendar.
    package var reckoning: Reckoning?

    package init(
        title: String, assignee: String?, priority: Int, due: Timestamp?, remindAt: Timestamp?
    ) {
        self.title = title
        self.assignee = assignee
        self.priority = priority
        self.due = due
        self.remindAt = remindAt
    }

    /// Somebody took it, for themselves or for whom they stand in.
    package struct Claim: Sendable, Hashable {
        package let by: Doer
        package let at: Timestamp

        package init(by: Doer, at: Timestamp) {
            self.by = by
            self.at = at
        }
    }

    package struct Comment: Sendable, Hashable {
        package let by: Actor
        package let at: Timestamp
        @ExactText package private(set) var text: String

        package init(by: Actor, at: Timestamp, text: String) {
            self.by = by
            self.at = at
            self.text = text
        }
    }

    /// Of one task; the history has all.
    static let maximumComments = 50
}

extension OpenTask {
    /// As it is now: a claim in another's name ends with the standing in, which nobody writes down.
    /// - Parameter isVoid: that standing in was ended before its time.
    package func asOf(_ moment: Timestamp, isVoid: Bool) -> OpenTask {
        guard let claim, !claim.by.may(at: moment) || isVoid else { return self }
        var task = self
        task.claim = nil
        return task
    }
}

/// Who does something, and for whom.
package struct Doer: Sendable, Hashable {
    package let actor: Actor
    /// Of the role, or the very subject, for whom they stand in; nil: they act for themselves.
    package let standsInFor: Substitution.Absent?
    /// The end of their standing in.
    package let until: Timestamp?

    package init(
        _ actor: Actor, standsInFor absent: Substitution.Absent? = nil, until: Timestamp? = nil
    ) {
        self.actor = actor
        standsInFor = absent
        self.until = until
    }

    package func may(at moment: Timestamp) -> Bool { until.map { moment < $0 } ?? true }
}

/// What a person does with a task.
package enum TaskAction: Sendable, Hashable {
    /// Takes it: nobody else decides it then.
    case claim
    /// Gives it back.
    case release
    /// Gives it to somebody.
    case assign(to: String)
    /// Says something about it.
    case comment(String)
    /// Ends it.
    case decide(TaskDecision)
    /// Sends the reminder now.
    case remind
}

/// A person does something with a task.
package struct TaskRequest: Sendable, Hashable {
    /// The task's; nil: the only one that is open.
    package var number: Int64?
    package let action: TaskAction
    package let actor: Actor
    /// Of the task, as the actor saw it; nil: they did not look.
    package let revision: Int64?
    /// The decision's own: the same one again is known as a repeat.
    private let requestID: ExactText?
    /// Who is away now, and has the actor stand in. The engine looks it up.
    package var substitutions: [Substitution] = []
    /// Tasks that were claimed by somebody who does not stand in any more. The engine looks it up.
    package var voidClaims: [Int64] = []

    package var id: String? { requestID?.text }

    package init(
        _ number: Int64?, _ action: TaskAction, by actor: Actor, revision: Int64? = nil,
        id: String? = nil
    ) {
        self.number = number
        self.action = action
        self.actor = actor
        self.revision = revision
        requestID = id.map { ExactText($0) }
    }
}

/// How a person says that a task ends.
package struct TaskDecision: Sendable, Hashable {
    @ExactText package private(set) var outcome: String
    /// By the outcome's form.
    package let form: Value
    @ExactText package private(set) var comment: String

    /// Of a comment, in bytes.
    package static let maximumComment = 4000

    package init(_ outcome: String, form: Value = .map(ValueMap()), comment: String = "") {
        self.outcome = outcome
        self.form = form
        self.comment = comment
    }
}
