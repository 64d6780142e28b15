import ArgumentParser
import Engine
import Execution
import Server
import Values

// Looking at one instance.

struct Get: Looking {
    static let configuration = CommandConfiguration(abstract: "Show one instance with its data.")

    @Argument(help: "workflow/key", completion: .instances)
    var name: InstanceName

    @OptionGroup var reveal: RevealOption

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: SourceOptions

    func look() async throws -> Sight {
        let instance = try await options.source().instance(name, isRevealed: reveal.reveal)
        return options.server.output.sight(instance) { InstanceText.card($0, style: .standard) }
    }
}

struct Why: Looking {
    static let configuration = CommandConfiguration(
        abstract: "Say why an instance does not move, and what would move it.")

    @Argument(help: "workflow/key", completion: .instances)
    var name: InstanceName

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: SourceOptions

    func look() async throws -> Sight {
        let why = options.suggestions.completing(why: try await options.source().why(name))
        return options.server.output.sight(why) {
            WhyCard.text($0, width: Terminal.width, style: .standard)
        }
    }
}

struct DataCommand: Looking {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Show what an instance knows, and what changed each member last.")

    @Argument(help: "workflow/key", completion: .instances)
    var name: InstanceName

    @OptionGroup var reveal: RevealOption

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: SourceOptions

    func look() async throws -> Sight {
        let data = try await options.source().data(name, isRevealed: reveal.reveal)
        return options.server.output.sight(data) {
            InstanceText.data($0, width: Terminal.width, style: .standard)
        }
    }
}

struct History: Looking {
    static let configuration = CommandConfiguration(abstract: "Show what happened, in order.")

    @Argument(help: "workflow/key", completion: .instances)
    var name: InstanceName

    @OptionGroup var page: PageOptions

    @OptionGroup var reveal: RevealOption

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: SourceOptions

    func validate() throws { try page.checkNumber() }

    func look() async throws -> Sight {
        let source = try options.source()
        let listing = try await page.collect("entries", usual: 1000) { after, count in
            let answer = try await source.history(
                name, after: after.flatMap { Int64($0) } ?? 0, count: count,
                isRevealed: reveal.reveal)
            return Listing.Page(answer, "entries", numberedBy: "sequence")
        }
        var sight = options.server.output.sight(listing, empty: "nothing happened after that") {
            InstanceText.history($0, style: .standard)
        }
        if listing.next == nil { sight.talk += try await late(listing, source) }
        return sight
    }

    /// Of what came too late, so many are told.
    private static let lateEvents = 10

    /// What comes when it has ended moves nothing, and is no row of its history; it is told below.
    private func late(_ listing: Listing, _ source: any InstanceSource) async throws -> [String] {
        guard listing.rows.contains(where: { $0["kind"] == "ended" }) else { return [] }
        let chosen = UnmatchedChoice(workflow: name.workflow, key: name.key, outcome: .rejected)
        let answer = try await source.events(chosen, cursor: nil, count: Self.lateEvents)
        let late = (answer["events"]?.listValue ?? []).filter { $0["code"] == "ended" }
        guard !late.isEmpty else { return [] }
        let more = answer["cursor"] == nil ? "" : ", the last of them"
        return [
            "after its end came\(more):", InstanceText.events(late.reversed(), style: .standard),
        ]
    }
}

struct Members: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List the members of a fan-out, in their order.",
        discussion: "pawl members billing/2026-w07 --status failed")

    @Argument(help: "workflow/key", completion: .instances)
    var name: InstanceName

    @Option(help: "Only these: \(Inspector.MemberStatus.names.joined(separator: ", ")).")
    var status: String?

    @Option(help: "The fan-out, as `members.started` in the history names it; else the latest.")
    var activation: Int64?

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: SourceOptions

    func validate() throws {
        if let status, !Inspector.MemberStatus.names.contains(status) {
            throw ValidationError(
                "--status is one of \(Inspector.MemberStatus.names.joined(separator: ", "))")
        }
        try page.checkNumber()
    }

    func look() async throws -> Sight {
        let source = try options.source()
        var choice = MemberChoice(activation: activation, status: status)
        let listing = try await page.collect("members") { after, count in
            let answer = try await source.members(
                name, choice, after: after.flatMap { Int64($0) } ?? 0, count: count)
            // A later page is of the same fan-out, whatever started meanwhile.
            choice.activation = answer["activation"]?.intValue
            return Listing.Page(answer, "members", numberedBy: "number")
        }
        return options.server.output.sight(listing, empty: "no such member") {
            InstanceText.members($0, width: Terminal.width, style: .standard)
        }
    }
}
