import ArgumentParser
import Definition
import Execution
import Values

/// What is kept how long, and the archive of what is gone.
struct Retention: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List how long instances are kept after their end, and what has gone.",
        discussion: """
            `retention: 400d` in a workflow, or `retention: {workflows: {loan: 400d}}` in pawl.yaml. What goes is in the \
            archive first: `pawl archive show loan/7`.
            """)

    @OptionGroup var watching: WatchOptions
    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        let answer = try await options.client.get("/v1/retention")
        return options.output.sight(answer) { RetentionText.card($0, style: .standard) }
    }
}

struct Archive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is gone, and put it back.",
        discussion: """
            pawl archive show loan/7
            pawl archive restore loan/7 --for 30d --reason 'a complaint'
            """,
        subcommands: [ArchiveShow.self, ArchiveRestore.self])
}

struct ArchiveShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what the archive has of an instance.")

    @Argument(help: "workflow/key")
    var name: InstanceName

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let answer = try await options.client.get(name.archivePath)
        options.output.print(answer) { RetentionText.document($0, style: .standard) }
    }
}

struct ArchiveRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put an instance back from the archive, as it was.",
        discussion: """
            It has ended and stays so: nothing of it is done again. It goes again when the time is over; the archive keeps \
            it all the while.
            """)

    @Argument(help: "workflow/key")
    var name: InstanceName

    @Option(name: .customLong("for"), help: "How long it stays: 7d, 30d.")
    var span = "30d"

    @Option(help: "Why; it is in the server's log.")
    var reason: String

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard let duration = Duration(parsing: span), duration > .zero else {
            throw ValidationError("--for is no span of time: write it like 7d or 30d")
        }
    }

    func run() async throws {
        let until = try await options.client.moment(in: span)
        let answer = try await options.client.post(
            name.archivePath + "/restore",
            ["until": .string(until.rfc3339), "reason": .string(reason)])
        options.output.print(answer) {
            "\($0["name"]?.shown ?? "") is back until \($0["until"]?.shown ?? "")\n"
        }
    }
}

extension InstanceName {
    fileprivate var archivePath: String {
        "/v1/archive/\(workflow.percentEncoded)/\(key.percentEncoded)"
    }
}
