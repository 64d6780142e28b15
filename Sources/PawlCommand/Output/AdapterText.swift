import Values

/// Adapters for people.
enum AdapterText {
    static func path(_ adapter: String) -> String { "/v1/adapters/\(adapter.percentEncoded)" }

    static func table(_ adapters: [Value], style: Style) -> String {
        var table = TextTable(
            header: ["ADAPTER", "TRANSPORT", "STATE", "RUNNING", "QUEUED", "FAILURES"])
        table.elastic = 2
        table.yields = [.drop(1), .shrink(0, to: 16)]
        table.rows = adapters.map { adapter in
            [
                adapter["name"]?.shown ?? "", adapter["transport"]?.shown ?? "", state(adapter),
                running(adapter), adapter["queued"].map(\.shownJSON) ?? "-", failures(adapter),
            ]
        }
        return table.text(width: Terminal.width, style: style)
    }

    static func card(_ adapter: Value, style: Style) -> String {
        var lines = [style.bold(adapter["name"]?.shown ?? "") + "  " + state(adapter)]
        if let pause = adapter["pause"] { lines.append("paused     " + standing(pause)) }
        if let unready = adapter["unready"] {
            lines.append(
                "lacks      \(unready["reason"]?.shown ?? "") (since \(unready["since"]?.shown ?? ""))"
            )
        }
        if let since = adapter["openSince"]?.shown { lines.append("open since \(since)") }
        if let probe = adapter["nextProbe"]?.shown { lines.append("next probe \(probe)") }
        if adapter["breaker"] != nil {
            lines.append("running    \(running(adapter))")
            lines.append("queued     \(adapter["queued"]?.shownJSON ?? "0")")
            lines.append("failures   \(failures(adapter))")
        }
        lines += (adapter["log"]?.listValue ?? []).map { change in
            let word = change["paused"] == true ? "paused " : "resumed"
            return style.faint("log        ") + word + " " + standing(change)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func state(_ adapter: Value) -> String {
        guard let breaker = adapter["breaker"]?.shown.map({ "breaker \($0)" }) else {
            return "in the engine"
        }
        guard adapter["paused"] == true else {
            return adapter["unready"] == nil ? breaker : "cannot call"
        }
        return adapter["breaker"] == "closed" ? "paused" : "paused, \(breaker)"
    }

    private static func running(_ adapter: Value) -> String {
        adapter["running"].map { "\($0) of \(adapter["concurrency"] ?? 0)" } ?? "-"
    }

    private static func failures(_ adapter: Value) -> String {
        // Of a breaker that waits for its probe nothing is counted.
        if adapter["breaker"] == "half-open" { return "-" }
        return adapter["failures"].map { "\($0) of \(adapter["calls"] ?? 0)" } ?? "-"
    }

    private static func standing(_ standing: Value) -> String {
        "\(standing["at"]?.shown ?? "")  \(standing["reason"]?.shown ?? "") "
            + "(\(standing["by"]?.shown ?? ""))"
    }
}
