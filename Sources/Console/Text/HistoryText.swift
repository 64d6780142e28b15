import Values

/// One entry of a history in a line.
enum HistoryText {
    static func sentence(_ kind: String, _ data: Value) -> String {
        switch kind {
        case "transition": transition(data)
        case "started":
            "version \(shown(data["version"])), by \(shown(data["by"] ?? data["actor"]))"
        case "call.started": join([shown(data["task"]), attempt(data)], " ")
        case "call.completed":
            join([shown(data["task"]), brief(data["output"] ?? data["result"])], " gave ")
        case "call.failed":
            join(
                [
                    shown(data["task"]) + attempt(data),
                    join([shown(data["error"]), shown(data["message"])], ": "),
                ], " ")
        case "ended": join([shown(data["status"]), brief(data["output"])], ", ")
        case "incident.opened":
            "Incident \(shown(data["incident"] ?? data["number"])): "
                + join([shown(data["error"]), shown(data["message"])], ": ")
        case "expression.error": shown(data["message"])
        default: brief(data)
        }
    }

    private static func transition(_ data: Value) -> String {
        let left = names(data["exited"] ?? data["left"])
        let entered = names(data["entered"])
        let cause = shown(data["event"] ?? data["trigger"])
        let way = left.isEmpty ? "into \(entered)" : "\(left) → \(entered)"
        return cause.isEmpty ? way : "\(way) on \(cause)"
    }

    private static func names(_ value: Value?) -> String {
        (value?.listValue ?? []).map { shown($0) }.joined(separator: ", ")
    }

    private static func attempt(_ data: Value) -> String {
        data["attempt"]?.intValue.map { ", try \($0)" } ?? ""
    }

    private static func shown(_ value: Value?) -> String {
        switch value {
        case nil, .null?: ""
        case .string(let text)?: text
        case let other?: String(decoding: JSON.encode(other), as: UTF8.self)
        }
    }

    private static func brief(_ value: Value?) -> String {
        guard let value, !value.isNull else { return "" }
        if case .map(let map) = value {
            return map.entries.map { "\($0.key.stringValue ?? ""): \(shown($0.value))" }
                .joined(separator: ", ").shortened(to: 240)
        }
        return shown(value).shortened(to: 240)
    }

    private static func join(_ parts: [String], _ separator: String) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: separator)
    }
}
