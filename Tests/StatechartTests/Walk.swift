import CEL
import Testing
import Values
import WorkflowLanguage

@testable import Statechart

/// A chart written as YAML, walked one event after the other.
struct Walk {
    let machine: Machine
    private(set) var step: Step
    var snapshot: Snapshot { step.snapshot }

    /// - Parameter chart: everything of a workflow from `initial` on.
    init(_ chart: String, limits: StepLimits = .standard) throws {
        let head = """
            workflow: w
            version: 1
            context: {log: {type: array}, x: {}, price: {}, winner: {}, missing: {}}

            """
        let text = head + chart
        let parsed = WorkflowLanguage.parseWorkflow(text, file: "w.yaml")
        let problems = parsed.errors.map(\.headline)
        machine = try #require(parsed.value, "\(problems)").machine
        step = machine.start(data: ["log": []], environment: Self.environment, limits: limits)
    }

    private static let environment: Bindings = [
        "input": .map(ValueMap()), "now": .timestamp(.distantPast),
    ]

    mutating func send(_ name: String, _ data: Value = .null, limits: StepLimits = .standard) {
        send(Event(name: name, data: data), limits: limits)
    }

    mutating func send(_ event: Event, limits: StepLimits = .standard) {
        step = machine.step(snapshot, event, environment: Self.environment, limits: limits)
    }

    mutating func move(to state: StateIndex) {
        step = machine.move(snapshot, to: state, environment: Self.environment)
    }

    mutating func fire(_ timer: TimerIndex) {
        send(Event(name: "after", identity: .timer(timer)))
    }

    /// Ids of the active states that contain no other.
    var leaves: [String] { names(machine.leaves(of: snapshot.configuration)) }

    /// What the charts of these tests append to `context.log`.
    var log: [String] { snapshot.data["log"]?.listValue?.compactMap(\.stringValue) ?? [] }

    var final: String? { snapshot.finalState.map { machine.states[$0].id } }
    var exited: [String] { step.microsteps.flatMap { names($0.exited) } }
    var entered: [String] { step.microsteps.flatMap { names($0.entered) } }

    func names(_ states: [StateIndex]) -> [String] { states.map { machine.states[$0].id } }
}

/// An action that appends a word to the log.
func note(_ word: String) -> String {
    "{assign: {log: '${context.log + [\"\(word)\"]}'}}"
}

extension StepFailure {
    var place: ExpressionProblem.Place? {
        if case .expression(let problem) = self { problem.place } else { nil }
    }

    var isEndless: Bool {
        if case .endless = self { true } else { false }
    }
}
