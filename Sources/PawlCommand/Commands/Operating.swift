import ArgumentParser
import Execution
import Server
import Values

// What an operator does to an instance: each with a reason, which is kept, and with a dry run, which is the same
// decision and changes nothing.

/// What every such command takes.
struct ActionArguments: ParsableArguments {
    @Argument(help: "workflow/key", completion: .instances)
    var name: InstanceName

    @Option(help: "Why; it is kept in the history.")
    var reason: String

    @Flag(help: "Only show what would come of it.")
    var dryRun = false

    @OptionGroup var options: ClientOptions

    func post(_ action: String, _ members: ValueMap = ValueMap()) async throws {
        var body = members
        body["reason"] = .string(reason)
        if dryRun { body["dryRun"] = true }
        let answer = try await options.client.post(name.path + "/actions/" + action, .map(body))
        options.output.print(answer) {
            dryRun ? InstanceText.preview($0, style: .standard) : InstanceText.effect($0)
        }
        try answer.exitIfHeld()
    }
}

extension Value {
    /// The action was taken, but the instance stands where it stood: the step that it led to fails.
    func exitIfHeld() throws {
        let outcomes = (self["receipts"]?.listValue ?? []).map { $0["outcome"]?.stringValue }
        if outcomes.contains("held") { throw ExitCode(1) }
    }
}

/// The same to one instance or to many.
struct ReasonedAction: ParsableArguments {
    @OptionGroup var chosen: Chosen

    @Option(help: "Why; it is kept in the history.")
    var reason: String

    func post(_ action: String, _ members: ValueMap = ValueMap()) async throws {
        try await chosen.post(action, members, reason: reason)
    }
}

struct Complete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say that an incident's call took effect, and what it gave.",
        discussion: "pawl complete loan/7 --incident 1 "
            + "-d '{\"status\": \"sent\"}' --reason \"the service's log shows it\"")

    @Option(help: "The incident's number.")
    var incident: Int64
    @Option(name: [.customShort("d"), .customLong("data")], help: "The result: @file, @- or JSON.")
    var data: String?
    @OptionGroup var arguments: ActionArguments

    func run() async throws {
        let output = try Payload.value(source: data, fields: [], schema: .null)
        try await arguments.post("complete", ["incident": .int(incident), "output": output])
    }
}

struct Fail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say that an incident's call took no effect.")

    @Option(help: "The incident's number.")
    var incident: Int64
    @Option(help: "The error's name, as the adapter declares it.")
    var error: String
    @Option(help: "What happened.")
    var message: String?
    @OptionGroup var arguments: ActionArguments

    func run() async throws {
        var body: ValueMap = ["incident": .int(incident), "error": .string(error)]
        body.set("message", message.map(Value.string))
        try await arguments.post("fail", body)
    }
}

struct Assign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Set members of an instance's context; null removes one.")

    @Option(
        name: [.customShort("d"), .customLong("data")], help: "The members: @file, @- or JSON.")
    var data: String
    @OptionGroup var arguments: ReasonedAction

    func run() async throws {
        let members = try Payload.value(source: data, fields: [], schema: .null)
        try await arguments.post("assign", ["context": members])
    }
}

struct Move: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Enter a state that no transition led to; what cannot be active beside it is left.")

    @Option(name: .customLong("to"), help: "The state to enter.")
    var state: String
    @OptionGroup var arguments: ReasonedAction

    func run() async throws {
        try await arguments.post("move", ["state": .string(state)])
    }
}

struct Fire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let the timer of a state fire now.")

    @Option(help: "The state that waits for the timer.")
    var state: String
    @OptionGroup var arguments: ReasonedAction

    func run() async throws {
        try await arguments.post("fire-timer", ["state": .string(state)])
    }
}

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let another version of its workflow take an instance over, or many.",
        discussion: """
            pawl migrate loan/7 --to 2 --dry-run says what would come of it; pawl migrate \
            -f 'workflow:loan version:1 status:running' --to 2 --canary 5 --reason '<why>' moves five and waits. \
            Where states go that have another name, the new version says: `migrate` in its workflow.yaml.
            """)

    @Option(name: .customLong("to"), help: "The version's number.")
    var version: Int64

    @Option(help: "Why; it is kept in the history. A dry run needs none.")
    var reason: String?

    @OptionGroup var chosen: Chosen

    func validate() throws {
        guard reason != nil || chosen.dryRun else {
            throw ValidationError("--reason says why, and is kept; a --dry-run needs none")
        }
    }

    func run() async throws {
        try await chosen.post("migrate", ["to": .int(version)], reason: reason)
    }
}

struct PauseInstance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold an instance: nothing of it moves, and what comes meanwhile is kept.")

    @OptionGroup var arguments: ReasonedAction

    func run() async throws { try await arguments.post("pause") }
}

struct ResumeInstance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a paused instance go on with what came and fell due meanwhile.")

    @OptionGroup var arguments: ReasonedAction

    func run() async throws { try await arguments.post("resume") }
}

struct Terminate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End an instance here and now: nothing is undone. `cancel` is the gentle way.")

    @OptionGroup var arguments: ReasonedAction

    func run() async throws { try await arguments.post("terminate") }
}
