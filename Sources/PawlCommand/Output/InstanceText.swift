import Values

/// Instances, histories and receipts for people.
enum InstanceText {
    static func table(_ instances: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(header: ["HEALTH", "INSTANCE", "STATE", "WHY", "UPDATED"])
        table.elastic = 3
        table.yields = [
            .drop(4), .shrink(2, to: 12), .shrink(1, to: 20), .drop(2), .shrink(1, to: 12),
        ]
        table.paint = { column, text, padded in
            column == 0 ? style.health(text, padded: padded) : padded
        }
        table.rows = instances.map { instance in
            [
                instance["health"]?.shown ?? "", instance["name"]?.shown ?? "",
                states(instance), instance["why"]?.shown ?? "",
                second(instance["updatedAt"]?.shown),
            ]
        }
        return table.text(width: width, style: style)
    }

    static func card(_ instance: Value, style: Style) -> String {
        let names = [
            "version", "status", "health", "states", "why", "startedAt", "updatedAt", "overdueAt",
            "endedAt", "output", "search", "input", "params", "context",
        ]
        let facts = names.compactMap { name in instance[name].map { (name, brief($0)) } }
        let width = facts.map(\.0.count).max() ?? 0
        let lines = facts.map { style.faint($0.0.padded(to: width)) + "  " + $0.1 }
        return ([style.bold(instance["name"]?.shown ?? "")] + lines).map { $0 + "\n" }
            .joined()
    }

    static func history(_ entries: [Value], style: Style) -> String {
        let width = entries.compactMap { $0["kind"]?.shown?.count }.max() ?? 0
        return entries.map { entry in
            let number = entry["sequence"].map(\.shownJSON) ?? ""
            let kind = (entry["kind"]?.shown ?? "").padded(to: width)
            let data = entry["data"].map { $0.isNull ? "" : $0.shownJSON } ?? ""
            let indent = String(repeating: " ", count: max(0, 5 - number.count))
            return style.faint(indent + number + "  " + (entry["at"]?.shown ?? ""))
                + "  \(style.bold(kind))  \(data)".trimmedAtEnd + "\n"
        }.joined()
    }

    static func receipts(_ answer: Value) -> String {
        (answer["receipts"]?.listValue ?? []).map { receipt in
            let code = receipt["code"]?.shown.map { " (\($0))" } ?? ""
            let message = receipt["message"]?.shown.map { ": \($0)" } ?? ""
            return (receipt["instance"]?.shown ?? "") + "  "
                + (receipt["outcome"]?.shown ?? "") + code + message + "\n"
        }.joined()
    }

    /// What a dry run says.
    static func preview(_ answer: Value, style: Style) -> String {
        let effect = answer["effect"] ?? [:]
        let states = effect["states"]?.listValue?.compactMap(\.shown) ?? []
        let calls = effect["calls"]?.listValue?.compactMap(\.shown) ?? []
        let place = states.isEmpty ? "" : " in \(states.joined(separator: ", "))"
        var text = history(effect["history"]?.listValue ?? [], style: style)
        text += "then: \(effect["status"]?.shown ?? "")\(place)\n"
        if !calls.isEmpty { text += "would call: \(calls.joined(separator: ", "))\n" }
        return text + "nothing was changed (dry run)\n"
    }

    static func data(_ data: Value, width: Int?, style: Style) -> String {
        var table = TextTable(header: ["MEMBER", "VALUE", "CHANGED", "BY", "ROW"])
        table.elastic = 1
        table.yields = [.drop(2), .shrink(3, to: 24), .drop(4), .shrink(3, to: 12)]
        table.rows = (data["members"]?.listValue ?? []).map { member in
            let change = member["changed"]
            return [
                member["name"]?.shown ?? "", member["value"].map(\.shownJSON) ?? "",
                second(change?["at"]?.shown),
                change?["sentence"]?.shown
                    ?? "not since row \(data["from"].map(\.shownJSON) ?? "")",
                change?["sequence"].map(\.shownJSON) ?? "",
            ]
        }
        return table.text(width: width, style: style)
    }

    /// One event, why, and a line for each that was near.
    static func events(_ events: [Value], style: Style) -> String {
        events.map { event in
            let target = [event["workflow"]?.shown, event["key"]?.shown].compactMap(\.self)
                .joined(separator: "/")
            let why = [event["code"]?.shown, event["message"]?.shown].compactMap(\.self)
                .joined(separator: ": ")
            let head = [
                style.faint(second(event["at"]?.shown)), style.bold(event["event"]?.shown ?? ""),
                event["outcome"]?.shown ?? "", target, "by \(event["by"]?.shown ?? "")",
            ]
            let near = (event["nearMisses"]?.listValue ?? []).map { $0["sentence"]?.shown ?? "" }
            let lines = [why, event["since"]?.shown ?? ""] + near
            return head.filter { !$0.isEmpty }.joined(separator: "  ") + "\n"
                + lines.filter { !$0.isEmpty }.map { "    \($0)\n" }.joined()
        }.joined()
    }

    static func members(_ members: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(header: ["NUMBER", "STATUS", "KEY", "RESULT"])
        table.elastic = 3
        table.yields = [.shrink(2, to: 12)]
        table.rows = members.map { member in
            let error = member["error"].map {
                "\($0["name"]?.shown ?? ""): \($0["message"]?.shown ?? "")"
            }
            let since = second(member["since"]?.shown)
            return [
                member["number"].map(\.shownJSON) ?? "", member["status"]?.shown ?? "",
                member["key"]?.shown ?? "",
                error ?? member["output"].map(\.shownJSON)
                    ?? (since.isEmpty ? "" : "since \(since)"),
            ]
        }
        return table.text(width: width, style: style)
    }

    static func incidents(_ incidents: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(header: ["NUMBER", "INSTANCE", "KIND", "ERROR", "MESSAGE", "OPENED"])
        table.elastic = 4
        table.yields = [
            .drop(5), .shrink(1, to: 20), .drop(2), .shrink(3, to: 12), .shrink(1, to: 12),
        ]
        table.rows = incidents.map { incident in
            [
                incident["number"].map(\.shownJSON) ?? "", incident["instance"]?.shown ?? "",
                incident["kind"]?.shown ?? "", incident["error"]?.shown ?? "",
                incident["message"]?.shown ?? "", second(incident["openedAt"]?.shown),
            ]
        }
        return table.text(width: width, style: style)
    }

    static func incidentGroups(_ groups: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(header: ["COUNT", "CAUSE", "FIRST", "LAST"])
        table.elastic = 1
        table.yields = [.drop(2), .drop(3)]
        table.rows = groups.map { group in
            [
                group["count"].map(\.shownJSON) ?? "", group["cause"]?.shown ?? "",
                second(group["firstAt"]?.shown), second(group["lastAt"]?.shown),
            ]
        }
        return table.text(width: width, style: style)
    }

    /// Instances by who holds them, and workflows that are held as a whole.
    static func pauseGroups(_ groups: [Value], width: Int?, style: Style) -> String {
        var table = TextTable(header: ["HELD", "BY", "REASON", "SINCE", "WHICH"])
        table.elastic = 2
        table.yields = [.drop(3), .shrink(1, to: 12), .shrink(4, to: 20)]
        table.rows = groups.map { group in
            let workflow = group["workflow"]?.shown
            return [
                workflow == nil ? group["count"]?.intValue?.grouped ?? "" : "all",
                group["by"]?.shown ?? "", group["reason"]?.shown ?? "",
                second((group["at"] ?? group["firstAt"])?.shown),
                workflow.map { "workflow \($0)" } ?? group["filter"]?.shown ?? "",
            ]
        }
        return table.text(width: width, style: style)
    }

    private static func states(_ instance: Value) -> String {
        let states = instance["states"]?.listValue?.compactMap(\.shown) ?? []
        return states.isEmpty
            ? instance["status"]?.shown ?? "" : states.joined(separator: ", ")
    }

    private static func brief(_ value: Value) -> String {
        if let list = value.listValue, list.allSatisfy({ $0.shown != nil }) {
            return list.compactMap(\.shown).joined(separator: ", ")
        }
        return value.shown ?? value.shownJSON
    }

    /// Without fractions.
    static func second(_ text: String?) -> String {
        guard let text, let time = Timestamp(rfc3339: text) else { return text ?? "" }
        return Timestamp(seconds: time.seconds).rfc3339
    }
}

extension InstanceText {
    /// One line: what it is called and where it stands.
    static func started(_ instance: Value) -> String {
        "\(instance["name"]?.shown ?? "")  \(states(instance))  \(instance["why"]?.shown ?? "")\n"
    }

    /// What an action came to.
    static func effect(_ answer: Value) -> String {
        let kept = (answer["receipts"]?.listValue ?? []).filter { $0["outcome"] == "kept" }
            .compactMap { $0["message"]?.shown }
        return kept.map { $0 + "\n" }.joined()
            + (answer["instance"].map(started) ?? receipts(answer))
    }
}
