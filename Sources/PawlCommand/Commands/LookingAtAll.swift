import ArgumentParser
import Execution
import Values

// Looking at all of a server.

struct Events: Looking {
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

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: SourceOptions

    func look() async throws -> Sight {
        let source = try options.source()
        let chosen = UnmatchedChoice(event: event, workflow: workflow, key: key, outcome: outcome)
        let listing = try await page.collect("events") { after, count in
            Listing.Page(
                try await source.events(chosen, cursor: after, count: count), "events")
        }
        return options.server.output.sight(listing, empty: "every event that came was taken") {
            InstanceText.events($0, style: .standard)
        }
    }
}

extension UnmatchedRow.Outcome: ExpressibleByArgument {}

struct Incidents: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List open incidents, oldest first; each needs a person.",
        discussion:
            "pawl incidents --group\npawl incidents --cause 'notices.send declined: HTTP 402'")

    @Flag(help: "One line for each cause, the most frequent first.")
    var group = false

    @Option(help: "Only those of this cause, as --group names it.")
    var cause: String?

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func validate() throws {
        if group, cause != nil { throw ValidationError("--group and --cause exclude each other") }
        if group { try page.checkIsOnePage() }
    }

    func look() async throws -> Sight { try await group ? groups() : incidents() }

    private func groups() async throws -> Sight {
        let (listing, rest) = try await options.groups("/v1/incident-groups", page)
        var sight = options.output.sight(listing, empty: "no open incident") {
            InstanceText.incidentGroups($0, width: Terminal.width, style: .standard)
        }
        sight.talk += rest
        return sight
    }

    private func incidents() async throws -> Sight {
        var listing = try await options.list(
            "/v1/incidents", "incidents", page, cause.map { [("cause", $0)] } ?? [])
        listing.rows = listing.rows.map(options.suggestions.completing(command:))
        return options.output.sight(listing, empty: "no open incident") {
            InstanceText.incidents($0, width: Terminal.width, style: .standard)
        }
    }
}

struct Paused: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List what people hold: instances by who paused them and why, and workflows.",
        discussion:
            "`pawl ls -f is:paused` lists the instances; `pawl adapters` says which are held.")

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func validate() throws { try page.checkIsOnePage() }

    func look() async throws -> Sight {
        let answer = try await options.client.get("/v1/pause-groups", page.groupQuery)
        let workflows = answer["workflows"]?.listValue ?? []
        var listing = Listing(name: "groups", rows: answer["groups"]?.listValue ?? [])
        // All that is held stands in one table: first what holds most.
        listing.rows = workflows + listing.rows
        var sight = options.output.sight(listing, empty: "nothing is paused") {
            InstanceText.pauseGroups($0, width: Terminal.width, style: .standard)
        }
        sight.talk += page.restOfGroups(answer)
        return sight
    }
}

struct Workflows: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List the workflows of a server, or describe one.")

    @Argument(help: "The workflow to describe.", completion: .workflows)
    var name: String?

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        if let name {
            let workflow = try await options.client.get("/v1/workflows/\(name.percentEncoded)")
            return options.output.sight(workflow) { YAMLText.document($0) }
        }
        let answer = try await options.client.get("/v1/workflows")
        let listing = Listing(Listing.Page(answer, "workflows"), "workflows")
        return options.output.sight(listing, empty: "there is no workflow") {
            WorkflowText.table($0, width: Terminal.width, style: .standard)
        }
    }
}

extension Listing {
    /// All of it on one page.
    init(_ page: Page, _ name: String) { self.init(name: name, rows: page.rows) }
}

extension ClientOptions {
    /// A list whose places are opaque.
    /// - Parameter hint: what an answer says beside its rows, for where there are none.
    func list(
        _ path: String, _ name: String, _ page: PageOptions, _ query: [(String, String)] = [],
        hint: (Value) -> String? = { $0["hint"]?.stringValue }
    ) async throws -> Listing {
        let client = try client
        return try await page.collect(name) { after, count in
            let place = after.map { [("cursor", $0)] } ?? []
            let answer = try await client.get(path, [("count", String(count))] + query + place)
            var found = Listing.Page(answer, name)
            found.hint = hint(answer)
            return found
        }
    }

    /// Groups, the largest first, which have no second page.
    fileprivate func groups(
        _ path: String, _ page: PageOptions
    ) async throws -> (listing: Listing, rest: [String]) {
        let answer = try await client.get(path, page.groupQuery)
        let listing = Listing(name: "groups", rows: answer["groups"]?.listValue ?? [])
        return (listing, page.restOfGroups(answer))
    }
}

extension PageOptions {
    /// The largest so many: what is smaller has no place of its own.
    private static let mostGroups = 500

    fileprivate func checkIsOnePage() throws {
        if after != nil { throw ValidationError("groups have no next page; -n shows up to 500") }
        if let count, count > Self.mostGroups {
            throw ValidationError("-n is up to \(Self.mostGroups) for groups")
        }
    }

    fileprivate var groupQuery: [(String, String)] {
        [("count", String(all ? Self.mostGroups : count ?? 50))]
    }

    fileprivate func restOfGroups(_ answer: Value) -> [String] {
        guard answer["hasMore"] == true else { return [] }
        let isWhole = all || count == Self.mostGroups
        return ["… more, of smaller groups" + (isWhole ? "" : ": --all shows up to 500")]
    }
}
