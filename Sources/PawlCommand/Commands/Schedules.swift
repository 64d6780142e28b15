import ArgumentParser
import Execution
import Foundation
import Values

struct Schedules: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List the workflows that start by the clock, or describe one.")

    @Argument(help: "The workflow whose schedule to describe.", completion: .workflows)
    var workflow: String?

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func look() async throws -> Sight {
        if let workflow {
            let schedule = try await options.client.get(ScheduleText.path(workflow))
            return options.output.sight(schedule) { ScheduleText.card($0, style: .standard) }
        }
        let answer = try await options.client.get("/v1/schedules")
        let listing = Listing(Listing.Page(answer, "schedules"), "schedules")
        return options.output.sight(listing, empty: "no workflow has a schedule") {
            ScheduleText.table($0, style: .standard)
        }
    }
}

/// What a person does to a schedule.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "Pause, resume, run or backfill a schedule.",
        subcommands: [Pause.self, Resume.self, RunNow.self, Backfill.self])

    struct Arguments: ParsableArguments {
        @Argument(help: "The workflow.", completion: .workflows)
        var workflow: String

        @Option(help: "Why; it is kept in the schedule's log.")
        var reason: String

        @OptionGroup var options: ClientOptions

        func post(_ action: String) async throws {
            let answer = try await options.client.post(
                ScheduleText.path(workflow) + "/" + action, ["reason": .string(reason)])
            options.output.print(answer) { ScheduleText.effect($0, style: .standard) }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start nothing until it is resumed; what would have run is logged as skipped."
        )
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("pause") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Start by the clock again.")
        @OptionGroup var arguments: Arguments

        func run() async throws { try await arguments.post("resume") }
    }

    struct RunNow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Start an instance now, paused or not; the overlap policy holds.")

        @Argument(help: "The workflow.", completion: .workflows)
        var workflow: String
        @Flag(help: "Only say what would come of it.")
        var dryRun = false
        @Option(help: "Why; it is kept in the schedule's log.")
        var reason: String?
        @OptionGroup var options: ClientOptions

        func validate() throws {
            guard dryRun || reason != nil else {
                throw ValidationError("give --reason, or --dry-run to only look")
            }
        }

        func run() async throws {
            var body = ValueMap()
            if dryRun { body["dryRun"] = true }
            body.set("reason", reason.map(Value.string))
            let answer = try await options.client.post(
                ScheduleText.path(workflow) + "/run", .map(body))
            options.output.print(answer) { ScheduleText.effect($0, style: .standard) }
            let isUndone = ["skipped", "refused"].contains(answer["outcome"]?.stringValue)
            // What was asked for did not come about, and was printed.
            if isUndone, !dryRun { throw Failure(status: 1) }
        }
    }

    struct Backfill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start what a past span missed: FROM (inclusive) to TO (exclusive).",
            discussion: "pawl schedule backfill client-billing-cycle 2026-01-01T00:00:00Z "
                + "2026-02-01T00:00:00Z --dry-run")

        @Argument(help: "The workflow.", completion: .workflows)
        var workflow: String
        @Argument(help: "RFC 3339.")
        var from: String
        @Argument(help: "RFC 3339.")
        var to: String
        @Flag(help: "Only list the occurrences.")
        var dryRun = false
        @Option(help: "Why; it is kept in the schedule's log.")
        var reason: String?
        @OptionGroup var options: ClientOptions

        func validate() throws {
            guard dryRun || reason != nil else {
                throw ValidationError("give --reason, or --dry-run to only look")
            }
        }

        func run() async throws {
            var body: ValueMap = ["from": .string(from), "to": .string(to)]
            if dryRun { body["dryRun"] = true }
            body.set("reason", reason.map(Value.string))
            let answer = try await options.client.post(
                ScheduleText.path(workflow) + "/backfill", .map(body))
            options.output.print(answer) {
                dryRun
                    ? ScheduleText.preview($0, style: .standard)
                    : ScheduleText.effect($0, style: .standard)
            }
        }
    }
}
