import ArgumentParser
import Values

struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "The engine's time beside the wall clock's; follow a jump at once.",
        discussion: """
            A wall clock that jumps further than `clock.step` of pawl.yaml (1h) is not followed until that has held for \
            `clock.stepout` (10m): until then the engine's time goes on evenly, and no timer fires too early. Was the clock set \
            rightly, `pawl clock follow` saves the waiting.
            """,
        subcommands: [Show.self, Follow.self], defaultSubcommand: Show.self)

    struct Show: Looking {
        static let configuration = CommandConfiguration(
            abstract: "The engine's time, the wall clock's, and a jump that is not followed yet.")

        @OptionGroup var watching: WatchOptions

        @OptionGroup var options: ClientOptions

        func look() async throws -> Sight {
            let answer = try await options.client.get("/v1/clock")
            return options.output.sight(answer) { ClockCommand.text($0) }
        }
    }

    struct Follow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the wall clock as it is now.",
            discussion: "What is due by then fires at once. The engine's time never goes back.")

        @Option(help: "Why; it is written to the log.")
        var reason: String

        @OptionGroup var options: ClientOptions

        func run() async throws {
            let answer = try await options.client.post(
                "/v1/clock/follow", ["reason": .string(reason)])
            options.output.print(answer) { ClockCommand.text($0) }
        }
    }

    private static func text(_ clock: Value) -> String {
        var lines = [
            "engine's time  \(clock["now"]?.shown ?? "")",
            "wall clock     \(clock["wall"]?.shown ?? "")",
            clock["sentence"]?.shown ?? "the wall clock is followed",
        ]
        if clock["status"] == "jumped" {
            lines.append("if that is the right time: pawl clock follow --reason TEXT")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
