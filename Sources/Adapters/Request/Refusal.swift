import Execution

/// Why a call is not sent. Never holds a secret's value.
struct Refusal: Error, Hashable {
    let error: CallError

    init(_ error: CallError) {
        self.error = error
    }

    static func configuration(_ message: String) -> Self { Refusal(.configuration(message)) }
    static func invalidInput(_ message: String) -> Self { Refusal(.invalidInput(message)) }
}
