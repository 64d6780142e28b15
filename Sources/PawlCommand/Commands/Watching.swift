import ArgumentParser

struct WatchOptions: ParsableArguments {
    @Flag(help: "Show it again whenever it has changed, until interrupted.")
    var watch = false
}

/// A command that shows something and changes nothing.
protocol Looking: AsyncParsableCommand {
    var watching: WatchOptions { get }

    /// What there is to see now.
    func look() async throws -> Sight
}

extension Looking {
    private static var pause: Duration { .seconds(1) }

    func run() async throws { try await watch() }

    /// Shows it, and goes on showing it if that was asked for.
    func watch() async throws {
        var shown = try await look()
        shown.show()
        while watching.watch, !Task.isCancelled {
            try await Task.sleep(for: Self.pause)
            let sight = try await look()
            if sight != shown { sight.show() }
            shown = sight
        }
    }
}
