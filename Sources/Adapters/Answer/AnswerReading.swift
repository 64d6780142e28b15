import Execution
import Values

/// What an answer means: to the instance, and to the circuit breaker.
package struct AnswerReading: Sendable, Hashable {
    package let outcome: CallOutcome
    package let end: CallEnd

    package init(outcome: CallOutcome, end: CallEnd) {
        self.outcome = outcome
        self.end = end
    }

    /// Not sent again: only the remote, or a person, can say what an earlier attempt did.
    static let sentTooLongAgo = Self(
        outcome: .unknown(
            .unavailable(
                "it may have been sent before, and has waited since for longer than its key is remembered"
            )), end: .cancelled)

    /// A call that was not sent at all, for a reason on our side.
    static func notSent(_ purpose: CallRow.Purpose, _ error: CallError) -> Self {
        Self(outcome: .refused(purpose, error), end: .cancelled)
    }
}

extension CallOutcome {
    /// Nothing was sent. An attempt did not take place; an asking learned nothing.
    static func refused(_ purpose: CallRow.Purpose, _ error: CallError) -> Self {
        switch purpose {
        case .perform: .failed(error)
        case .ask: .undecided
        }
    }
}

extension CallError {
    /// Something that the operator must put right: the call is tried again meanwhile. Retryable also because
    /// it says nothing of earlier attempts under the same key.
    static func configuration(_ message: String) -> Self {
        CallError(name: "configuration", message: message, isRetryable: true)
    }

    static func noAdapter(_ name: String) -> Self {
        configuration("there is no adapter '\(name)' that makes calls")
    }

    /// The same input cannot be sent by another attempt either.
    static func invalidInput(_ message: String) -> Self {
        CallError(name: "invalid-input", message: message, isRetryable: false)
    }

    static func unavailable(_ message: String, detail: Value = .null) -> Self {
        CallError(name: "unavailable", message: message, isRetryable: true, detail: detail)
    }
}
