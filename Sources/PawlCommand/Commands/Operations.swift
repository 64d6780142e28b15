import ArgumentParser
import Definition
import Execution
import Server
import Values

// One action on many instances: which, how, and following it to its end.

/// `5/s`, `30/min`, `100/h`, or a number of instances a second.
struct Rate: ExpressibleByArgument, Hashable {
    let perSecond: Double

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard let number = parts.first.flatMap({ Double($0) }), parts.count <= 2, number > 0,
            number.isFinite
        else { return nil }
        switch parts.count == 2 ? parts[1] : "s" {
        case "s": perSecond = number
        case "m", "min": perSecond = number / 60
        case "h": perSecond = number / 3_600
        default: return nil
        }
    }
}

/// Which instances: one by its name, or all that a filter or a cause finds.
struct Chosen: ParsableArguments {
    @Argument(help: "workflow/key; or say -f or --cause.", completion: .instances)
    var name: InstanceName?

    @Option(
        name: [.customShort("f"), .customLong("filter")],
        help: "Every instance that this finds, like 'workflow:order health:blocked'.")
    var filter: String?

    @Option(
        help: "Every instance with an open incident of this cause (`pawl incidents --group`).")
    var cause: String?

    @Option(help: "Of many: wait after so many, until `pawl operations ID --continue`.")
    var canary: Int?

    @Option(help: "Of many: how fast, like 5/s or 30/min; 10/s without it.")
    var rate: Rate?

    @Option(help: "Of many: so many that fail again or are refused stop it; 10 without it.")
    var stopAfter: Int?

    @Flag(help: "Only show what would come of it.")
    var dryRun = false

    @OptionGroup var options: ClientOptions

    var isMany: Bool { name == nil }

    func validate() throws {
        guard [name != nil, filter != nil, cause != nil].filter({ $0 }).count == 1 else {
            throw ValidationError("say which: one workflow/key, or -f FILTER, or --cause CAUSE")
        }
        guard isMany || (canary == nil && rate == nil && stopAfter == nil) else {
            throw ValidationError("--canary, --rate and --stop-after are for many: -f or --cause")
        }
    }

    func post(_ action: String, _ members: ValueMap, reason: String?) async throws {
        guard let name else { return try await begin(action, members, reason: reason) }
        var body = members
        body.set("reason", reason.map(Value.string))
        if dryRun { body["dryRun"] = true }
        let answer = try await options.client.post(name.path + "/actions/" + action, .map(body))
        options.output.print(answer) {
            dryRun ? InstanceText.preview($0, style: .standard) : InstanceText.effect($0)
        }
        try answer.exitIfHeld()
    }

    private func begin(_ action: String, _ members: ValueMap, reason: String?) async throws {
        var body: ValueMap = ["action": .string(action)]
        if !members.isEmpty { body["arguments"] = .map(members) }
        body.set("filter", filter.map(Value.string))
        body.set("cause", cause.map(Value.string))
        body.set("reason", reason.map(Value.string))
        body.set("canary", canary.map { .int(Int64($0)) })
        body.set("rate", rate.map { .double($0.perSecond) })
        body.set("stopAfter", stopAfter.map { .int(Int64($0)) })
        if dryRun { body["dryRun"] = true }
        let answer = try await options.client.post("/v1/operations", .map(body))
        guard !dryRun, let id = answer["id"]?.intValue else {
            return options.output.print(answer) { OperationText.preview($0) }
        }
        try await options.client.follow(operation: id, options.output)
    }
}

struct Operations: Looking {
    static let configuration = CommandConfiguration(
        abstract: "List actions on many instances; show one, or let it go on, hold it, stop it.")

    @Argument(help: "Its number; without it all are listed, newest first.")
    var id: Int64?

    @Flag(name: .customLong("continue"), help: "It goes on, also past its canary.")
    var goOn = false

    @Flag(help: "Nothing more is done until it is continued.")
    var hold = false

    @Flag(help: "Nothing more is done; what was done is done.")
    var stop = false

    @Option(help: "List its instances of this status, like failed-again; `all` of them.")
    var items: String?

    @OptionGroup var page: PageOptions

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ClientOptions

    func validate() throws {
        let chosen = [goOn, hold, stop, items != nil].filter { $0 }.count
        guard chosen <= 1 else {
            throw ValidationError("one of --continue, --hold, --stop and --items at a time")
        }
        guard chosen == 0 || id != nil else { throw ValidationError("say which: its number") }
        if items != nil { try page.checkNumber() }
        if watching.watch, goOn || hold || stop {
            throw ValidationError("--watch only looks; leave it out")
        }
    }

    func run() async throws {
        guard goOn || hold || stop, let id else { return try await watch() }
        let path = "/v1/operations/\(id)"
        let client = try options.client
        guard goOn else {
            let answer = try await client.post(path + (hold ? "/hold" : "/stop"), [:])
            return options.output.print(answer) { OperationText.card($0, options.suggestions) }
        }
        _ = try await client.post(path + "/continue", [:])
        try await client.follow(operation: id, options.output)
    }

    func look() async throws -> Sight {
        guard let id else { return try await list() }
        if let items { return try await show(items, of: id) }
        return options.output.sight(try await options.client.get("/v1/operations/\(id)")) {
            OperationText.card($0, options.suggestions)
        }
    }

    private func list() async throws -> Sight {
        let listing = try await options.list("/v1/operations", "operations", page)
        return options.output.sight(
            listing, empty: "there was no action on many instances yet"
        ) {
            OperationText.table($0, width: Terminal.width, style: .standard)
        }
    }

    private func show(_ status: String, of id: Int64) async throws -> Sight {
        let client = try options.client
        let chosen = status == "all" ? [] : [("status", status)]
        let listing = try await page.collect("items", usual: 1000) { after, count in
            let query = [("after", after ?? "0"), ("count", String(count))] + chosen
            return Listing.Page(
                try await client.get("/v1/operations/\(id)/items", query), "items",
                numberedBy: "number")
        }
        return options.output.sight(listing, empty: "none of its instances is of that status") {
            OperationText.items($0, width: Terminal.width, style: .standard)
        }
    }
}

extension APIClient {
    /// Asks about it until it waits for a person or nothing more comes of it.
    fileprivate func follow(operation id: Int64, _ output: OutputOptions) async throws {
        var answer = try await get("/v1/operations/\(id)")
        var idle = 0
        while !answer.isOver, idle < Self.patience {
            Terminal.say(OperationText.progress(answer))
            try await Task.sleep(for: Self.pause)
            let next = try await get("/v1/operations/\(id)")
            // What is under way at a remote may take days.
            idle = next["counts"] == answer["counts"] && next.isThrough ? idle + 1 : 0
            answer = next
        }
        output.print(answer) { OperationText.card($0, suggestions) }
        let failed = answer.count("failedAgain") + answer.count("refused") + answer.count("movedOn")
        if failed > 0 || answer["status"]?.stringValue == "stopped" {
            throw ExitCode(6)
        }
    }

    private static let pause = Duration.milliseconds(500)
    /// Looks that show nothing new, once all that may be tried is.
    private static let patience = 20
}

extension Value {
    fileprivate func count(_ name: String) -> Int64 { self["counts"]?[name]?.intValue ?? 0 }

    /// It tries no more by itself.
    fileprivate var isThrough: Bool {
        self["status"]?.stringValue != "running" || count("pending") == 0
    }

    /// Nothing more comes of what was tried.
    fileprivate var isOver: Bool { isThrough && count("unsettled") == 0 }
}

/// Operations for people.
enum OperationText {
    static func card(
        _ operation: Value, _ suggestions: Suggestions = .asTheyAre
    ) -> String {
        let id = operation["id"]?.intValue ?? 0
        let action = operation["action"]?.shown ?? ""
        let which = operation["filter"]?.shown ?? operation["cause"]?.shown ?? ""
        var lines = ["operation \(id): \(action) of \(which)"]
        let status = operation["status"]?.shown ?? ""
        lines.append(operation["note"]?.shown.map { "\(status): \($0)" } ?? status)
        lines.append(counts(operation))
        if status == "held" {
            lines.append(
                "next: " + suggestions.completing(line: "pawl operations \(id) --continue"))
        }
        if failed(operation) > 0 {
            let line = suggestions.completing(line: "pawl operations \(id) --items failed-again")
            lines.append("which: \(line) (or refused, moved-on)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func progress(_ operation: Value) -> String {
        "operation \(operation["id"]?.intValue ?? 0): " + counts(operation)
    }

    private static func counts(_ operation: Value) -> String {
        var parts = ["\(operation.count("asked")) asked for"]
        parts += [("accepted", "accepted"), ("effective", "effective"), ("verified", "verified")]
            .map { "\(operation.count($0.0)) \($0.1)" }
        parts += [
            ("failedAgain", "failed again"), ("refused", "refused"), ("movedOn", "moved on"),
            ("skipped", "with nothing to do"),
        ]
        .filter { operation.count($0.0) > 0 }.map { "\(operation.count($0.0)) \($0.1)" }
        return parts.joined(separator: ", ")
    }

    private static func failed(_ operation: Value) -> Int64 {
        operation.count("failedAgain") + operation.count("refused") + operation.count("movedOn")
    }

    static func preview(_ answer: Value) -> String {
        let matched = answer["matched"]?.intValue ?? 0
        let action = answer["action"]?.shown ?? ""
        var lines = ["\(action) would concern \(matched) instance\(matched == 1 ? "" : "s")"]
        if let skipped = answer["skipped"]?.intValue, skipped > 0 {
            lines[0] += ", \(skipped) of them with nothing to do"
        }
        let previews = answer["previews"]?.listValue ?? []
        lines += previews.map { entry in
            let name = entry["name"]?.shown ?? ""
            if let refusal = entry["refusal"]?.shown { return "  \(name): refused: \(refusal)" }
            let effect = entry["effect"] ?? [:]
            let states = effect["states"]?.listValue?.compactMap(\.shown) ?? []
            let calls = effect["calls"]?.listValue?.compactMap(\.shown) ?? []
            let place = states.isEmpty ? "" : " in \(states.joined(separator: ", "))"
            let sent = calls.isEmpty ? "" : ", calling \(calls.joined(separator: ", "))"
            return "  \(name): \(effect["status"]?.shown ?? "")\(place)\(sent)"
        }
        let rest = matched - (answer["skipped"]?.intValue ?? 0) - Int64(previews.count)
        if rest > 0 { lines.append("  … and \(rest.grouped) more") }
        if let refused = answer["refused"]?.intValue {
            lines.append("\(refused.grouped) of them could not" + (refused > 0 ? ":" : ""))
            let stranded = answer["stranded"]?.listValue ?? []
            lines += stranded.map { entry in
                let states = entry["states"]?.listValue?.compactMap(\.shown) ?? []
                let reasons = entry["reasons"]?.listValue?.compactMap(\.shown) ?? []
                return "  \(entry["name"]?.shown ?? "") in \(states.joined(separator: ", ")): "
                    + reasons.joined(separator: "; ")
            }
            if refused > Int64(stranded.count) { lines.append("  …") }
        }
        return lines.joined(separator: "\n") + "\nnothing was changed (dry run)\n"
    }

    static func table(_ operations: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(
            header: ["ID", "ACTION", "WHICH", "STATUS", "ASKED", "VERIFIED", "FAILED", "BY"])
        table.elastic = 2
        table.yields = [.drop(7), .drop(5)]
        table.rows = operations.map { operation in
            [
                operation["id"]?.shownJSON ?? "", operation["action"]?.shown ?? "",
                operation["filter"]?.shown ?? operation["cause"]?.shown ?? "",
                operation["status"]?.shown ?? "", String(operation.count("asked")),
                String(operation.count("verified")), String(failed(operation)),
                operation["by"]?.shown ?? "",
            ]
        }
        return table.text(width: width, style: style)
    }

    static func items(_ items: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(header: ["NUMBER", "INSTANCE", "STATUS", "WHY"])
        table.elastic = 3
        table.yields = [.shrink(1, to: 20)]
        table.rows = items.map { item in
            [
                item["number"]?.shownJSON ?? "", item["name"]?.shown ?? "",
                item["status"]?.shown ?? "", item["message"]?.shown ?? "",
            ]
        }
        return table.text(width: width, style: style)
    }
}
