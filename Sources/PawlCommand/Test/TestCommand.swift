import ArgumentParser
import Assembly
import Definition
import Execution
import Foundation
import Scenarios
import Values
import WorkflowLanguage

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the workflows' scenarios and the adapters' recorded exchanges.",
        discussion: """
            Scenarios stand in workflows/<name>/scenarios/*.yaml. The engine and the in-process tasks are \
            the real ones; tasks that reach outside answer as the scenario says. What no scenario visits is \
            listed for each workflow, unless `-f` left scenarios out. Recorded exchanges stand in \
            adapters/<name>/exchanges/*.http: the request that a call must become, and what its answer means.

            Exits with 1 when a scenario fails.
            """)

    @Argument(help: "Workflows or scenarios; without any, all.")
    var names: [String] = []

    @Option(help: "The folder of workflows; by default workflows, where there is one.")
    var workflows: String?

    @Option(help: "The folder of adapters.")
    var adapters = "adapters"

    @Option(
        name: [.customShort("f"), .customLong("filter")],
        help: "A part of the scenario's or its file's name.")
    var filter: String?

    private static let standardFolder = "workflows"

    /// A project may have adapters only, and its exchanges are tests as well. A folder that was named must be there.
    private var folder: String? {
        if let workflows { return workflows }
        let isHere = FileManager.default.fileExists(atPath: Self.standardFolder)
        return isHere || !FileManager.default.fileExists(atPath: adapters)
            ? Self.standardFolder : nil
    }

    func run() throws {
        let folder = folder
        let project = try Project(
            workflows: folder, adapters: adapters, zone: ScenarioRunner.standardZone)
        guard project.errors.isEmpty else {
            throw Problem(
                .invalid, project.rendered(project.errors), fix: "`pawl check` says it again")
        }
        let all = try folder.map(ScenarioFile.all) ?? []
        let chosen = all.filter(isChosen)
        let exchanges =
            names.isEmpty && filter == nil ? try ExchangeFile.all(below: adapters) : []
        if folder == nil { Terminal.say("there are no workflows here, only adapters") }
        guard !chosen.isEmpty || !exchanges.isEmpty else { throw nothingChosen(among: all) }
        let runner = Wiring.scenarioRunner(
            workflows: project.workflows, earlier: project.earlier, adapters: project.adapters,
            calendars: project.calendars)
        var report = TestReport(style: .standard)
        for file in chosen {
            let started = ContinuousClock.now
            let result = file.scenario.map(runner.run)
            Terminal.print(report.lines(of: file, result, took: ContinuousClock.now - started))
        }
        for (definition, source) in zip(project.workflows, project.workflowSources)
        where isComplete(definition.name, all: all, chosen: chosen) {
            Terminal.print(report.coverage(of: definition, file: source.path))
        }
        for file in exchanges {
            Terminal.print(report.line(of: file, file.failures(adapters: project.adapters)))
        }
        Terminal.print(report.summary)
        if report.failed > 0 { throw Failure(status: 1) }
    }

    private func isChosen(_ file: ScenarioFile) -> Bool {
        let isNamed = names.isEmpty || names.contains(where: file.isNamed)
        return isNamed && file.fits(filter: filter ?? "")
    }

    /// Coverage of a part of the scenarios would say little.
    private func isComplete(
        _ workflow: String, all: [ScenarioFile], chosen: [ScenarioFile]
    ) -> Bool {
        let paths = Set<ExactText>(chosen.map(\.path))
        let own = all.filter { $0.scenario?.workflow == workflow }
        return !chosen.filter { $0.scenario?.workflow == workflow }.isEmpty
            && own.allSatisfy { paths.contains($0.path) }
    }

    private func nothingChosen(among all: [ScenarioFile]) -> Problem {
        let known = all.compactMap(\.scenario).flatMap { [$0.workflow, $0.name] }
        let hint = names.compactMap { nearestName(to: $0, among: known) }.first
        return Problem(
            .notFound, "no scenario fits",
            fix: hint.map { "did you mean \($0)?" }
                ?? "write one: \(workflows ?? Self.standardFolder)/<workflow>/scenarios/<name>.yaml"
        )
    }
}
