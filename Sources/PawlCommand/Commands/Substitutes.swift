import ArgumentParser
import Execution
import Values

struct Substitutes: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List who does the tasks of whom meanwhile.")

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        let answer = try await options.client.get("/v1/substitutions")
        let listing = Listing(Listing.Page(answer, "substitutions"), "substitutions")
        return options.output.sight(listing, empty: "nobody stands in for anybody") {
            Self.table($0, style: .standard)
        }
    }

    private static func table(_ substitutions: [Value], style: Style) -> String {
        var table = TextTable(header: ["FOR", "BY", "FROM", "UNTIL", "WORKFLOWS", "REASON"])
        table.elastic = 5
        table.yields = [.drop(2), .shrink(4, to: 12)]
        table.rows = substitutions.map { substitution in
            let workflows = (substitution["workflows"]?.listValue ?? []).compactMap(\.shown)
            return ["for", "by", "from", "until"].map { substitution[$0]?.shown ?? "" }
                + [
                    workflows.isEmpty ? "all" : workflows.joined(separator: ", "),
                    substitution["reason"]?.shown ?? "",
                ]
        }
        return table.text(width: Terminal.width, style: style)
    }
}

struct Substitute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have somebody do the tasks of who is away.",
        discussion: """
            pawl substitute manager/ana --by manager/bo --until 2026-12-31T18:00:00Z
            pawl substitute manager/ana --by manager/bo --end
            """)

    @Argument(help: "Who is away: a role, or role/subject.")
    var absent: String

    @Option(help: "Who stands in: role/subject.")
    var by: String

    @Option(help: "From then on; now without it.")
    var from: String?

    @Option(help: "Till then: a moment like 2026-12-31T18:00:00Z.")
    var until: String?

    @Option(name: .customLong("workflow"), help: "Only tasks of this workflow; may be repeated.")
    var workflows: [String] = []

    @Option(help: "Why.")
    var reason: String?

    @Flag(help: "It ends now.")
    var end = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard end != (until != nil) else {
            throw ValidationError("say --until when they are back, or --end")
        }
    }

    func run() async throws {
        var body: ValueMap = ["for": .string(absent), "by": .string(by)]
        if !end {
            body.set("from", from.map { .string($0) })
            body.set("until", until.map { .string($0) })
            body.set("reason", reason.map { .string($0) })
            if !workflows.isEmpty { body["workflows"] = .list(workflows.map(Value.string)) }
        }
        let answer = try await options.client.post(
            "/v1/substitutions" + (end ? "/end" : ""), .map(body))
        options.output.print(answer) {
            let pair = "\($0["by"]?.shown ?? "") for \($0["for"]?.shown ?? "")"
            return end ? "\(pair): ended\n" : "\(pair) until \($0["until"]?.shown ?? "")\n"
        }
    }
}
