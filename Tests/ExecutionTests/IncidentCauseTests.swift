import Execution
import Testing

/// What incidents have in common.
@Suite struct IncidentCauseTests {
    private func cause(
        _ message: String, kind: Incident.Kind = .callExhausted, task: String? = "bank.charge"
    ) -> String {
        Incident(
            number: 1, kind: kind, activation: nil, task: task,
            error: CallError(name: "declined", message: message, isRetryable: false),
            openedAt: .distantPast
        ).cause
    }

    @Test(arguments: [
        ("HTTP 402: card of c-17 was refused", "HTTP 402: card of … was refused"),
        ("no account a-1, 3 tries", "no account …, 3 tries"),
        ("mail to ana@example.org failed", "mail to … failed"),
        ("at 2026-01-05T10:00:00Z.", "at …."),
        ("order 1234 (\"x9\")", "order … (\"…\")"),
        ("", ""), ("no way", "no way"),
    ])
    func wordsThatTellOneInstanceFromAnotherAreLeftOut(_ message: String, _ general: String) {
        #expect(cause(message) == "bank.charge declined: \(general)")
    }

    @Test func aFailedExpressionKeepsItsPlace() {
        let text = "w workflow.yaml:12:4 (guard): no such key"
        #expect(cause(text, kind: .expressionError, task: nil) == "declined: \(text)")
    }

    @Test func itIsShort() {
        #expect(cause(String(repeating: "long ", count: 1_000)).count == 200)
    }
}
