import ArgumentParser
import Assembly
import Definition
import Values
import WorkflowLanguage

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say what differs between two versions of a workflow, state by state.",
        discussion: """
            pawl diff old/workflow.yaml new/workflow.yaml. Another place in the file or another comment is no difference. \
            Which instances it would strand, a server says: GET /v1/workflows/{workflow}/difference.
            """)

    @Argument(help: "The file of the older version.")
    var old: String

    @Argument(help: "The file of the newer one.")
    var new: String

    func run() throws {
        let difference = VersionDifference(
            from: try Self.definition(old), to: try Self.definition(new))
        guard !difference.states.isEmpty else { return Terminal.say("they declare the same") }
        Terminal.print(Self.text(difference))
    }

    static func text(_ difference: VersionDifference) -> String {
        var lines: [String] = []
        for state in difference.states {
            lines.append(
                "\(state.change.rawValue) \(state.state.isEmpty ? "the workflow itself" : state.state)"
            )
            lines += state.removed.map { "  - \($0)" } + state.added.map { "  + \($0)" }
        }
        if !difference.stranding.isEmpty {
            lines.append(
                "gone, with whatever waits there: " + difference.stranding.joined(separator: ", "))
        }
        return lines.map(\.printable).joined(separator: "\n")
    }

    static func definition(_ path: String) throws -> WorkflowDefinition {
        let text = try TextFile.read(path)
        let parsed = WorkflowLanguage.parseWorkflow(text, file: path)
        guard let definition = parsed.value else {
            throw Problem(
                .invalid, parsed.errors.map { $0.rendered(source: text) }.joined(separator: "\n"),
                fix: "mend the file; `pawl check \(path)` says it again")
        }
        return definition
    }
}
