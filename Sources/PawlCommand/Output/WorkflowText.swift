import Values

/// Workflows for people.
enum WorkflowText {
    static func table(_ workflows: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(
            header: ["WORKFLOW", "STARTS ON", "RUNNING", "STARTED BY", "DESCRIPTION"])
        table.elastic = 4
        table.yields = [.drop(3), .shrink(2, to: 10), .shrink(0, to: 16)]
        table.rows = workflows.map { workflow in
            [
                workflow["name"]?.shown ?? "",
                start(workflow),
                running(workflow["versions"]?.listValue ?? []),
                workflow["startedBy"]?.shown ?? "",
                workflow["description"]?.shown ?? "",
            ]
        }
        return table.text(width: width, style: style)
    }

    /// Who holds it and how many wait, and who has held it lately.
    static func standing(_ workflow: Value, style: Style) -> String {
        var lines = [
            style.bold(workflow["name"]?.shown ?? "") + "  "
                + (workflow["pause"] == nil ? "goes on" : "paused")
        ]
        if let pause = workflow["pause"] { lines.append("paused     " + line(pause)) }
        let held = JSON.string(workflow["held"] ?? 0) + (workflow["heldIsLeast"] == true ? "+" : "")
        if workflow["pause"] != nil {
            lines.append("held       \(held) that something has come to since")
        } else if workflow["held"] != 0 {
            lines.append("held       \(held) still to go on")
        }
        lines += (workflow["log"]?.listValue ?? []).map { change in
            let word = change["paused"] == true ? "paused " : "resumed"
            return style.faint("log        ") + word + " " + line(change)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func line(_ standing: Value) -> String {
        "\(standing["at"]?.shown ?? "")  \(standing["reason"]?.shown ?? "") "
            + "(\(standing["by"]?.shown ?? ""))"
    }

    private static func start(_ workflow: Value) -> String {
        let version =
            workflow["removed"] == true
            ? "removed" : workflow["version"].map { "version \(JSON.string($0))" } ?? ""
        return workflow["pause"] == nil ? version : version + ", paused"
    }

    /// `12` where all run on the version that starts, else `3 on 1, 9 on 2`.
    private static func running(_ versions: [Value]) -> String {
        let busy = versions.filter { ($0["running"]?.intValue ?? 0) > 0 }
        guard busy.contains(where: { $0["starts"] == false }) else {
            return busy.first.map(count) ?? "-"
        }
        return busy.map { version in
            "\(count(version)) on \(JSON.string(version["version"] ?? 0))"
        }.joined(separator: ", ")
    }

    private static func count(_ version: Value) -> String {
        JSON.string(version["running"] ?? 0) + (version["runningIsLeast"] == true ? "+" : "")
    }
}
