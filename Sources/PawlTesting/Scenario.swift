import Assembly
import Definition
import Guest
import MemoryStore
import Pawl
import Scenarios
import Testing

// PawlTesting: what a business's tests are written with. For test targets only.
//
// Theory of operation. Scenarios are those of `pawl test`, one test each. `withPawl` gives the real `Pawl` over the
// engine on virtual time and a store in memory: a request is decided with all that follows from it at once when it
// returns, and time stands still until the test moves it. Calls outside are answered as the adapters' schemas say, or
// as the test says; in-process operations are the real ones, each performed twice and compared.

/// A file of a workflow's `scenarios` folder as a test: `@Test(arguments: try Scenario.all(in: folder))`.
public struct Scenario: Sendable, CustomTestStringConvertible {
    private let file: ScenarioFile
    private let project: Project

    /// What it calls itself; its path where it cannot be read.
    public var name: String { file.name }

    /// How the test is called.
    public var testDescription: String { name }

    /// Every scenario of a project, in order of paths.
    ///
    /// - Parameter directory: the folder of `workflows` and `adapters`.
    /// - Throws: `.invalid` with every error of the definitions; `.notFound` when the folder cannot be read.
    public static func all(in directory: String) throws(Problem) -> [Scenario] {
        let project = try Project(
            workflows: directory + "/workflows", adapters: directory + "/adapters",
            zone: ScenarioRunner.standardZone)
        guard project.errors.isEmpty else {
            throw Problem(.invalid, project.rendered(project.errors), fix: "mend them")
        }
        return try ScenarioFile.all(below: directory + "/workflows").map {
            Scenario(file: $0, project: project)
        }
    }

    /// Plays it on virtual time, with the business's own operations. What does not hold is an issue at its line.
    public func run(_ business: some Business = NoBusiness()) async throws {
        guard let scenario = file.scenario else {
            for diagnostic in file.diagnostics {
                record(
                    diagnostic.message, diagnostic.location.line, diagnostic.location.column)
            }
            return
        }
        let runner = ScenarioRunner(
            workflows: project.workflows, earlier: project.earlier, adapters: project.adapters,
            local: TwiceOver(OperationTable(business)), calendars: project.calendars,
            makeStore: { MemoryStore() })
        for failure in runner.run(scenario).failures {
            let why = failure.why.map { "\n\($0)" } ?? ""
            record(
                "\(failure.subject): expected \(failure.expected), found \(failure.actual)\(why)",
                failure.location.line, failure.location.column)
        }
    }

    private func record(_ text: String, _ line: Int, _ column: Int) {
        Issue.record(
            Comment(rawValue: text),
            sourceLocation: Testing.SourceLocation(
                fileID: "scenarios/\(name)", filePath: file.path, line: max(line, 1),
                column: max(column, 1)))
    }
}
