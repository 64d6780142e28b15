import ArgumentParser
import Execution
import Values

struct AdapterList: Looking {
    static let configuration = CommandConfiguration(
        commandName: "adapters",
        abstract: "List the adapters: breaker, load, who holds one; or describe one.")

    @Argument(help: "The adapter to describe.", completion: .adapters)
    var adapter: String?

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        if let adapter {
            let answer = try await options.client.get(AdapterText.path(adapter))
            return options.output.sight(answer) { AdapterText.card($0, style: .standard) }
        }
        let answer = try await options.client.get("/v1/adapters")
        let listing = Listing(Listing.Page(answer, "adapters"), "adapters")
        return options.output.sight(listing, empty: "there is no adapter") {
            AdapterText.table($0, style: .standard)
        }
    }
}

/// What a person does to an adapter.
struct AdapterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter", abstract: "Pause, resume or probe an adapter.",
        subcommands: [Pause.self, Resume.self, Probe.self])

    struct Arguments: ParsableArguments {
        @Argument(help: "The adapter.", completion: .adapters)
        var adapter: String?

        @Flag(help: "Every adapter that it can be done to.")
        var all = false

        @Option(help: "Why; it is kept.")
        var reason: String

        @OptionGroup var options: ClientOptions

        func validate() throws {
            guard all != (adapter != nil) else {
                throw ValidationError(all ? "--all names them all" : "name an adapter, or --all")
            }
        }

        /// - Parameter isPaused: those of which that is so already are left alone by `--all`.
        func post(_ action: String, unless isPaused: Bool) async throws {
            let client = try options.client
            let body: Value = ["reason": .string(reason)]
            if let adapter {
                let answer = try await client.post(
                    AdapterText.path(adapter) + "/" + action, body)
                return options.output.print(answer) { AdapterText.card($0, style: .standard) }
            }
            let rows = try await client.get("/v1/adapters")["adapters"]?.listValue ?? []
            let names = rows.filter { $0["paused"]?.boolValue != isPaused }
                .compactMap { $0["name"]?.stringValue }
            guard !names.isEmpty else {
                return Terminal.say(isPaused ? "every adapter is paused" : "no adapter is paused")
            }
            var answers: [Value] = []
            for name in names {
                answers.append(
                    try await client.post(AdapterText.path(name) + "/" + action, body))
            }
            options.output.print(answers) { AdapterText.table($0, style: .standard) }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "No call of it leaves until it is resumed, also after a restart; what comes waits.")
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("pause", unless: true) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let its calls leave again, in their order.")
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("resume", unless: false) }
    }

    struct Probe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an open breaker's next call through now.")

        @Argument(help: "The adapter.", completion: .adapters)
        var adapter: String
        @OptionGroup var options: ClientOptions

        func run() async throws {
            let answer = try await options.client.post(
                AdapterText.path(adapter) + "/probe", [:])
            options.output.print(answer) { AdapterText.card($0, style: .standard) }
        }
    }
}
