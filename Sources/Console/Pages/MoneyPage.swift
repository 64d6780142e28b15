import Values

/// Money that people hold: what, why, how much, and the two things that may be done about it.
struct MoneyPage: PageContent {
    static let template = "money"
    let title = "Money"
    let section = Section.triage

    struct Row: Sendable {
        let number: String
        let sentence: Prose
        let scope: String
        let since: Moment?
        let path: String
    }

    let sentence: String
    /// nil: nothing is held.
    let amounts: String?
    let rows: [Row]
    let hasRows: Bool
    let log: [Row]
    let hasLog: Bool
    let preview: String?
    let problem: String?
    let fix: String?

    private static let remembered = 20

    init(_ visit: Visit, refusal: APIProblem? = nil, preview: Value? = nil) async throws {
        let now = visit.now
        let money = try await visit.get("/v1/money")
        let all = try await visit.get("/v1/money/holds")["holds"]?.listValue ?? []
        rows = (money["holds"]?.listValue ?? []).map { Self.row($0, now) }
        hasRows = !rows.isEmpty
        let released = all.filter { $0["released"] != nil }
        log = released.prefix(Self.remembered).map { Self.row($0, now) }
        hasLog = !log.isEmpty
        let holds = Int64(rows.count)
        sentence =
            rows.isEmpty ? "No money is held." : "\(counted(holds, "hold stands", "holds stand"))."
        amounts =
            rows.isEmpty
            ? nil
            : Self.tally(money["inFlight"], "left before and cannot be recalled") + "; "
                + Self.tally(money["held"], "held") + "."
        self.preview = preview.map {
            "Released now, " + Self.tally($0["leaves"], "would leave") + ", the oldest first; "
                + Self.tally($0["staysHeld"], "covered by other holds, too") + "."
        }
        problem = refusal?.detail
        fix = refusal?.fix
    }

    /// `4,984 held, 1002310.00 EUR`
    static func tally(_ tally: Value?, _ words: String) -> String {
        let sums = (tally?["amounts"]?.listValue ?? []).compactMap { $0["text"]?.stringValue }
        let unknown = tally?["unknown"]?.intValue ?? 0
        return
            (["\((tally?["calls"]?.intValue ?? 0).grouped) \(words)"] + sums
            + (unknown > 0 ? ["\(unknown.grouped) of an amount that nobody knows"] : []))
            .joined(separator: ", ")
    }

    private static func row(_ hold: Value, _ now: Timestamp?) -> Row {
        let number = "\(hold["number"]?.intValue ?? 0)"
        let placed =
            "Hold \(number): \(hold["holds"]?.stringValue ?? ""), by `\(hold["by"]?.stringValue ?? "")`: "
            + (hold["reason"]?.stringValue ?? "")
        let end = hold["released"].map {
            " · released by `\($0["by"]?.stringValue ?? "")`: \($0["reason"]?.stringValue ?? "")"
        }
        return Row(
            number: number, sentence: Prose(placed + (end ?? "")),
            scope: hold["scope"]?.stringValue ?? "",
            since: Moment((hold["released"] ?? hold)["at"]?.stringValue, now: now),
            path: "/money/\(number)")
    }

    static func hold(_ visit: Visit) async throws -> ConsoleResponse {
        let body: Value = [
            "scope": .string(visit.request.field("scope") ?? ""),
            "reason": .string(visit.request.field("reason") ?? ""),
        ]
        return try await answer(visit, APICall("POST", "/v1/money/holds", body: body))
    }

    static func release(_ visit: Visit) async throws -> ConsoleResponse {
        let path = "/v1/money/holds/\(visit.request.segments[1].urlEncoded)/release"
        let isDry = visit.request.field("preview") != nil
        let reason = visit.request.field("reason") ?? ""
        var body = ValueMap()
        if isDry { body["dryRun"] = true } else { body["reason"] = .string(reason) }
        return try await answer(visit, APICall("POST", path, body: .map(body)), isDry: isDry)
    }

    private static func answer(
        _ visit: Visit, _ call: APICall, isDry: Bool = false
    ) async throws -> ConsoleResponse {
        let answer = await visit.api.ask(call)
        let isDone = (200..<300).contains(answer.status)
        if isDone, !isDry { return .seeOther("/money") }
        let page = try await MoneyPage(
            visit, refusal: isDone ? nil : APIProblem(answer), preview: isDone ? answer.body : nil)
        return await visit.console.page(page, of: visit, status: answer.status)
    }
}
