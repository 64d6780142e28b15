import ArgumentParser
import Assembly
import Definition
import Engine
import Foundation
import Scenarios
import WorkflowLanguage

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Check workflows, adapters, calendars and their tests; every finding comes with its place and what to do.
            """,
        discussion: "Exits with 1 when there are errors; warnings and notes do not count.")

    @Argument(help: "Files or folders; without any, ./workflows, ./adapters and ./calendars.")
    var paths: [String] = []

    func run() throws {
        let files =
            try paths.isEmpty
            ? ["workflows", "adapters", "calendars"].flatMap(Self.files) : chosen()
        guard !files.isEmpty else {
            throw Problem(
                .notFound, "there is no workflow.yaml or adapter.yaml here",
                fix: "run it in a project's folder, or name files")
        }
        // Warnings about a calendar's end are those of today.
        let configuration = try PawlConfiguration.read(nil, default: "pawl.yaml")
        var findings = Findings(zone: configuration.zone, now: WallClock.wallTime())
        for file in files { try findings.read(file) }
        for file in Self.beside(files) { try findings.readBeside(file) }
        findings.checkTogether()
        if !findings.diagnostics.isEmpty { Terminal.print(findings.rendered) }
        let errors = findings.diagnostics.count { $0.severity == .error }
        let warnings = findings.diagnostics.count { $0.severity == .warning }
        let notes = findings.diagnostics.count { $0.severity == .note }
        Terminal.say(
            "\(findings.workflows.count - findings.beside.count) workflows, \(findings.adapters.count) adapters, "
                + "\(findings.scenarios) scenarios, \(findings.exchanges.count) exchanges: "
                + "\(errors) errors, \(warnings) warnings" + (notes > 0 ? ", \(notes) notes" : ""))
        if errors > 0 { throw Failure(status: 1) }
        // Of a part of the project nobody knows what the rest has.
        guard paths.isEmpty else { return }
        try configuration.alerts.check(
            workflows: findings.workflows.map(\.name), adapters: findings.adapters.map(\.name))
    }

    /// What was named, and the project's adapters unless some were named: tasks cannot be checked without.
    private func chosen() throws -> [String] {
        let files = try paths.flatMap { path -> [String] in
            guard FileManager.default.fileExists(atPath: path) else {
                throw Problem(
                    .notFound, "there is nothing at \(path)", fix: "name a file or folder")
            }
            return Self.files(path)
        }
        let calendars = Self.calendars(of: files)
        guard !files.contains(where: { $0.hasSuffix("adapter.yaml") }) else {
            return files + calendars
        }
        return files + Self.files("adapters").filter { $0.hasSuffix("adapter.yaml") } + calendars
    }

    /// Those of the named workflows' projects, unless some were named.
    private static func calendars(of files: [String]) -> [String] {
        guard !files.contains(where: { Project.calendarName($0) != nil }) else { return [] }
        var found: [String] = []
        for file in files where OwnedFile(file).name == "workflow.yaml" {
            let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
                .deletingLastPathComponent().path
            found += Project.calendarFiles(beside: folder).filter { !found.contains($0) }
        }
        return found
    }

    /// The project's other workflows: those that were named may start them, or send them events.
    private static func beside(_ files: [String]) -> [String] {
        func standard(_ path: String) -> String {
            URL(fileURLWithPath: path).standardizedFileURL.path
        }
        let named = files.filter { OwnedFile($0).name == "workflow.yaml" }.map(standard)
        var found: [String] = []
        for file in named {
            let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
                .deletingLastPathComponent().path
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted() {
                let path = "\(folder)/\(name)/workflow.yaml"
                if !named.contains(path), !found.contains(path),
                    FileManager.default.fileExists(atPath: path)
                {
                    found.append(path)
                }
            }
        }
        return found
    }

    /// The files of definitions at or below a path, in order.
    private static func files(_ path: String) -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            return []
        }
        guard isDirectory.boolValue else { return [path] }
        let below = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return below.sorted().map { "\(path)/\($0)" }.filter(isRead)
    }

    private static func isRead(_ path: String) -> Bool {
        let file = OwnedFile(path)
        return switch file.folder {
        case "scenarios": file.name.hasSuffix(".yaml") || file.name.hasSuffix(".yml")
        case "exchanges": file.name.hasSuffix(".http")
        case "calendars", "versions": file.name.hasSuffix(".yaml")
        default: file.name == "workflow.yaml" || file.name == "adapter.yaml"
        }
    }
}
