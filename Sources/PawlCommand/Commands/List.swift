import ArgumentParser
import Values

struct List: Looking {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List instances, newest first, with the reason each waits.",
        discussion: """
            Filters are terms that must all hold: workflow:order version:2 state:matching health:stuck status:failed \
            key:10* is:paused paused:ana price>5000 client=c-7
            """)

    @Option(name: [.customShort("f"), .customLong("filter")], help: "Which instances.")
    var filter = ""

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: SourceOptions

    func look() async throws -> Sight {
        let source = try options.source()
        var listing = try await page.collect("instances") { after, count in
            Listing.Page(
                try await source.list(filter: filter, count: count, cursor: after), "instances")
        }
        listing.hint = listing.hint.map(options.suggestions.completing(prose:))
        return options.server.output.sight(listing, empty: "no instance matches") {
            InstanceText.table($0, width: Terminal.width, style: .standard)
        }
    }
}
