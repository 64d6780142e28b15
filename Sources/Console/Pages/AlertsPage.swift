import Values

/// What people are woken of, and who sees to it.
struct AlertsPage: PageContent {
    static let template = "alerts"
    let title = "Alerts"
    let section = Section.alerts

    struct Row: Sendable {
        let id: String
        let mark: String
        let word: String
        let kind: String
        let sentence: Prose
        let since: Moment?
        let number: String
        /// Who sees to it, or what silences it.
        let who: String?
        let told: String?
        /// Who has not taken it, with what became of the tries.
        let untold: [String]
        /// Where the form of who sees to it leads; nil: somebody does.
        let acknowledge: String?
        /// Lines to type.
        let commands: [String]
    }

    struct Stranded: Sendable {
        let id: String
        let to: String
        let why: String
        let command: String
    }

    let sentence: String
    let rows: [Row]
    let hasRows: Bool
    let isCut: Bool
    /// Messages that were tried in vain, and are tried again.
    let late: [Stranded]
    let hasLate: Bool
    /// Messages that nobody tries any more.
    let dead: [Stranded]
    let hasDead: Bool

    /// Whoever visits sees to it.
    static func acknowledge(_ visit: Visit) async throws -> ConsoleResponse {
        let id = visit.request.segments[1].urlEncoded
        let answer = await visit.api.ask(
            APICall("POST", "/v1/alerts/\(id)/acknowledge", body: [:]))
        guard (200..<300).contains(answer.status) else { throw APIProblem(answer) }
        return .seeOther("/alerts")
    }

    init(_ visit: Visit) async throws {
        let now = visit.now
        let answer = try await visit.get("/v1/alerts", [("count", "200")])
        rows = (answer["alerts"]?.listValue ?? []).map { Self.row($0, now) }
        hasRows = !rows.isEmpty
        isCut = answer["cursor"] != nil
        let lost = try await visit.get("/v1/deliveries", [("status", "dead"), ("count", "50")])
        dead = (lost["deliveries"]?.listValue ?? []).map { delivery in
            Self.stranded(
                delivery, command: "pawl alerts redeliver \(delivery["id"]?.stringValue ?? "")")
        }
        hasDead = !dead.isEmpty
        let pending = try await visit.get(
            "/v1/deliveries", [("status", "pending"), ("count", "200")])
        late = (pending["deliveries"]?.listValue ?? []).filter {
            ($0["attempts"]?.intValue ?? 0) > 0
        }.map { Self.stranded($0, command: "pawl alerts deliveries --status pending") }
        hasLate = !late.isEmpty
        let receivers = (answer["receivers"]?.listValue ?? []).compactMap(\.stringValue)
        sentence =
            (hasRows
                ? counted(answer["total"]?.intValue ?? 0, "thing is wrong.", "things are wrong.")
                : "Nothing is wrong.")
            + (receivers.isEmpty
                ? " Nobody is told: pawl.yaml names no receivers."
                : " Who is told: \(receivers.joined(separator: ", ")).")
    }

    private static func stranded(_ delivery: Value, command: String) -> Stranded {
        Stranded(
            id: delivery["id"]?.stringValue ?? "", to: to(delivery), why: outcome(delivery),
            command: command)
    }

    private static func to(_ delivery: Value) -> String {
        [delivery["receiver"], delivery["address"]].compactMap { $0?.stringValue }
            .joined(separator: " ")
    }

    /// `3 tries, the last: it answered 500`.
    private static func outcome(_ delivery: Value) -> String {
        let tries = delivery["attempts"]?.intValue ?? 0
        if tries == 0 { return "on its way" }
        return counted(tries, "try", "tries")
            + (delivery["error"]?.stringValue.map { ", the last: \($0)" } ?? "")
    }

    private static func row(_ alert: Value, _ now: Timestamp?) -> Row {
        let id = alert["id"]?.stringValue ?? ""
        let (mark, word) =
            switch alert["status"]?.stringValue {
            case "acknowledged": ("waiting", "Seen to")
            case "silenced": ("paused", "Silenced")
            case "resolved": ("done", "Over")
            default: ("blocked", "Firing")
            }
        let own = alert["acknowledgement"] ?? alert["silence"]
        let why = own?["note"]?.stringValue ?? own?["reason"]?.stringValue ?? ""
        let who = own.map { ($0["by"]?.stringValue ?? "") + (why.isEmpty ? "" : ": \(why)") }
        let told = (alert["told"]?.listValue ?? []).compactMap { $0["receiver"]?.stringValue }
        let untold = (alert["untold"]?.listValue ?? []).map { delivery in
            (delivery["status"] == "dead" ? "given up to tell " : "not told yet: ")
                + "\(to(delivery)), \(outcome(delivery))"
        }
        let commands = (alert["commands"]?.listValue ?? []).compactMap(\.stringValue)
        return Row(
            id: id, mark: mark, word: word, kind: alert["kind"]?.stringValue ?? "",
            sentence: Prose(alert["sentence"]?.stringValue ?? ""),
            since: Moment(alert["since"]?.stringValue, now: now),
            number: (alert["count"]?.intValue ?? 1).grouped, who: who,
            told: told.isEmpty ? nil : told.joined(separator: ", "),
            untold: untold,
            acknowledge: alert["acknowledgement"] == nil ? "/alerts/\(id.urlEncoded)" : nil,
            commands: commands)
    }
}

extension Visit {
    /// Alerts that nobody sees to yet, the latest of them by name.
    func firing(count: Int) async throws -> (number: Int64, alerts: [Value]) {
        let answer = try await get("/v1/alerts", [("status", "firing"), ("count", "\(count)")])
        return (answer["total"]?.intValue ?? 0, answer["alerts"]?.listValue ?? [])
    }
}
