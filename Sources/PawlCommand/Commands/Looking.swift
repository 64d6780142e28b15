import ArgumentParser
import Engine
import Execution
import Server
import Values

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show one instance with its data.")

    @Argument(help: "workflow/key")
    var name: InstanceName

    @OptionGroup var reveal: RevealOption

    @OptionGroup var options: SourceOptions

    func run() async throws {
        let instance = try await options.source().instance(name, isRevealed: reveal.reveal)
        options.server.output.print(instance) { InstanceText.card($0, style: .standard) }
    }
}

struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why an instance does not move, and what would move it.")

    @Argument(help: "workflow/key")
    var name: InstanceName

    @OptionGroup var options: SourceOptions

    func run() async throws {
        let why = try await options.source().why(name)
        options.server.output.print(why) { WhyCard.text($0, style: .standard) }
    }
}

struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Show what an instance knows, and what changed each member last.")

    @Argument(help: "workflow/key")
    var name: InstanceName

    @OptionGroup var reveal: RevealOption

    @OptionGroup var options: SourceOptions

    func run() async throws {
        let data = try await options.source().data(name, isRevealed: reveal.reveal)
        options.server.output.print(data) {
            InstanceText.data($0, width: Terminal.width, style: .standard)
        }
    }
}

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what happened, in order.")
    private static let pageSize = 1000

    @Argument(help: "workflow/key")
    var name: InstanceName

    @Option(help: "Only what came after this sequence number.")
    var after: Int64 = 0

    @Option(name: .customShort("n"), help: "How many entries at most.")
    var count = 1000

    @OptionGroup var reveal: RevealOption

    @OptionGroup var options: SourceOptions

    func run() async throws {
        let source = try options.source()
        var entries: [Value] = []
        var last = after
        var hasMore = true
        while entries.count < count, hasMore {
            let page = try await source.history(
                name, after: last, count: min(Self.pageSize, count - entries.count),
                isRevealed: reveal.reveal)
            let new = page["entries"]?.listValue ?? []
            entries += new
            hasMore = page["hasMore"] == true && !new.isEmpty
            last = new.last?["sequence"]?.intValue ?? last
        }
        options.server.output.print(entries) { InstanceText.history($0, style: .standard) }
        if hasMore {
            Terminal.say("there are more; --after \(last) goes on, -n shows more at once")
        }
    }
}

struct Members: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the members of a fan-out, in their order.",
        discussion: "pawl members billing/2026-w07 --status failed")
    private static let pageSize = 1000

    @Argument(help: "workflow/key")
    var name: InstanceName

    @Option(help: "Only these: \(Inspector.MemberStatus.names.joined(separator: ", ")).")
    var status: String?

    @Option(help: "The fan-out, as `members.started` in the history names it; else the latest.")
    var activation: Int64?

    @Option(help: "Only those after this number.")
    var after: Int64 = 0

    @Option(name: .customShort("n"), help: "How many at most.")
    var count = 50

    @OptionGroup var options: SourceOptions

    func validate() throws {
        if let status, !Inspector.MemberStatus.names.contains(status) {
            throw ValidationError(
                "--status is one of \(Inspector.MemberStatus.names.joined(separator: ", "))")
        }
        guard count > 0 else { throw ValidationError("-n is 1 or more") }
    }

    func run() async throws {
        let source = try options.source()
        var choice = MemberChoice(activation: activation, status: status)
        var members: [Value] = []
        var last = after
        var hasMore = true
        while members.count < count, hasMore {
            let page = try await source.members(
                name, choice, after: last, count: min(Self.pageSize, count - members.count))
            let new = page["members"]?.listValue ?? []
            choice.activation = page["activation"]?.intValue
            members += new
            last = new.last?["number"]?.intValue ?? last
            hasMore = page["hasMore"] == true
        }
        options.server.output.print(members) {
            InstanceText.members($0, width: Terminal.width, style: .standard)
        }
        if hasMore { Terminal.say("there are more; --after \(last) goes on") }
        if members.isEmpty { Terminal.say("no such member") }
    }
}

struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List events that moved nothing, newest first, with what was near.",
        discussion: "pawl events --event order.paid\npawl events --outcome rejected")

    @Option(help: "Only those of this name.")
    var event: String?

    @Option(help: "Only those for this workflow.")
    var workflow: String?

    @Option(help: "Only those for this key.")
    var key: String?

    @Option(
        help:
            "Only these: \(UnmatchedRow.Outcome.allCases.map(\.rawValue).joined(separator: ", ")).")
    var outcome: UnmatchedRow.Outcome?

    @Option(name: .customShort("n"), help: "How many at most, up to 500.")
    var count = 50

    @OptionGroup var options: ClientOptions

    func run() async throws {
        var query = [("count", String(count))]
        for (name, value) in [
            ("event", event), ("workflow", workflow), ("key", key), ("outcome", outcome?.rawValue),
        ] {
            if let value { query.append((name, value)) }
        }
        let answer = try await options.client.get("/v1/events", query)
        let events = answer["events"]?.listValue ?? []
        options.output.print(events) { InstanceText.events($0, style: .standard) }
        if answer["cursor"] != nil { Terminal.say("there are more; -n shows more at once") }
        if events.isEmpty { Terminal.say("every event that came was taken") }
    }
}

extension UnmatchedRow.Outcome: ExpressibleByArgument {}

struct Incidents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List open incidents, oldest first; each needs a person.",
        discussion:
            "pawl incidents --group\npawl incidents --cause 'notices.send declined: HTTP 402'")

    @Option(name: .customShort("n"), help: "How many at most, up to 500.")
    var count = 50

    @Flag(help: "One line for each cause, the most frequent first.")
    var group = false

    @Option(help: "Only those of this cause, as --group names it.")
    var cause: String?

    @OptionGroup var options: ClientOptions

    func validate() throws {
        if group, cause != nil { throw ValidationError("--group and --cause exclude each other") }
    }

    func run() async throws {
        try await group ? listGroups() : list()
    }

    private func listGroups() async throws {
        let answer = try await options.client.get("/v1/incident-groups", [("count", String(count))])
        let groups = answer["groups"]?.listValue ?? []
        options.output.print(groups) {
            InstanceText.incidentGroups($0, width: Terminal.width, style: .standard)
        }
        if groups.isEmpty { Terminal.say("no open incident") }
    }

    private func list() async throws {
        let filter = cause.map { [("cause", $0)] } ?? []
        let answer = try await options.client.get(
            "/v1/incidents", [("count", String(count))] + filter)
        let incidents = answer["incidents"]?.listValue ?? []
        options.output.print(incidents) {
            InstanceText.incidents($0, width: Terminal.width, style: .standard)
        }
        if answer["cursor"] != nil { Terminal.say("there are more; -n shows up to 500") }
        if incidents.isEmpty { Terminal.say("no open incident") }
    }
}

struct Workflows: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the workflows of a server, or describe one.")

    @Argument(help: "The workflow to describe.")
    var name: String?

    @OptionGroup var options: ClientOptions

    func run() async throws {
        if let name {
            let workflow = try await options.client.get("/v1/workflows/\(name.percentEncoded)")
            return options.output.print(workflow) { YAMLText.document($0) }
        }
        let answer = try await options.client.get("/v1/workflows")
        options.output.print(answer["workflows"]?.listValue ?? []) { workflows in
            WorkflowText.table(workflows, width: Terminal.width, style: .standard)
        }
    }
}
