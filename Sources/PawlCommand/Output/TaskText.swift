import Execution
import Values

/// Tasks for people.
enum TaskText {
    static func table(_ tasks: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(
            header: ["INSTANCE", "TASK", "PRIO", "ROLE", "WHO", "TITLE", "DUE"])
        table.elastic = 5
        table.yields = [
            .drop(2), .shrink(4, to: 10), .shrink(0, to: 20), .drop(3), .drop(4),
            .shrink(0, to: 12), .shrink(6, to: 20),
        ]
        table.paint = { column, text, padded in
            column == 6 && text.hasPrefix(overdueMark) ? style.red(padded) : padded
        }
        table.rows = tasks.map { task in
            [
                task["name"]?.shown ?? "", task["task"].map(\.shownJSON) ?? "",
                task["priority"].map(\.shownJSON) ?? "", task["role"]?.shown ?? "", who(task),
                task["title"]?.shown ?? "",
                task["held"]?.shown ?? (task["endedAt"] == nil ? due(task) : end(task)),
            ]
        }
        return table.text(width: width, style: style)
    }

    /// Who is at it, else to whom it was given.
    private static func who(_ task: Value) -> String {
        task["claimedBy"]?.shown ?? task["assignee"]?.shown ?? ""
    }

    /// `accept by manager/ana`, `withdrawn by the event x`
    private static func end(_ task: Value) -> String {
        let what =
            task["outcome"]?.shown.map { "\($0) by \(task["decidedBy"]?.shown ?? "")" }
            ?? "withdrawn by \(task["because"]?.shown ?? "")"
        return what + ", " + (task["endedAt"]?.shown ?? "")
    }

    private static let overdueMark = "overdue "

    private static func due(_ task: Value) -> String {
        guard let due = task["due"]?.shown else { return "" }
        return (task["isOverdue"] == true ? overdueMark : "") + InstanceText.second(due)
    }

    static func card(
        _ task: Value, style: Style, _ suggestions: Suggestions = .asTheyAre
    ) -> String {
        let title = style.bold(task["title"]?.shown ?? "")
        let names = [
            "task", "held", "revision", "role", "assignee", "claimedBy", "priority", "since", "due",
            "dueName", "deadline", "reminders",
        ]
        var facts = names.compactMap { name in task[name].map { (name, text($0)) } }
        for (name, value) in task["show"]?.mapValue?.entries ?? [] {
            facts.append((name.shown ?? "", text(value)))
        }
        // What cannot work is not offered.
        let outcomes = task["held"] == nil ? task["outcomes"]?.listValue ?? [] : []
        for outcome in outcomes {
            facts.append(("decide", command(outcome, of: task, suggestions)))
        }
        let width = facts.map(\.0.count).max() ?? 0
        return ([title] + facts.map { "  " + style.faint($0.0.padded(to: width)) + "  " + $0.1 })
            .map { $0 + "\n" }.joined()
    }

    /// To be pasted, with what is left to be filled in.
    private static func command(
        _ outcome: Value, of task: Value, _ suggestions: Suggestions
    ) -> String {
        let form = outcome["form"]
        let required = (form?["required"]?.listValue ?? []).compactMap(\.shown)
        var optional: [String] = []
        var words = ["decide", task["name"]?.shown ?? "", outcome["outcome"]?.shown ?? ""]
        for (name, schema) in form?["properties"]?.mapValue?.entries ?? [] {
            let name = name.shown ?? ""
            let type = schema["enum"]?.listValue.map { $0.map(text).joined(separator: "|") }
            let field = "\(name)=<\(type ?? schema["type"].map(text) ?? "any")>"
            if required.contains(name) { words.append(field) } else { optional.append(field) }
        }
        if outcome["comment"] == "required" { words += ["--comment", "<why>"] }
        words += ["--task", task["task"].map(\.shownJSON) ?? "only"]
        words += ["--revision", task["revision"].map(\.shownJSON) ?? "*"]
        let holder = task["claimedBy"]?.shown
        let role = task["role"]?.shown ?? "<role>"
        words += ["--as", holder ?? task["assignee"]?.shown.map { "\(role)/\($0)" } ?? role]
        let more = optional.isEmpty ? "" : "  (also \(optional.joined(separator: " ")))"
        return suggestions.completing(line: CommandLineText(words).text) + more
    }

    private static func text(_ value: Value) -> String {
        value.shown ?? value.shownJSON
    }
}
