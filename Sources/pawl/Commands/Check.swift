import ArgumentParser
import Execution
import Foundation
import WorkflowLanguage

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Check workflows and adapters; every finding comes with its place and what to do.",
        discussion: "Exits with 1 when there are errors; warnings do not count.")

    @Argument(help: "Files or folders; without any, ./workflows and ./adapters.")
    var paths: [String] = []

    func run() throws {
        let files = try paths.isEmpty ? ["workflows", "adapters"].flatMap(Self.files) : chosen()
        guard !files.isEmpty else {
            throw Problem(
                .notFound, "there is no workflow.yaml or adapter.yaml here",
                fix: "run it in a project's folder, or name files")
        }
        var findings = Findings()
        for file in files { try findings.read(file) }
        findings.checkTogether()
        if !findings.diagnostics.isEmpty { Terminal.print(findings.rendered) }
        let errors = findings.diagnostics.count { $0.severity == .error }
        Terminal.say(
            "\(findings.workflows.count) workflows, \(findings.adapters.count) adapters: "
                + "\(errors) errors, \(findings.diagnostics.count - errors) warnings")
        if errors > 0 { throw Failure(status: 1) }
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
        guard !files.contains(where: { $0.hasSuffix("adapter.yaml") }) else { return files }
        return files + Self.files("adapters")
    }

    /// The YAML files of a definition at or below a path, in order.
    private static func files(_ path: String) -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            return []
        }
        guard isDirectory.boolValue else { return [path] }
        let below = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return below.filter {
            let name = $0.split(separator: "/").last.map(String.init) ?? ""
            return name == "workflow.yaml" || name == "adapter.yaml"
        }.sorted().map { "\(path)/\($0)" }
    }
}

/// What the language says about some files.
struct Findings {
    private(set) var workflows: [WorkflowDefinition] = []
    private(set) var adapters: [AdapterManifest] = []
    private(set) var diagnostics: [Diagnostic] = []
    /// By the names that diagnostics use.
    private var sources: [String: String] = [:]

    mutating func read(_ path: String) throws(Problem) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Problem(.malformed, "\(path) is no UTF-8 text", fix: "save it as UTF-8")
        }
        sources[path] = text
        if text.split(separator: "\n").contains(where: { $0.hasPrefix("adapter:") }) {
            let parsed = WorkflowLanguage.parseAdapter(text, file: path)
            diagnostics += parsed.diagnostics
            if let value = parsed.value { adapters.append(value) }
        } else {
            let parsed = WorkflowLanguage.parseWorkflow(text, file: path)
            diagnostics += parsed.diagnostics
            guard let value = parsed.value else { return }
            workflows.append(value)
            sources["workflows/\(value.name)/workflow.yaml"] = text
        }
    }

    /// Only once each file is right by itself: what is missing in one would be reported in others.
    mutating func checkTogether() {
        guard !diagnostics.contains(where: { $0.severity == .error }) else { return }
        diagnostics += WorkflowLanguage.check(workflows, adapters: adapters)
    }

    var rendered: String {
        diagnostics.map { $0.rendered(source: sources[$0.file] ?? "") }.joined(separator: "\n\n")
    }
}
