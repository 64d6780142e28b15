import Execution

/// Why a call is not sent. Never holds a secret's value.
struct Refusal: Error, Hashable {
    let error: CallError
    /// It is the adapter that cannot call, not this request: nothing of it leaves before the operator has seen to that.
    let isUnready: Bool

    init(_ error: CallError, isUnready: Bool = false) {
        self.error = error
        self.isUnready = isUnready
    }

    static func configuration(_ message: String) -> Self { Refusal(.configuration(message)) }
    static func unready(_ message: String) -> Self {
        Refusal(.configuration(message), isUnready: true)
    }
    static func invalidInput(_ message: String) -> Self { Refusal(.invalidInput(message)) }
}
