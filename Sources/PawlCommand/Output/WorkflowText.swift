import Values

/// Workflows for people.
enum WorkflowText {
    static func table(_ workflows: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(
            header: ["WORKFLOW", "STARTS ON", "RUNNING", "STARTED BY", "DESCRIPTION"])
        table.elastic = 4
        table.rows = workflows.map { workflow in
            [
                workflow["name"]?.shown ?? "",
                workflow["removed"] == true
                    ? "removed" : workflow["version"].map { "version \(JSON.string($0))" } ?? "",
                running(workflow["versions"]?.listValue ?? []),
                workflow["startedBy"]?.shown ?? "",
                workflow["description"]?.shown ?? "",
            ]
        }
        return table.text(width: width, style: style)
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
