import ArgumentParser
import Execution
import Values

/// What a person does to a workflow, with all its instances.
struct WorkflowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow", abstract: "Pause or resume a workflow, with all its instances.",
        subcommands: [Pause.self, Resume.self])

    struct Arguments: ParsableArguments {
        @Argument(help: "The workflow.", completion: .workflows)
        var workflow: String

        @Option(help: "Why; it is kept.")
        var reason: String

        @OptionGroup var options: ClientOptions

        func post(_ action: String) async throws {
            let answer = try await options.client.post(
                "/v1/workflows/\(workflow.percentEncoded)/\(action)", ["reason": .string(reason)])
            options.output.print(answer) { WorkflowText.standing($0, style: .standard) }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Nothing of its instances moves until it is resumed, also after a restart; what starts waits."
        )
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("pause") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let all of it go on with what came and fell due meanwhile.")
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("resume") }
    }
}
