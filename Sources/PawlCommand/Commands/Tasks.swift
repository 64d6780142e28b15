import ArgumentParser
import Execution
import Foundation
import Server
import Values

struct Tasks: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List tasks for people, the most urgent first.",
        discussion: """
            pawl tasks -f 'role:manager claimed:none overdue'
            pawl tasks -f can:me --as manager/ana
            """)

    @Option(
        name: .shortAndLong,
        help:
            "role: assignee: claimed: (a subject, me or none) can:me overdue due<2d priority>50 status:decided …"
    )
    var filter = ""

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: SourceOptions

    func look() async throws -> Sight {
        let source = try options.source()
        let listing = try await page.collect("tasks") { after, count in
            Listing.Page(
                try await source.tasks(filter: filter, cursor: after, count: count), "tasks")
        }
        return options.server.output.sight(listing, empty: "no such task") {
            TaskText.table($0, width: Terminal.width, style: .standard)
        }
    }
}

/// What a person does with a task.
struct TaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Show, claim, release, assign, comment or remind of a task.",
        subcommands: [
            Show.self, Claim.self, Release.self, Assign.self, Comment.self, Remind.self,
        ])

    struct Arguments: ParsableArguments {
        @Argument(help: "workflow/key", completion: .instances)
        var name: InstanceName

        @Option(help: "The task's number, where the instance has several.")
        var task: Int64?

        @Option(help: "As `task show` said: refused where the task is another meanwhile.")
        var revision: Int64?

        @Flag(help: "Only show what would come of it.")
        var dryRun = false

        @OptionGroup var options: ClientOptions

        func validate() throws {
            guard revision == nil || task != nil else {
                throw ValidationError("--revision is that of a task: say --task, too")
            }
        }

        private var seen: String? {
            guard let task, let revision else { return nil }
            return "\"\(task)-\(revision)\""
        }

        func post(_ action: String, _ members: ValueMap = ValueMap()) async throws {
            try Placeholder.refuse(in: .map(members))
            var body = members
            if dryRun { body["dryRun"] = true }
            let number = task.map(String.init) ?? "only"
            let headers = [
                (name: "If-Match", value: seen ?? "*"),
                (name: "Idempotency-Key", value: UUID().uuidString),
            ]
            let answer = try await options.client.post(
                "\(name.path)/tasks/\(number)/\(action)", .map(body), headers: headers)
            options.output.print(answer) {
                dryRun ? InstanceText.preview($0, style: .standard) : InstanceText.effect($0)
            }
        }
    }

    struct Show: Looking {
        static let configuration = CommandConfiguration(
            abstract: "Show an instance's open tasks with their forms.")

        @Argument(help: "workflow/key", completion: .instances)
        var name: InstanceName

        @OptionGroup var watching: WatchOptions

        @OptionGroup var options: SourceOptions

        func look() async throws -> Sight {
            let answer = try await options.source().tasks(of: name)
            let listing = Listing(Listing.Page(answer, "tasks"), "tasks")
            let suggestions = options.server.suggestions
            return options.server.output.sight(listing, empty: "\(name) waits for no person") {
                $0.map { TaskText.card($0, style: .standard, suggestions) }
                    .joined(separator: "\n")
            }
        }
    }

    struct Claim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a task, so that nobody else decides it.")
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("claim") }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a task back to everybody of its role.")
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("release") }
    }

    struct Assign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a task to somebody.")
        @Option(name: .customLong("to"), help: "The subject, without the role.")
        var subject: String
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("assign", ["to": .string(subject)]) }
    }

    struct Comment: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say something about a task.")
        @OptionGroup var arguments: Arguments
        @Argument(help: "What is to be said.")
        var text: String

        func run() async throws { try await arguments.post("comment", ["text": .string(text)]) }
    }

    struct Remind: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send a task's reminder now.")
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("remind") }
    }
}

/// A person's word on a task.
struct Decide: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how a person's task ends.",
        discussion: "pawl decide hiring/17 accept grade=A --as manager/ana")

    @OptionGroup var arguments: TaskCommand.Arguments

    @Argument(help: "The outcome.")
    var outcome: String

    @Argument(help: "Members of the form, field=value.")
    var fields: [String] = []

    @Option(name: [.customShort("d"), .customLong("data")], help: "The form: @file, @- or JSON.")
    var data: String?

    @Option(help: "Why; kept with the decision.")
    var comment: String?

    @Flag(name: .shortAndLong, help: "Do not ask where the outcome wants to be confirmed.")
    var yes = false

    func run() async throws {
        let isAsked = !yes && !arguments.dryRun
        let asked = fields.isEmpty && !isAsked ? Value.null : try await declared()
        if isAsked, let question = asked["confirm"]?.shown {
            try Confirmation.ask(question, isTerminal: Terminal.isAsked) { readLine() }
        }
        let schema = asked["form"] ?? .null
        let form = try await Payload.value(
            source: data, fields: fields, schema: schema, dryRun: arguments.dryRun,
            attachingTo: arguments.options.client)
        var members: ValueMap = ["outcome": .string(outcome), "form": form]
        members.set("comment", comment.map { .string($0) })
        try await arguments.post("decide", members)
    }

    /// The outcome as the task declares it: what it asks, so that each field is read as the type that it has.
    private func declared() async throws -> Value {
        let answer = try await arguments.options.client.get(arguments.name.path + "/tasks")
        let task = (answer["tasks"]?.listValue ?? []).first {
            arguments.task == nil || $0["task"]?.intValue == arguments.task
        }
        return task?["outcomes"]?.listValue?.first { $0["outcome"] == .string(outcome) } ?? .null
    }
}

/// What an outcome wants to be asked before it takes effect (`confirm`).
enum Confirmation {
    /// - Parameters:
    ///   - isTerminal: somebody is there who can answer.
    ///   - answer: a line of theirs; nil: there is none.
    static func ask(
        _ question: String, isTerminal: Bool, answer: () -> String?
    ) throws(Failure) {
        guard isTerminal else {
            throw Failure(
                status: 64, "this outcome wants to be confirmed: \(question)",
                fix: "`--yes` says so")
        }
        Terminal.ask("\(question) [y/N] ")
        let word = answer()?.trimmingCharacters(in: .whitespaces).lowercased()
        guard word == "y" || word == "yes" else {
            throw Failure(status: 1, "not confirmed; nothing was decided")
        }
    }
}
