import ArgumentParser
import Execution
import Values

/// Alerts from the command line.
struct Alerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what people are woken of; acknowledge, silence, deliver again.",
        discussion: """
            pawl alerts
            pawl alerts ack a-8aaef986bc4e5fc1 --note 'the lender is called'
            pawl alerts silence --workflow loan --for 2h --reason 'deploying'
            pawl alerts deliveries --status dead
            """,
        subcommands: [
            AlertList.self, Acknowledge.self, SilenceAlerts.self, EndSilence.self, Silences.self,
            Deliveries.self,
            Redeliver.self, TestAlert.self,
        ], defaultSubcommand: AlertList.self)
}

struct AlertList: Looking {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List open alerts, the latest first; or show one.")

    @Argument(help: "The alert to show.")
    var alert: String?

    @Option(help: "Only firing, acknowledged, silenced or resolved ones.")
    var status: String?

    @Option(help: "Only those that concern this workflow.")
    var workflow: String?

    @OptionGroup var page: PageOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        if let alert {
            let answer = try await options.client.get("/v1/alerts/\(alert.percentEncoded)")
            return options.output.sight(answer) { AlertText.card($0, style: .standard) }
        }
        var query: [(String, String)] = []
        if let status { query.append(("status", status)) }
        if let workflow { query.append(("workflow", workflow)) }
        let listing = try await options.list(
            "/v1/alerts", "alerts", page, query, hint: AlertText.hint)
        return options.output.sight(listing, empty: "nothing is wrong") {
            AlertText.table($0, style: .standard)
        }
    }
}

struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack",
        abstract: "Say that you see to it: nobody is told again until it is over.")

    @Argument(help: "The alert, as the message or `pawl alerts` names it.")
    var alert: String

    @Option(help: "What you do about it.")
    var note: String?

    @OptionGroup var options: ClientOptions

    func run() async throws {
        var body = ValueMap()
        body.set("note", note.map(Value.string))
        let answer = try await options.client.post(
            "/v1/alerts/\(alert.percentEncoded)/acknowledge", .map(body))
        options.output.print(answer) { AlertText.card($0, style: .standard) }
    }
}

struct SilenceAlerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence", abstract: "Have nobody told of some alerts for a while.",
        discussion: """
            pawl alerts silence --workflow loan --for 2h --reason 'deploying'
            pawl alerts silence --cause 'lending.pay unavailable*' --for 30m --reason 'they know'
            """)

    @Option(help: "Alerts that concern this workflow.")
    var workflow: String?

    @Option(help: "Alerts about this adapter.")
    var adapter: String?

    @Option(help: "Alerts of this cause; `*` stands for any text.")
    var cause: String?

    @Option(
        help:
            "incident, overdue, breaker, timers-late, clock, disk or schedule-missed; may be repeated."
    )
    var kind: [String] = []

    @Option(name: .customLong("for"), help: "How long: 30m, 2h, 3d.")
    var span: String

    @Option(help: "Why; it is shown.")
    var reason: String

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard let duration = Duration(parsing: span), duration > .zero else {
            throw ValidationError("--for is no span of time: write it like 30m, 2h or 3d")
        }
        guard workflow != nil || adapter != nil || cause != nil || !kind.isEmpty else {
            throw ValidationError("say what is silenced: --workflow, --adapter, --cause or --kind")
        }
    }

    func run() async throws {
        let until = try await options.client.moment(in: span)
        var body: ValueMap = ["until": .string(until.rfc3339), "reason": .string(reason)]
        body.set("workflow", workflow.map(Value.string))
        body.set("adapter", adapter.map(Value.string))
        body.set("cause", cause.map(Value.string))
        if !kind.isEmpty { body["kinds"] = .list(kind.map(Value.string)) }
        let answer = try await options.client.post("/v1/silences", .map(body))
        options.output.print(answer) {
            "\($0["id"]?.shown ?? "") until \($0["until"]?.shown ?? "")\n"
        }
    }
}

struct Silences: Looking {
    static let configuration = CommandConfiguration(abstract: "List silences.")

    @OptionGroup var watching: WatchOptions
    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        let answer = try await options.client.get("/v1/silences")
        let listing = Listing(Listing.Page(answer, "silences"), "silences")
        return options.output.sight(listing, empty: "nothing is silenced") {
            AlertText.silences($0, style: .standard)
        }
    }
}

struct EndSilence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unsilence", abstract: "End a silence now.")

    @Argument(help: "The silence, as `pawl alerts silences` names it.")
    var silence: String

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let answer = try await options.client.post(
            "/v1/silences/\(silence.percentEncoded)/end", [:])
        options.output.print(answer) { "\($0["id"]?.shown ?? ""): ended\n" }
    }
}

struct Deliveries: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List messages to receivers, the latest first.")

    @Option(help: "Only pending, delivered or dead ones.")
    var status: String?

    @OptionGroup var page: PageOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        let query = status.map { [("status", $0)] } ?? []
        let listing = try await options.list("/v1/deliveries", "deliveries", page, query)
        return options.output.sight(listing, empty: "there is no message") {
            AlertText.deliveries($0, style: .standard)
        }
    }
}

struct Redeliver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Try a message again that nobody tries any more.")

    @Argument(help: "The delivery, as `pawl alerts deliveries` names it.")
    var delivery: String

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let answer = try await options.client.post(
            "/v1/deliveries/\(delivery.percentEncoded)/redeliver", [:])
        options.output.print(answer) { AlertText.deliveries([$0], style: .standard) }
    }
}

struct TestAlert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send every receiver, or one, a message that says it is a test.")

    @Argument(help: "The receiver, as pawl.yaml names it.")
    var receiver: String?

    @OptionGroup var options: ClientOptions

    func run() async throws {
        var body = ValueMap()
        body.set("receiver", receiver.map(Value.string))
        let answer = try await options.client.post("/v1/alerts/test", .map(body))
        options.output.print(answer) {
            AlertText.deliveries($0["deliveries"]?.listValue ?? [], style: .standard)
                + "`pawl alerts deliveries` says what became of them\n"
        }
    }
}
