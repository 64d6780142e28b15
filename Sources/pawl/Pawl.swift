import ArgumentParser

@main
struct Pawl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pawl", abstract: "Durable state machines.",
        subcommands: [ReplayCommand.self])
}
