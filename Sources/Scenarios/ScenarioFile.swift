import Assembly
import Definition
import Foundation
import WorkflowLanguage

/// A file of a `scenarios` folder, read.
package struct ScenarioFile: Sendable {
    package let path: String
    /// nil when the file is wrong; `diagnostics` say why.
    package let scenario: Scenario?
    package let diagnostics: [Diagnostic]
    package let text: String

    /// - Parameter neighbours: its project, against which it is held; nil: it is read by itself.
    package init(path: String, text: String, beside neighbours: Neighbours? = nil) {
        let parsed = WorkflowLanguage.parseScenario(text, file: path, beside: neighbours)
        self.path = path
        self.text = text
        scenario = parsed.value
        diagnostics = parsed.diagnostics
    }

    /// The scenario's, or the file's.
    package var name: String { scenario?.name ?? path }

    /// What `pawl test` selects it by, which a file that is wrong has too: its workflow's folder, its file
    /// with and without `.yaml`, and its path.
    package func isNamed(_ name: String) -> Bool {
        let file = OwnedFile(path)
        return [self.name, path, file.owner, file.name].contains(name)
            || name + ".yaml" == file.name || name == scenario?.workflow
    }

    /// Whether a part of its name or of its file's fits. What cannot be read may be what is meant.
    package func fits(filter: String) -> Bool {
        scenario == nil || name.has(filter) || OwnedFile(path).name.has(filter)
    }

    /// Every `scenarios/*.yaml` of a folder of workflows, in order.
    package static func all(below workflows: String) throws(Problem) -> [ScenarioFile] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: workflows) else {
            throw Problem(
                .notFound, "the folder \(workflows) cannot be read",
                fix: "run pawl where the project is, or name the folder")
        }
        var files: [ScenarioFile] = []
        for name in names.sorted() {
            let folder = "\(workflows)/\(name)/scenarios"
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for entry in entries.sorted() where entry.hasSuffix(".yaml") {
                files.append(try read("\(folder)/\(entry)"))
            }
        }
        return files
    }

    private static func read(_ path: String) throws(Problem) -> ScenarioFile {
        ScenarioFile(path: path, text: try TextFile.read(path))
    }
}
