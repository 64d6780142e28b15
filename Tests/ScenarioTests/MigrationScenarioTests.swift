import Definition
import Testing
import WorkflowLanguage

@testable import PawlCommand
@testable import Scenarios

/// An analyst tests how instances come into a newer version.
@Suite struct MigrationScenarioTests {
    private static func loan(_ version: Int, _ late: String, _ rule: String = "") -> String {
        """
        workflow: loan
        version: \(version)
        \(rule)
        events: {back: {}}
        initial: lent
        states:
          lent: {on: {back: over}, after: {14d: \(late)}}
          \(late): {on: {back: over}, after: {30d: over}}
          over: {type: final}
        """
    }

    private func run(_ steps: String, rule: String) throws -> ScenarioResult {
        func definition(_ text: String) throws -> WorkflowDefinition {
            try Fixtures.value(WorkflowLanguage.parseWorkflow(text, file: "w.yaml"))
        }
        let runner = Wiring.scenarioRunner(
            workflows: [try definition(Self.loan(2, "reminded", rule))],
            earlier: [try definition(Self.loan(1, "late"))], adapters: [])
        let text = "scenario: s\nworkflow: loan\nversion: 1\nkey: '7'\n" + steps
        return runner.run(
            try Fixtures.value(WorkflowLanguage.parseScenario(text, file: "s.yaml")))
    }

    private static let rule = "migrate: {from: 1, states: {late: reminded}}"

    @Test func anInstanceOfTheOlderVersionGoesOnInTheNewer() throws {
        let result = try run(
            """
            steps:
              - advance: 20d
              - expect: {state: late}
              - migrate: {to: 2}
              - crash: true
              - expect: {state: reminded}
              - advance: 24d
              - expect: {status: completed}
            """, rule: Self.rule)
        #expect(result.passed, "\(told(result))")
        #expect(
            result.coverage.report(
                of: try Fixtures.value(
                    WorkflowLanguage.parseWorkflow(
                        Self.loan(2, "reminded"), file: "w.yaml"))
            ).transitionCount == 4)
    }

    @Test func aRefusalIsExpectedByItsCode() throws {
        let steps = """
            steps:
              - advance: 20d
              - migrate: {to: 2, code: cannot-migrate}
              - expect: {state: late}
            """
        let refused = try run(steps, rule: "")
        #expect(refused.passed, "\(told(refused))")
        let taken = try run(steps, rule: Self.rule)
        #expect(taken.failures.first?.subject == "migrate")
        #expect(taken.failures.first?.actual == "version 2 took it over")
    }

    @Test func aVersionThatIsNotKeptIsSaid() throws {
        let text = "scenario: s\nworkflow: payment\nversion: 9\nkey: k\nsteps: []"
        let scenario = try Fixtures.value(WorkflowLanguage.parseScenario(text, file: "s.yaml"))
        let result = try Fixtures.runner().run(scenario)
        #expect(result.failures.first?.subject == "version 9")
    }
}
