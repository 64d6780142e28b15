import CEL
import Statechart
import Values

/// What a task answers in a scenario. A task without a fake runs for real if it is local, and
/// answers `{id: <task>-<n>}` otherwise, or the least that its output schema asks for.
package struct TaskFake: Sendable, Hashable {
    /// `adapter.operation`.
    package let task: String
    /// One after the other; the last repeats for ever. Never empty.
    package let answers: [FakeAnswer]
    package let location: SourceLocation

    package init(task: String, answers: [FakeAnswer], location: SourceLocation) {
        self.task = task
        self.answers = answers
        self.location = location
    }

    /// The answer to a call.
    /// - Parameter number: counts this task's attempts from 0.
    package func answer(to number: Int) -> FakeAnswer? {
        var rest = max(0, number)
        for answer in answers {
            if rest < answer.times { return answer }
            rest -= answer.times
        }
        return answers.last
    }
}

package struct FakeAnswer: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// A template over `input` and `call` (`call.key`, `call.attempt`).
        case answer(Template)
        /// A named error; whether it is retried is nil where the adapter's own rule decides.
        case fail(error: String, message: String, isRetryable: Bool?)
        /// The effect takes place, its answer never arrives: the outcome is unknown.
        case lose(Template)
        /// Neither effect nor answer ever.
        case hang
    }

    package let outcome: Outcome
    /// Virtual time from the call to the outcome.
    package let delay: Duration
    /// How many calls it answers, at least 1.
    package let times: Int

    package init(outcome: Outcome, delay: Duration = .zero, times: Int = 1) {
        self.outcome = outcome
        self.delay = delay
        self.times = times
    }
}

/// A record that local operations read.
package struct RecordSeed: Sendable, Hashable {
    package let collection: String
    package let id: String
    package let group: String?
    package let body: Value

    package init(collection: String, id: String, group: String?, body: Value) {
        self.collection = collection
        self.id = id
        self.group = group
        self.body = body
    }
}
