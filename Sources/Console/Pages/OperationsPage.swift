import Values

/// Actions on many instances, newest first.
struct OperationsPage: PageContent {
    static let template = "operations"
    let title = "Operations"
    let section = Section.operations

    struct Row: Sendable {
        let id: String
        let path: String
        let action: String
        let which: String
        let mark: OperationMark
        let asked: String
        let verified: String
        let failed: String
        let who: String
        let created: Moment?
    }

    let rows: [Row]
    let isEmpty: Bool
    let older: String?
    let command: String

    init(_ visit: Visit) async throws {
        command = visit.line(["operations"])
        let now = visit.now
        var query = [("count", "50")]
        if let cursor = visit.request.option("cursor") { query.append(("cursor", cursor)) }
        let page = try await visit.get("/v1/operations", query)
        rows = (page["operations"]?.listValue ?? []).map { operation in
            let counts = OperationCounts(operation)
            let id = operation["id"]?.intValue ?? 0
            return Row(
                id: "\(id)", path: "/operations/\(id)", action: operation.actionTitle,
                which: operation.which, mark: OperationMark(operation),
                asked: counts["asked"].grouped, verified: counts["verified"].grouped,
                failed: counts.failed.grouped, who: operation["by"]?.stringValue ?? "",
                created: Moment(operation["createdAt"]?.stringValue, now: now))
        }
        isEmpty = rows.isEmpty
        older = page["cursor"]?.stringValue.map { "/operations?cursor=\($0.urlEncoded)" }
    }
}

/// How far one is, by the same marks as everything else.
struct OperationMark: Sendable {
    let mark: String
    let word: String

    init(_ operation: Value) {
        switch operation["status"]?.stringValue {
        case "done"? where OperationCounts(operation).failed > 0: (mark, word) = ("blocked", "Done")
        case "done"?: (mark, word) = ("done", "Done")
        case "held"?: (mark, word) = ("paused", "Held")
        case "stopped"?: (mark, word) = ("blocked", "Stopped")
        default: (mark, word) = ("running", "At work")
        }
    }
}

struct OperationCounts: Sendable {
    private let counts: Value

    init(_ operation: Value) { counts = operation["counts"] ?? [:] }

    subscript(_ name: String) -> Int64 { counts[name]?.intValue ?? 0 }

    var failed: Int64 { self["failedAgain"] + self["refused"] + self["movedOn"] }
}

extension Value {
    /// Of an operation.
    var actionTitle: String {
        let name = self["action"]?.stringValue ?? ""
        return ActionKind(name)?.title ?? name
    }

    fileprivate var which: String {
        self["cause"]?.stringValue ?? self["filter"]?.stringValue ?? ""
    }
}

/// One action on many instances: how far it is, and what became of each.
struct OperationPage: PageContent {
    static let template = "operation"
    let section = Section.operations
    var title: String { "Operation \(id)" }

    struct Count: Sendable {
        let mark: String
        let word: String
        let number: String
        let isZero: Bool
    }

    /// One instance.
    struct Cell: Sendable {
        let mark: String
        let text: String
        let path: String
    }

    struct Row: Sendable {
        let link: InstanceLink
        let mark: String
        let word: String
        let message: String
    }

    let id: String
    let path: String
    let action: String
    let which: String
    let mark: OperationMark
    let note: String?
    let facts: [Fact]
    let counts: [Count]
    let cells: [Cell]
    let hasCells: Bool
    /// More than there are cells for.
    let asked: String
    let tried: String
    let rows: [Row]
    let hasRows: Bool
    let canContinue: Bool
    let canHold: Bool
    let canStop: Bool
    let isSteered: Bool
    let problem: String?
    let command: String

    /// Beyond that a bar.
    private static let cells = 200
    private static let rows = 10

    static func steer(_ visit: Visit) async throws -> ConsoleResponse {
        let path = "/operations/\(visit.request.segments[1].urlEncoded)"
        let steering = visit.request.field("do") ?? ""
        let answer = await visit.api.ask(
            APICall("POST", "/v1\(path)/\(steering.urlEncoded)", body: nil))
        guard !(200..<300).contains(answer.status) else { return .seeOther(path) }
        return await visit.console.page(
            try await OperationPage(visit, refusal: APIProblem(answer)), of: visit,
            status: answer.status)
    }

    init(_ visit: Visit, refusal: APIProblem? = nil) async throws {
        let resource = "/v1/operations/\(visit.request.segments[1].urlEncoded)"
        let now = visit.now
        let operation = try await visit.get(resource)
        let counts = OperationCounts(operation)
        id = "\(operation["id"]?.intValue ?? 0)"
        path = "/operations/\(id)"
        action = operation.actionTitle
        which = operation.which
        mark = OperationMark(operation)
        note = operation["note"]?.stringValue
        asked = "\(counts["asked"])"
        tried = "\(counts["asked"] - counts["pending"])"
        facts = Self.facts(operation, now)
        self.counts = Self.stages.map { name, word, mark in
            Count(
                mark: mark, word: word, number: counts[name].grouped, isZero: counts[name] == 0)
        }
        var items: [Value] = []
        if counts["asked"] <= Int64(Self.cells) {
            items = try await Self.items(resource, nil, Self.cells, visit)
        }
        cells = items.map(Self.cell)
        hasCells = !cells.isEmpty
        var failed: [Value] = []
        for state in ["failed-again", "refused", "moved-on"] where counts.failed > 0 {
            failed += try await Self.items(resource, state, Self.rows, visit)
        }
        rows = failed.compactMap(Self.row)
        hasRows = !rows.isEmpty
        let status = operation["status"]?.stringValue
        canContinue = status == "held"
        canHold = status == "running"
        canStop = status == "held" || status == "running"
        isSteered = canStop
        problem = refusal?.detail
        command =
            canContinue
            ? visit.act(["operations", id, "--continue"]) : visit.line(["operations", id])
    }

    private static let stages = [
        ("asked", "Asked for", "planned"), ("accepted", "Accepted", "running"),
        ("effective", "Effective", "running"), ("verified", "Verified", "done"),
        ("failedAgain", "Failed again", "blocked"), ("refused", "Refused", "blocked"),
        ("movedOn", "Moved on before", "skipped"), ("skipped", "Nothing to do", "skipped"),
    ]

    private static func facts(_ operation: Value, _ now: Timestamp?) -> [Fact] {
        var facts = [
            Fact("reason", operation["reason"] ?? .null), Fact("by", operation["by"] ?? .null),
            Fact("a second, at most", operation["rate"] ?? .null),
            Fact("stops after", operation["stopAfter"] ?? .null),
        ]
        if let arguments = operation["arguments"] { facts.append(Fact("arguments", arguments)) }
        for (name, word) in [("createdAt", "begun"), ("endedAt", "ended")] {
            if let moment = Moment(operation[name]?.stringValue, now: now) {
                facts.append(Fact(word, .string(moment.text)))
            }
        }
        return facts
    }

    private static func items(
        _ resource: String, _ state: String?, _ count: Int, _ visit: Visit
    ) async throws -> [Value] {
        var query = [("count", "\(count)")]
        if let state { query.append(("status", state)) }
        return try await visit.get(resource + "/items", query)["items"]?.listValue ?? []
    }

    private static func mark(_ status: String) -> (mark: String, word: String) {
        switch status {
        case "accepted": ("running", "accepted")
        case "effective": ("running", "effective")
        case "verified": ("done", "verified")
        case "failed-again": ("blocked", "failed again")
        case "refused": ("blocked", "refused")
        case "moved-on": ("skipped", "moved on before")
        case "skipped": ("skipped", "nothing to do")
        default: ("planned", "not tried yet")
        }
    }

    private static func cell(_ item: Value) -> Cell {
        let (mark, word) = mark(item["status"]?.stringValue ?? "")
        let name = item["name"]?.stringValue ?? ""
        return Cell(
            mark: mark, text: "\(name): \(word)", path: InstanceLink(name)?.path ?? "/instances")
    }

    private static func row(_ item: Value) -> Row? {
        guard let link = InstanceLink(item["name"]?.stringValue) else { return nil }
        let (mark, word) = mark(item["status"]?.stringValue ?? "")
        return Row(
            link: link, mark: mark, word: word, message: item["message"]?.stringValue ?? "")
    }
}
