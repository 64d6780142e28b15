import Values

/// Alerts for people.
enum AlertText {
    /// Beside that there is none: whether anybody would hear of one.
    static func hint(_ answer: Value) -> String? {
        (answer["receivers"]?.listValue ?? []).isEmpty
            ? "and nobody would be told: pawl.yaml names no receivers" : nil
    }

    static func table(_ alerts: [Value], style: Style) -> String {
        var table = TextTable(header: ["ALERT", "STATUS", "KIND", "SINCE", "COUNT", "WHAT"])
        table.elastic = 5
        table.yields = [.drop(3), .drop(2), .drop(4)]
        table.rows = alerts.map { alert in
            ["id", "status", "kind", "since"].map { alert[$0]?.shown ?? "" }
                + [alert["count"]?.shownJSON ?? "", alert["sentence"]?.shown ?? ""]
        }
        return table.text(width: Terminal.width, style: style)
    }

    static func card(_ alert: Value, style: Style) -> String {
        func line(_ label: String, _ text: String?) -> [String] {
            guard let text, !text.isEmpty else { return [] }
            return [style.faint(label.padding(to: 11)) + text]
        }
        var lines = [
            style.bold(alert["id"]?.shown ?? "") + "  " + (alert["status"]?.shown ?? ""),
            alert["sentence"]?.shown ?? "",
        ]
        lines += line("since", alert["since"]?.shown)
        lines += line("over", alert["resolvedAt"]?.shown)
        lines += line("how many", alert["count"]?.shownJSON)
        if let own = alert["acknowledgement"] {
            lines += line(
                "seen to",
                "\(own["at"]?.shown ?? "")  \(own["note"]?.shown ?? "") (\(own["by"]?.shown ?? ""))"
            )
        }
        if let silence = alert["silence"] {
            lines += line(
                "silenced",
                "until \(silence["until"]?.shown ?? "")  \(silence["reason"]?.shown ?? "") "
                    + "(\(silence["by"]?.shown ?? ""))")
        }
        for told in alert["told"]?.listValue ?? [] {
            lines += line("told", "\(told["receiver"]?.shown ?? "") at \(told["at"]?.shown ?? "")")
        }
        for delivery in alert["untold"]?.listValue ?? [] {
            lines += line("not told", untold(delivery))
        }
        for example in alert["examples"]?.listValue ?? [] {
            lines += line("such as", example.shown)
        }
        for command in alert["commands"]?.listValue ?? [] { lines += line("try", command.shown) }
        return lines.map { $0 + "\n" }.joined()
    }

    /// `ops: 3 tries, the last: it answered 500; again at …`.
    static func untold(_ delivery: Value) -> String {
        let to = [delivery["receiver"]?.shown, delivery["address"]?.shown].compactMap(\.self)
        let tries = delivery["attempts"]?.intValue ?? 0
        let error = delivery["error"]?.shown.map { ", the last: \($0)" } ?? ""
        let what =
            switch delivery["status"]?.stringValue {
            case "dead":
                "nobody tries any more, \(tries == 1 ? "1 try" : "\(tries) tries")\(error); "
                    + "pawl alerts redeliver \(delivery["id"]?.shown ?? "")"
            case _ where tries == 0: "on its way"
            default:
                "\(tries == 1 ? "1 try" : "\(tries) tries")\(error); again at "
                    + (delivery["nextAt"]?.shown ?? "")
            }
        return to.joined(separator: " ") + ": " + what
    }

    static func silences(_ silences: [Value], style: Style) -> String {
        var table = TextTable(header: ["SILENCE", "OF", "UNTIL", "BY", "REASON"])
        table.elastic = 4
        table.yields = [.drop(3), .shrink(1, to: 16)]
        table.rows = silences.map { silence in
            let kinds = (silence["kinds"]?.listValue ?? []).compactMap(\.shown)
            let of =
                kinds
                + ["workflow", "adapter", "cause"].compactMap { name in
                    silence[name]?.shown.map { "\(name) \($0)" }
                }
            let until = silence["until"]?.shown ?? ""
            return [
                silence["id"]?.shown ?? "", of.joined(separator: ", "),
                silence["holds"] == true ? until : "is over", silence["by"]?.shown ?? "",
                silence["reason"]?.shown ?? "",
            ]
        }
        return table.text(width: Terminal.width, style: style)
    }

    static func deliveries(_ deliveries: [Value], style: Style) -> String {
        var table = TextTable(
            header: ["DELIVERY", "STATUS", "TO", "TRIES", "NEXT", "WHY"])
        table.elastic = 5
        table.yields = [.drop(4), .drop(3)]
        table.rows = deliveries.map { delivery in
            let to = [delivery["receiver"]?.shown, delivery["address"]?.shown].compactMap(\.self)
            return [
                delivery["id"]?.shown ?? "", delivery["status"]?.shown ?? "",
                to.joined(separator: " "), delivery["attempts"]?.shownJSON ?? "",
                delivery["nextAt"]?.shown ?? "",
                delivery["error"]?.shown ?? delivery["sentence"]?.shown ?? "",
            ]
        }
        return table.text(width: Terminal.width, style: style)
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
