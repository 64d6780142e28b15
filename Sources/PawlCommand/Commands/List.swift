import ArgumentParser
import Values

struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List instances, newest first, with the reason each waits.",
        discussion: """
            Filters are terms that must all hold: workflow:order version:2 state:matching health:stuck status:failed \
            key:10* is:paused paused:ana price>5000 client=c-7
            """)
    private static let pageSize = 500

    @Option(name: [.customShort("f"), .customLong("filter")], help: "Which instances.")
    var filter = ""

    @Option(name: .customShort("n"), help: "How many at most.")
    var count = 50

    @Flag(help: "Show the list again whenever it has changed, until interrupted.")
    var watch = false

    @OptionGroup var options: SourceOptions

    func validate() throws {
        guard count > 0 else { throw ValidationError("-n must be at least 1") }
    }

    func run() async throws {
        let source = try options.source()
        guard watch else { return show(try await page(source)) }
        var shown: Page?
        while !Task.isCancelled {
            let page = try await page(source)
            if page != shown { show(page) }
            shown = page
            try await Task.sleep(for: .seconds(1))
        }
    }

    private struct Page: Equatable {
        var instances: [Value] = []
        var total: Int64 = 0
        var totalIsLeast = false
        var hint: String?
    }

    private func page(_ source: any InstanceSource) async throws -> Page {
        var page = Page()
        var cursor: String?
        repeat {
            let answer = try await source.list(
                filter: filter, count: min(Self.pageSize, count - page.instances.count),
                cursor: cursor)
            page.instances += answer["instances"]?.listValue ?? []
            page.total = answer["total"]?.intValue ?? 0
            page.totalIsLeast = answer["totalIsLeast"]?.boolValue ?? false
            page.hint = answer["hint"]?.stringValue
            cursor = answer["cursor"]?.stringValue
        } while cursor != nil && page.instances.count < count
        return page
    }

    private func show(_ page: Page) {
        options.server.output.print(page.instances) {
            InstanceText.table($0, width: Terminal.width, style: .standard)
        }
        let shown = Int64(page.instances.count)
        if shown < page.total {
            let total = (page.totalIsLeast ? "more than " : "") + "\(page.total)"
            Terminal.say("\(shown) of \(total); -n shows more")
        }
        if page.total == 0 {
            Terminal.say("no instance matches" + (page.hint.map { "; \($0)" } ?? ""))
        }
    }
}
