import ArgumentParser
import Values

struct Top: Looking {
    static let configuration = CommandConfiguration(
        abstract: "Show on one screen how a server does and what needs somebody.",
        discussion: "pawl top --once -o json   # for scripts")

    @Flag(help: "Show it once, and end.")
    var once = false

    @OptionGroup var options: ClientOptions

    var watching: WatchOptions {
        var options = WatchOptions()
        // Who pipes it away wants it once.
        options.watch = !once && Terminal.isShown
        return options
    }

    var often: Int? { 2 }

    func look() async throws -> Sight {
        let overview = try await Overview(options.client)
        return options.output.sight(overview.document) { _ in
            overview.text(width: Terminal.width ?? 80, style: .standard)
        }
    }
}
