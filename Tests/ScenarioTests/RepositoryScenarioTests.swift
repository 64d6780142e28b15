import Foundation
import Testing

@testable import pawl

/// The scenarios of the shipped workflows.
@Suite struct RepositoryScenarioTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private static let files = (try? ScenarioFile.all(below: "\(root)/workflows")) ?? []

    @Test func everyWorkflowHasScenarios() throws {
        let project = try Project(
            workflows: "\(Self.root)/workflows", adapters: "\(Self.root)/adapters")
        let tested = Self.files.compactMap { $0.scenario?.workflow }
        #expect(!project.workflows.isEmpty)
        for workflow in project.workflows {
            #expect(tested.contains(workflow.name), "\(workflow.name) has no scenario")
        }
    }

    @Test(arguments: files.map(\.path))
    func holds(path: String) throws {
        let file = try #require(Self.files.first { $0.path == path })
        let scenario = try #require(
            file.scenario, "\(file.diagnostics.map(\.headline).joined(separator: "\n"))")
        let project = try Project(
            workflows: "\(Self.root)/workflows", adapters: "\(Self.root)/adapters")
        let runner = Wiring.scenarioRunner(
            workflows: project.workflows, adapters: project.adapters)
        let result = runner.run(scenario)
        #expect(result.passed, "\(told(result))")
    }
}
