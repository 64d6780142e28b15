import Testing
import WorkflowLanguage

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

@Suite struct CoverageTests {
    private func report(_ results: [ScenarioResult]) throws -> CoverageReport {
        var coverage = Coverage()
        for result in results {
            #expect(result.passed, "\(told(result))")
            coverage.merge(result.coverage)
        }
        return coverage.report(
            of: try Fixtures.value(
                WorkflowLanguage.parseWorkflow(Fixtures.payment, file: "workflow.yaml")))
    }

    @Test func whatNoScenarioVisitsIsNamedWithItsPlace() throws {
        let report = try report([try Fixtures.run("steps: [{send: payment.approved}]")])
        #expect(report.stateCount == 5)
        #expect(report.transitionCount == 5)
        #expect(report.states.map(\.name) == ["declined", "lapsed"])
        #expect(
            report.transitions.map(\.name) == [
                "waiting --payment.tip--> (stays)", "waiting --after params.grace--> lapsed",
                "charging --onError declined of bank.charge--> declined",
            ])
        let lines = Fixtures.payment.split(separator: "\n", omittingEmptySubsequences: false)
        let gap = try #require(report.states.first)
        #expect(lines[gap.location.line - 1].contains("declined: {type: final"))
    }

    @Test func visitsOfSeveralScenariosAddUp() throws {
        let report = try report([
            try Fixtures.run("steps: [{send: payment.approved}]"),
            try Fixtures.run("steps: [{advance: 1h}]"),
            try Fixtures.run(
                "fakes: {bank.charge: {fail: declined}}\nsteps: [{send: payment.approved}]"),
        ])
        #expect(report.states.isEmpty)
        #expect(report.transitions.map(\.name) == ["waiting --payment.tip--> (stays)"])
    }

    @Test func aTransitionWhoseGuardWasFalseIsNotTaken() throws {
        let report = try report([
            try Fixtures.run("steps: [{send: {event: payment.tip, expect: ignored}}]")
        ])
        #expect(report.transitions.map(\.name).contains("waiting --payment.tip--> (stays)"))
    }

    @Test func aTransitionWithoutTargetCountsWhenItIsTaken() throws {
        let report = try report([
            try Fixtures.run(
                "steps: [{send: {event: payment.tip, expect: applied}}]",
                start: "key: never\ninput: {id: never}")
        ])
        #expect(!report.transitions.map(\.name).contains("waiting --payment.tip--> (stays)"))
    }
}
