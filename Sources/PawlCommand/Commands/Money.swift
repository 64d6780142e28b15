import ArgumentParser
import Values

struct MoneyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "money", abstract: "Hold money that moves; say what is held; release it.",
        discussion: """
            pawl money hold --reason 'a wrong amount was paid'
            pawl money
            pawl money release 3 --dry-run

            A hold covers what manifests declare as `money`. When it is answered no call that it covers is sent any more, also \
            not one that was queued before. Somebody else than who placed it releases it.
            """,
        subcommands: [Status.self, Hold.self, Release.self], defaultSubcommand: Status.self)

    struct Status: Looking {
        static let configuration = CommandConfiguration(
            abstract: "The holds that stand, how much they hold, and how much left before.")

        @Flag(help: "All holds, the released ones too, newest first.")
        var all = false

        @OptionGroup var watching: WatchOptions

        @OptionGroup var options: ClientOptions

        func look() async throws -> Sight {
            if all {
                let answer = try await options.client.get("/v1/money/holds")
                let listing = Listing(Listing.Page(answer, "holds"), "holds")
                return options.output.sight(listing, empty: "no money was ever held") {
                    MoneyText.table($0, style: .standard)
                }
            }
            let answer = try await options.client.get("/v1/money")
            return options.output.sight(answer) { MoneyText.status($0, style: .standard) }
        }
    }

    struct Hold: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send no call that moves money out, also none that waits already.")

        @Option(
            help:
                "What is held: out, in, all, adapter:NAME, operation:ADAPTER.NAME or account:ID.")
        var scope = "out"

        @Option(help: "Why; it is kept.")
        var reason: String

        @OptionGroup var options: ClientOptions

        func run() async throws {
            let body: Value = ["scope": .string(scope), "reason": .string(reason)]
            let answer = try await options.client.post("/v1/money/holds", body)
            options.output.print(answer) { MoneyText.receipt($0) }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Let what a hold holds leave, the oldest first; by somebody else than who placed it.",
            discussion: "Look first: --dry-run says how many calls leave, and how much money.")

        @Argument(help: "The hold's number.")
        var hold: Int64

        @Option(help: "Why; it is kept.")
        var reason: String?

        @Flag(help: "Only say what would leave.")
        var dryRun = false

        @OptionGroup var options: ClientOptions

        func validate() throws {
            guard dryRun || reason != nil else {
                throw ValidationError(
                    "say why: --reason TEXT; --dry-run says what would leave")
            }
        }

        func run() async throws {
            var body = ValueMap()
            body.set("reason", reason.map { .string($0) })
            if dryRun { body["dryRun"] = true }
            let answer = try await options.client.post(
                "/v1/money/holds/\(hold)/release", .map(body))
            options.output.print(answer) { MoneyText.release($0) }
        }
    }
}

/// Held money for people.
enum MoneyText {
    /// `4,984 held, 1,002,310.00 EUR`
    static func tally(_ tally: Value?, _ words: String, isLeast: Bool = false) -> String {
        let calls = tally?["calls"]?.intValue ?? 0
        var parts = ["\(isLeast ? "at least " : "")\(calls.grouped) \(words)"]
        parts += (tally?["amounts"]?.listValue ?? []).map {
            groupedAmount($0["text"]?.shown ?? "")
        }
        let unknown = tally?["unknown"]?.intValue ?? 0
        if unknown > 0 { parts.append("\(unknown.grouped) of an amount that nobody knows") }
        return parts.joined(separator: ", ")
    }

    /// `1,002,310.00 EUR` of `1002310.00 EUR`.
    static func groupedAmount(_ text: String) -> String {
        let digits = text.drop { $0 == "-" }.prefix { $0.isNumber }
        guard let number = Int64(digits) else { return text }
        return (text.hasPrefix("-") ? "-" : "") + number.grouped
            + text.drop { $0 == "-" }.dropFirst(digits.count)
    }

    static func amounts(_ answer: Value) -> String {
        let isLeast = answer["isLeast"]?.boolValue ?? false
        return tally(answer["inFlight"], "in flight", isLeast: isLeast) + ", cannot be recalled; "
            + tally(answer["held"], "held", isLeast: isLeast)
    }

    static func line(_ hold: Value) -> String {
        "hold \(hold["number"]?.intValue ?? 0): \(hold["holds"]?.shown ?? "") "
            + "(\(hold["scope"]?.shown ?? "")), by \(hold["by"]?.shown ?? "") at "
            + "\(hold["at"]?.shown ?? ""): \(hold["reason"]?.shown ?? "")"
    }

    static func receipt(_ answer: Value) -> String {
        let number = answer["number"]?.intValue ?? 0
        return line(answer) + "\n" + amounts(answer) + "\n"
            + "somebody else releases it: pawl money release \(number) --dry-run, "
            + "then --reason '<why>'\n"
    }

    static func status(_ answer: Value, style: Style) -> String {
        let holds = answer["holds"]?.listValue ?? []
        guard !holds.isEmpty else { return "no money is held\n" }
        return (holds.map(line) + [amounts(answer)]).joined(separator: "\n") + "\n"
    }

    static func release(_ answer: Value) -> String {
        let isDry = answer["dryRun"]?.boolValue ?? false
        let isLeast = answer["isLeast"]?.boolValue ?? false
        var lines = [
            line(answer),
            tally(answer["leaves"], isDry ? "would leave" : "leave", isLeast: isLeast)
                + ", the oldest first",
        ]
        if (answer["staysHeld"]?["calls"]?.intValue ?? 0) > 0 {
            lines.append(tally(answer["staysHeld"], "covered by other holds, too"))
        }
        lines.append(isDry ? "nothing was released (dry run)" : "released")
        return lines.joined(separator: "\n") + "\n"
    }

    static func table(_ holds: [Value], style: Style) -> String {
        var table = TextTable(header: ["HOLD", "SCOPE", "AT", "BY", "REASON", "RELEASED BY", "WHY"])
        table.elastic = 4
        table.rows = holds.map { hold in
            [
                hold["number"]?.shownJSON ?? "", hold["scope"]?.shown ?? "",
                hold["at"]?.shown ?? "", hold["by"]?.shown ?? "", hold["reason"]?.shown ?? "",
                hold["released"]?["by"]?.shown ?? "", hold["released"]?["reason"]?.shown ?? "",
            ]
        }
        return table.text(width: Terminal.width, style: style)
    }
}
