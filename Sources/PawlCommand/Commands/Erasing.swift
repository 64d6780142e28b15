import ArgumentParser
import Server
import Values

/// Who is to be erased: `client=c-4`.
struct Person: ExpressibleByArgument, Hashable {
    let attribute: String
    let id: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex,
            argument.index(after: sign) != argument.endIndex
        else { return nil }
        attribute = String(argument[..<sign])
        id = String(argument[argument.index(after: sign)...])
    }
}

struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase a person's data from every instance that has their id.",
        discussion: """
            pawl erase client=c-4 --reason 'asked for it on 3 May' --dry-run

            Instances that have ended are erased at once, those that run when they end; `pawl erasures` says which it \
            waits for. Ids, amounts and times stay: the books are kept. It cannot be undone.
            """)

    @Argument(help: "The search attribute that names the person, and their id: client=c-4.")
    var person: Person

    @Option(help: "Why; it is kept.")
    var reason: String?

    @Flag(help: "Only say whom it would concern.")
    var dryRun = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard dryRun || reason != nil else { throw ValidationError("say why: --reason TEXT") }
    }

    func run() async throws {
        var body: ValueMap = ["person": .string(person.attribute), "id": .string(person.id)]
        body.set("reason", reason.map { .string($0) })
        if dryRun { body["dryRun"] = true }
        let client = try options.client
        var answer = try await client.post("/v1/erasures", .map(body))
        guard !dryRun, let number = answer["number"]?.intValue else {
            return options.output.print(answer) { ErasureText.preview($0) }
        }
        for _ in 0..<Self.patience {
            answer = try await client.get("/v1/erasures/\(number)")
            guard answer["status"]?.stringValue == "erasing" else { break }
            Terminal.say(ErasureText.progress(answer))
            try await Task.sleep(for: Self.pause)
        }
        options.output.print(answer) { ErasureText.card($0) }
    }

    private static let pause = Duration.milliseconds(200)
    /// Looks, after which it goes on by itself.
    private static let patience = 300
}

struct Erasures: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List erasures of persons' data; show one, with what it waits for.")

    @Argument(help: "Its number; without it all are listed, newest first.")
    var number: Int64?

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        if let number {
            return options.output.sight(try await options.client.get("/v1/erasures/\(number)")) {
                ErasureText.card($0)
            }
        }
        let listing = try await options.list("/v1/erasures", "erasures", page)
        return options.output.sight(listing, empty: "nobody's data were erased yet") {
            ErasureText.table($0, width: Terminal.width, style: .standard)
        }
    }
}

/// Erasures for people.
enum ErasureText {
    private static func person(_ erasure: Value) -> String {
        "\(erasure["person"]?.shown ?? "")=\(erasure["id"]?.shown ?? "")"
    }

    static func progress(_ erasure: Value) -> String {
        "erasure \(erasure["number"]?.intValue ?? 0): "
            + "\((erasure["erased"]?.intValue ?? 0).grouped) instances erased"
    }

    static func card(_ erasure: Value) -> String {
        let number = erasure["number"]?.intValue ?? 0
        let erased = erasure["erased"]?.intValue ?? 0
        let waiting = erasure["waiting"]?.intValue ?? 0
        var lines = [
            "erasure \(number) of \(person(erasure)): \(erasure["status"]?.shown ?? "")",
            "\(erased.grouped) instance\(erased == 1 ? "" : "s") erased"
                + (waiting > 0 ? ", \(waiting.grouped) waited for" : ""),
            "by \(erasure["by"]?.shown ?? ""): \(erasure["reason"]?.shown ?? "")",
        ]
        let awaits = erasure["awaits"]?.listValue ?? []
        lines += awaits.map { item in
            "  \(item["name"]?.shown ?? ""): \(item["because"]?.shown ?? "")"
        }
        if waiting > Int64(awaits.count) {
            lines.append("  … and \((waiting - Int64(awaits.count)).grouped) more")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func preview(_ answer: Value) -> String {
        let ended = answer["ended"]?.intValue ?? 0
        let running = answer["running"]?.intValue ?? 0
        let awaits = answer["awaits"]?.listValue?.compactMap(\.shown) ?? []
        var lines = [
            "\(person(answer)): \(ended.grouped) instance\(ended == 1 ? "" : "s") would be erased at once"
        ]
        if running > 0 { lines[0] += ", \(running.grouped) when they end" }
        lines += awaits.map { "  \($0)" }
        if running > Int64(awaits.count) {
            lines.append("  … and \((running - Int64(awaits.count)).grouped) more")
        }
        return lines.joined(separator: "\n") + "\nnothing was changed (dry run)\n"
    }

    static func table(_ erasures: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(
            header: ["NUMBER", "PERSON", "STATUS", "ERASED", "WAITING", "AT", "BY", "REASON"])
        table.elastic = 7
        table.yields = [.drop(6), .drop(5)]
        table.rows = erasures.map { erasure in
            [
                erasure["number"]?.shownJSON ?? "", person(erasure),
                erasure["status"]?.shown ?? "", erasure["erased"]?.shownJSON ?? "",
                erasure["waiting"]?.shownJSON ?? "", erasure["at"]?.shown ?? "",
                erasure["by"]?.shown ?? "", erasure["reason"]?.shown ?? "",
            ]
        }
        return table.text(width: width, style: style)
    }
}
