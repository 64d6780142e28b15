import Values

/// What is kept how long, for people.
enum RetentionText {
    static func card(_ answer: Value, style: Style) -> String {
        var table = TextTable(header: ["WORKFLOW", "KEPT", "MAY GO NOW", "GONE", "LAST"])
        table.yields = [.drop(4)]
        table.rows = (answer["workflows"]?.listValue ?? []).map { row in
            let due = row["due"]?.shownJSON ?? ""
            return [
                row["workflow"]?.shown ?? "", row["period"]?.shown ?? "for ever",
                row["period"] == nil ? "" : (row["isDueLeast"] == true ? "over \(due)" : due),
                row["removed"]?.shownJSON ?? "", row["lastAt"]?.shown ?? "",
            ]
        }
        var text = table.text(width: Terminal.width, style: style)
        for row in answer["restored"]?.listValue ?? [] {
            text +=
                "\(row["name"]?.shown ?? "") was put back by \(row["by"]?.shown ?? "") "
                + "and stays until \(row["until"]?.shown ?? "")\n"
        }
        if answer["archived"] != true {
            text += "there is no archive: what goes is kept nowhere\n"
        }
        if let failure = answer["failure"]?.shown {
            text += style.bold("nothing goes: ") + failure + "\n"
        }
        return text
    }

    static func document(_ document: Value, style: Style) -> String {
        func line(_ label: String, _ text: String?) -> String {
            guard let text, !text.isEmpty else { return "" }
            return style.faint(label.padded(to: 11)) + text + "\n"
        }
        let name = document["name"]?.shown ?? ""
        return style.bold(name) + "  " + (document["status"]?.shown ?? "") + ", in the archive\n"
            + line("started", document["startedAt"]?.shown)
            + line("ended", document["endedAt"]?.shown)
            + line("version", document["version"]?.shownJSON)
            + line("input", document["run"]?["input"].map(\.shownJSON))
            + line("output", document["run"]?["output"].map(\.shownJSON))
            + (document["attachments"]?.listValue ?? []).map {
                line("content", "\($0["sha256"]?.shown ?? "") (\($0["type"]?.shown ?? ""))")
            }.joined()
            + InstanceText.history(document["history"]?.listValue ?? [], style: style)
    }
}
