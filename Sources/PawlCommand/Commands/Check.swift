import ArgumentParser
import Assembly
import Definition
import Engine
import Foundation
import Values

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Check workflows, adapters, calendars and their tests; every finding comes with its place and what to do.
            """,
        discussion: "Exits with 1 when there are errors; warnings and notes do not count.")

    @Argument(help: "Files or folders; without any, ./workflows, ./adapters and ./calendars.")
    var paths: [String] = []

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: """
            One of \(FindingsFormat.allCases.map(\.rawValue).joined(separator: ", ")): text for people, sarif for code \
            scanning, github for the annotations of its workflows.
            """)
    var format = FindingsFormat.text

    func run() throws {
        let standard = ["workflows", "adapters", "calendars"].filter {
            FileManager.default.fileExists(atPath: $0)
        }
        let projects = try CheckedProject.all(at: paths.isEmpty ? standard : paths)
        guard !projects.isEmpty else {
            throw Problem(
                .notFound, "there is no workflow.yaml or adapter.yaml here",
                fix: "run it in a project's folder, or name files")
        }
        var report = FindingsReport()
        // What is wrong with the settings hides nothing of the rest.
        var wrong: Problem?
        for project in projects {
            // Warnings about a calendar's end are those of today.
            var configuration = PawlConfiguration()
            do throws(Problem) {
                configuration = try PawlConfiguration.read(nil, default: project.settings)
            } catch {
                wrong = error
            }
            let findings = try Findings(
                project, zone: configuration.zone, now: WallClock.wallTime())
            report.add(findings)
        }
        let text = report.text(format)
        if !text.isEmpty {
            format == .text ? Terminal.print(text) : Terminal.printExactly(text)
        }
        Terminal.say(report.summary)
        if let wrong { throw wrong }
        if report.count(.error) > 0 { throw Failure(status: 1) }
        // Of a part of the project nobody knows what the rest has.
        if paths.isEmpty { try checkSettings(report) }
    }

    /// As a server does that starts.
    private func checkSettings(_ report: FindingsReport) throws(Problem) {
        let configuration = try PawlConfiguration.read(nil, default: "pawl.yaml")
        let names = report.definitions.map(\.name)
        _ = try configuration.params(for: report.definitions)
        try configuration.retention.check(names)
        try configuration.alerts.check(workflows: names, adapters: report.adapterNames)
    }
}
