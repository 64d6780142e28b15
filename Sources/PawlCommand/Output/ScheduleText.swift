import Values

/// Schedules for people.
enum ScheduleText {
    static func path(_ workflow: String) -> String { "/v1/schedules/\(workflow.percentEncoded)" }

    static func table(_ schedules: [Value], style: Style) -> String {
        var table = TextTable(header: ["WORKFLOW", "STATE", "NEXT", "LAST", "RULE", "ZONE"])
        table.elastic = 4
        table.yields = [.drop(5), .drop(3), .shrink(0, to: 16)]
        table.rows = schedules.map { schedule in
            [
                schedule["workflow"]?.shown ?? "", state(schedule),
                schedule["next"]?[0].flatMap(moment) ?? "never",
                schedule["last"].flatMap(moment) ?? "-",
                schedule["rule"].map(rule) ?? "", schedule["zone"]?.shown ?? "",
            ]
        }
        return table.text(width: Terminal.width, style: style)
    }

    static func card(_ schedule: Value, style: Style) -> String {
        var lines = [
            style.bold(schedule["workflow"]?.shown ?? "") + "  " + state(schedule),
            "rule     \(schedule["rule"].map(rule) ?? "")  (\(schedule["zone"]?.shown ?? ""))",
            "overlap  \(schedule["overlap"]?.shown ?? "")",
        ]
        if let pause = schedule["pause"] {
            lines.append(
                "paused   \(text(pause, "reason")) (\(text(pause, "by")), \(text(pause, "at")))")
        }
        if let pause = schedule["workflowPause"] {
            lines.append(
                "held     with its workflow: \(text(pause, "reason")) (\(text(pause, "by")), "
                    + "\(text(pause, "at")))")
        }
        lines += list(schedule, "running").map { "running  \($0.shown ?? "")" }
        lines += list(schedule, "waiting").map { "waiting  \(occurrence($0))" }
        lines += list(schedule, "next").map { "next     \(occurrence($0))" }
        lines += list(schedule, "log").map { style.faint("log      ") + row($0) }
        return lines.map { $0 + "\n" }.joined()
    }

    static func effect(_ answer: Value, style: Style) -> String {
        let isDry = answer["dryRun"] == true
        var text = ""
        if let message = answer["message"]?.shown {
            text += (isDry ? "would be: " : "") + message + "\n"
        }
        if !isDry, let schedule = answer["schedule"] { text += card(schedule, style: style) }
        return text
    }

    static func preview(_ answer: Value, style: Style) -> String {
        let occurrences = list(answer, "occurrences")
        let lines = occurrences.map { entry in
            occurrence(entry) + "  after \(entry["last"]?.shown ?? "none before it")"
                + (entry["exists"] == true ? style.faint("  ran already") : "") + "\n"
        }
        let missed = occurrences.filter { $0["exists"] == false }.count
        return lines.joined() + "\(missed) of \(text(answer, "count")) would start\n"
    }

    // MARK: Parts

    private static func state(_ schedule: Value) -> String {
        if schedule["workflowPause"] != nil { return "held with its workflow" }
        if schedule["paused"] == true { return "paused" }
        return list(schedule, "running").isEmpty ? "idle" : "running"
    }

    private static func rule(_ rule: Value) -> String {
        let parts = (rule.mapValue?.entries ?? []).map { key, value in
            "\(key.shown ?? "") \(value.shown ?? value.shownJSON)"
        }
        return parts.joined(separator: ", ")
    }

    private static func moment(_ occurrence: Value) -> String? { occurrence["at"]?.shown }

    private static func occurrence(_ occurrence: Value) -> String {
        "\(text(occurrence, "nominal"))  \(text(occurrence, "at"))"
    }

    private static func row(_ row: Value) -> String {
        var line = "\(text(row, "at"))  \(text(row, "outcome"))"
        if let occurrence = row["occurrence"] { line += "  \(text(occurrence, "key"))" }
        if row["from"] != nil {
            line += "  [\(text(row, "from")), \(text(row, "to")))"
            if row["occurrence"] == nil { line += " nothing" }
        }
        if row["last"] != nil { line += " to \(text(row, "last")) (\(text(row, "count")))" }
        if row["reason"] != nil { line += ": \(text(row, "reason"))" }
        if row["by"] != nil { line += " (\(text(row, "by")))" }
        return line
    }

    private static func list(_ value: Value, _ name: String) -> [Value] {
        value[name]?.listValue ?? []
    }

    private static func text(_ value: Value, _ name: String) -> String {
        value[name].map { $0.shown ?? $0.shownJSON } ?? ""
    }
}
