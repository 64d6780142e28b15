import Access
import ArgumentParser
import Assembly
import Definition
import Diagram
import Foundation
import Values
import WorkflowLanguage

struct DiagramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagram",
        abstract: "Draw a workflow's states and transitions.",
        discussion: """
            The same definition gives the same bytes. An SVG has its own colours, light and dark; Mermaid and DOT are for \
            tools that lay out by themselves; the table says the same in words, a line a transition.
            """)

    /// How the picture is written.
    enum Format: String, Sendable, Hashable, CaseIterable, ExpressibleByArgument {
        case svg
        case mermaid
        case dot
        /// The same in words.
        case table
    }

    @Argument(help: "A workflow of the folder, or a file with one.")
    var workflow: String

    @Option(name: .shortAndLong, help: "svg, mermaid, dot or table.")
    var output = Format.svg

    @Option(help: "The file to write; without it, standard output.")
    var out: String?

    @Option(help: "The folder of workflows.")
    var workflows = "workflows"

    func run() throws {
        let path = try file()
        let text = try TextFile.read(path)
        let parsed = WorkflowLanguage.parseWorkflow(text, file: path)
        guard let definition = parsed.value else {
            throw Problem(
                .invalid,
                parsed.errors.map { $0.rendered(source: text) }.joined(separator: "\n"),
                fix: "mend the file; `pawl check \(path)` says it again")
        }
        let drawn = try drawing(of: definition)
        guard let out else {
            return output == .table ? Terminal.print(drawn) : Terminal.printExactly(drawn)
        }
        do {
            try drawn.write(toFile: out, atomically: true, encoding: .utf8)
        } catch {
            throw Problem(
                .notFound, "\(out) cannot be written: \(error.localizedDescription)",
                fix: "name a file in a folder that exists and that you may write to")
        }
        Terminal.say("\(out): \(definition.name), \(drawn.utf8.count / 1024 + 1) KiB")
    }

    private func drawing(of definition: WorkflowDefinition) throws(Problem) -> String {
        let chart = Chart(definition)
        switch output {
        case .svg: return try picture(of: chart)
        case .mermaid: return chart.mermaid
        case .dot: return chart.dot
        case .table: return table(of: chart)
        }
    }

    private func picture(of chart: Chart) throws(Problem) -> String {
        do throws(Undrawable) {
            return try Drawing(chart).svg()
        } catch .tooLarge {
            throw Problem(
                .tooLarge,
                "\(chart.title) has \(chart.states.count - 1) states and \(chart.transitions.count) transitions; "
                    + "at most \(Drawing.mostStates) and \(Drawing.mostTransitions) are drawn",
                fix: "`-o dot` has no limit, nor has `-o table`")
        } catch {
            throw Problem(
                .internalError, "\(chart.title) cannot be laid out: this is a mistake of ours",
                fix: "report it with the file; meanwhile `-o dot` draws it with Graphviz")
        }
    }

    private func table(of chart: Chart) -> String {
        var table = TextTable(header: ["FROM", "TRIGGER", "GUARD", "ACTIONS", "TO"])
        table.elastic = 2
        table.rows = chart.table().map { row in
            [
                row.from.isEmpty ? "(any)" : row.from, row.trigger, row.condition, row.actions,
                row.to ?? "(stays)",
            ].map(\.printable)
        }
        let width = out == nil ? Terminal.width : nil
        return table.text(width: width, style: out == nil ? .standard : .plain)
    }

    /// A name is a folder of the project; whatever has a slash or an ending is a path.
    private func file() throws -> String {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        if workflow.contains("/") || workflow.hasSuffix(".yaml") || workflow.hasSuffix(".yml") {
            guard manager.fileExists(atPath: workflow, isDirectory: &isFolder) else {
                throw Problem(
                    .notFound, "there is no file \(workflow)",
                    fix: "name a workflow of \(workflows)/, or a file with one")
            }
            return isFolder.boolValue ? "\(workflow)/workflow.yaml" : workflow
        }
        let path = "\(workflows)/\(workflow)/workflow.yaml"
        guard manager.fileExists(atPath: path) else {
            let names = ((try? manager.contentsOfDirectory(atPath: workflows)) ?? []).sorted()
            let near = nearestName(to: workflow, among: names).map { "did you mean \($0)?" }
            throw Problem(
                .notFound, "there is no workflow \(workflow) in \(workflows)/",
                fix: near
                    ?? "name one of that folder, or a file with one; `--workflows` names another folder"
            )
        }
        return path
    }
}
