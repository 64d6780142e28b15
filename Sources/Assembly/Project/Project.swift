import Definition
import Execution
import Foundation
import Values
import WorkflowLanguage

/// Workflows and adapters, read and checked.
package struct Project: Sendable {
    package struct Source: Sendable {
        package let path: String
        package let text: String
    }

    package private(set) var workflows: [WorkflowDefinition] = []
    package private(set) var adapters: [AdapterManifest] = []
    package private(set) var workflowSources: [Source] = []
    package private(set) var adapterSources: [Source] = []
    package private(set) var diagnostics: [Diagnostic] = []

    package var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }

    /// - Parameters: folders with one folder a workflow (`workflow.yaml`) or adapter (`adapter.yaml`).
    package init(workflows: String, adapters: String) throws(Problem) {
        // A project that calls nobody has no adapters; what a wrong folder lacks is missed by the check below.
        let hasAdapters = FileManager.default.fileExists(atPath: adapters)
        self.init(
            workflows: try Self.sources(workflows, file: "workflow.yaml"),
            adapters: hasAdapters ? try Self.sources(adapters, file: "adapter.yaml") : [])
    }

    /// From text that the program holds, by the paths that it would have in a folder: `workflows/loan/workflow.yaml`.
    /// Other paths are nobody's.
    package init(files: [ExactText: String]) {
        func sources(_ folder: String, _ file: String) -> [Source] {
            files.keys.sorted().filter { path in
                let parts = path.text.split(separator: "/", omittingEmptySubsequences: false)
                return parts.count == 3 && parts[0] == folder && parts[2] == file
            }.map { Source(path: $0.text, text: files[$0] ?? "") }
        }
        self.init(
            workflows: sources("workflows", "workflow.yaml"),
            adapters: sources("adapters", "adapter.yaml"))
    }

    private init(workflows: [Source], adapters: [Source]) {
        for source in adapters {
            let parsed = WorkflowLanguage.parseAdapter(source.text, file: source.path)
            diagnostics += parsed.diagnostics
            if let value = parsed.value {
                self.adapters.append(value)
                adapterSources.append(source)
            }
        }
        for source in workflows {
            let parsed = WorkflowLanguage.parseWorkflow(source.text, file: source.path)
            diagnostics += parsed.diagnostics
            if let value = parsed.value {
                self.workflows.append(value)
                workflowSources.append(source)
            }
        }
        if errors.isEmpty {
            diagnostics += WorkflowLanguage.check(self.workflows, adapters: self.adapters)
        }
    }

    /// The manifests of a folder, those that can be read; none where there is no such folder.
    package static func adapters(in folder: String) throws(Problem) -> [AdapterManifest] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try sources(folder, file: "adapter.yaml").compactMap {
            WorkflowLanguage.parseAdapter($0.text, file: $0.path).value
        }
    }

    /// What the diagnostics say, with a caret frame each.
    package func rendered(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map { diagnostic in
            let source = (workflowSources + adapterSources).first { $0.path == diagnostic.file }
            let text =
                source?.text ?? (try? TextFile.read(diagnostic.file))
            return diagnostic.rendered(source: text ?? "")
        }.joined(separator: "\n")
    }

    /// What goes into the store, so that a database explains itself.
    package var definitions: [StoredDefinition] {
        zip(workflows, workflowSources).map {
            StoredDefinition(
                kind: .workflow, name: $0.name, version: $0.version, hash: $0.contentHash,
                source: $1.text)
        }
            + zip(adapters, adapterSources).map {
                StoredDefinition(
                    kind: .adapter, name: $0.name, version: 0,
                    hash: StableHash($1.text).hexadecimal,
                    source: $1.text)
            }
    }

    private static func sources(_ folder: String, file: String) throws(Problem) -> [Source] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw Problem(
                .notFound, "the folder \(folder) cannot be read",
                fix: "run pawl where the project is, or name the folder")
        }
        var sources: [Source] = []
        for name in names.sorted() {
            let path = "\(folder)/\(name)/\(file)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            sources.append(Source(path: path, text: try TextFile.read(path)))
        }
        return sources
    }
}
