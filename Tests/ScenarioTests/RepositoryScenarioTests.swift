import Foundation
import Marketplace
import Testing
import WorkflowLanguage

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// The scenarios of the shipped workflows.
@Suite struct RepositoryScenarioTests {
    private static let runner = Result { try Repository.project }.map {
        Wiring.scenarioRunner(
            workflows: $0.workflows, adapters: $0.adapters, calendars: $0.calendars,
            business: Marketplace())
    }

    private static let files = (try? ScenarioFile.all(below: "\(Repository.root)/workflows")) ?? []

    @Test func everyWorkflowHasScenarios() throws {
        let project = try Repository.project
        let tested = Self.files.compactMap { $0.scenario?.workflow }
        #expect(!project.workflows.isEmpty)
        for workflow in project.workflows {
            #expect(tested.contains(workflow.name), "\(workflow.name) has no scenario")
        }
    }

    @Test(arguments: files.map(\.path))
    func holds(path: String) throws {
        let result = try Self.runner.get().run(try Self.scenario(path))
        #expect(result.passed, "\(told(result))")
    }

    /// What was committed is all that the engine needs: no crash may change what a scenario sees.
    @Test(arguments: files.map(\.path))
    func holdsWithACrashBeforeEveryStep(path: String) throws {
        let scenario = try Self.scenario(path)
        let steps = scenario.steps.flatMap { [ScenarioStep(.crash, location: $0.location), $0] }
        let result = try Self.runner.get().run(
            Scenario(
                name: scenario.name, workflow: scenario.workflow, also: scenario.also,
                at: scenario.at, start: scenario.start, actor: scenario.actor,
                params: scenario.params, fakes: scenario.fakes, records: scenario.records,
                files: scenario.files, steps: steps))
        #expect(result.passed, "\(told(result))")
    }

    private static func scenario(_ path: String) throws -> Scenario {
        let file = try #require(files.first { $0.path == path })
        return try #require(
            file.scenario, "\(file.diagnostics.map(\.headline).joined(separator: "\n"))")
    }
}
