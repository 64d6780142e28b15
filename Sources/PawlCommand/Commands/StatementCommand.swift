import ArgumentParser
import Values

/// What the business lets people read: accounts, documents, what a run would do.
struct StatementCommand: Looking {
    static let configuration = CommandConfiguration(
        commandName: "statement",
        abstract: "Show a statement of the business, or list the kinds there are.",
        discussion: """
            pawl statement
            pawl statement reader/r-7 --from 2026-01-01 --until 2026-02-01
            pawl statement reader/r-7 --as-of 4711 -o json
            pawl statement notice/17 --document > notice.html

            Everybody sees their own: --as says who you are. What `--as-of` names is as it was then, to the byte.
            """)

    @Argument(help: "kind/subject, like reader/r-7.")
    var name: String?

    @Option(help: "Only what is booked then or later: a date, or 2026-01-31T12:00:00Z.")
    var from: Moment?

    @Option(help: "Only what is booked before.")
    var until: Moment?

    @Option(help: "As it was at that number, which a statement names.")
    var asOf: Int64?

    @Flag(help: "The document that was issued, as HTML.")
    var document = false

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard let name else {
            if document { throw ValidationError("--document is of one statement: kind/subject") }
            return
        }
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw ValidationError("`\(name)` is no kind/subject, like reader/r-7")
        }
    }

    func look() async throws -> Sight {
        guard let path else { return try await kinds() }
        if document {
            let text = try await options.client.text(path + "/document", chosen)
            return Sight(data: text, isExact: !Terminal.isShown, substance: .string(text))
        }
        var (whole, listing) = try await statement(path)
        if options.output.format == .csv { listing.rows = listing.rows.map(StatementText.flat) }
        var sight: Sight
        switch options.output.format {
        case .jsonl, .csv, .name:
            sight = options.output.sight(listing, empty: "the statement has no rows") { _ in "" }
        case .table, .json, .yaml:
            sight = options.output.sight(whole) { StatementText.card($0, style: .standard) }
            sight.talk = [listing.rest(after: Self.typed)].compactMap(\.self)
        }
        return sight
    }

    private func kinds() async throws -> Sight {
        let answer = try await options.client.get("/v1/statements")
        let listing = Listing(Listing.Page(answer, "statements"), "statements")
        return options.output.sight(listing, empty: "this business has no statements") {
            StatementText.kinds($0, style: .standard)
        }
    }

    /// The command, which what is left out is found by.
    private static var typed: [String] { Array(CommandLine.arguments.dropFirst()) }

    private var path: String? {
        name.map { name in
            let parts = name.split(separator: "/", maxSplits: 1).map { String($0).percentEncoded }
            return "/v1/statements/" + parts.joined(separator: "/")
        }
    }

    private var chosen: [(String, String)] { asOf.map { [("asOf", String($0))] } ?? [] }

    /// All pages that are wanted as one, which are of one moment.
    private func statement(_ path: String) async throws -> (Value, Listing) {
        var span = [("from", from?.text), ("until", until?.text)]
            .compactMap { name, value in value.map { (name, $0) } }
        span += chosen
        var first: Value?
        let client = try options.client
        var listing = try await page.collect("rows", usual: 200) { after, count in
            let answer = try await client.get(
                path, span + [("count", String(count))] + (after.map { [("after", $0)] } ?? []))
            if first == nil {
                first = answer
                if asOf == nil, let number = answer["asOf"]?.intValue {
                    span.append(("asOf", String(number)))
                }
            }
            let rows = answer["list"]?.stringValue.flatMap { answer[$0]?.listValue } ?? []
            var page = Listing.Page(rows: rows, next: answer["next"]?.stringValue)
            page.total = answer["total"]?.intValue
            return page
        }
        var whole = first ?? .null
        if let list = whole["list"]?.stringValue {
            listing = Listing(
                name: list, rows: listing.rows, next: listing.next, total: listing.total)
            whole[list] = .list(listing.rows)
            whole["next"] = listing.next.map(Value.string) ?? .null
        }
        return (whole, listing)
    }
}

/// A date, which is its midnight in UTC, or a time with its zone.
struct Moment: ExpressibleByArgument, Hashable {
    let text: String

    init?(argument: String) {
        let time = Timestamp(rfc3339: argument) ?? Timestamp(rfc3339: argument + "T00:00:00Z")
        guard let time else { return nil }
        text = time.rfc3339
    }
}
