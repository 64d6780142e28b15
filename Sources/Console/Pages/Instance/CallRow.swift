import Values

/// One call, put together from what the history shows of it.
struct CallRow: Sendable {
    let task: String
    let mark: String
    let result: String
    let key: String
    let tries: String
    let began: Moment?

    /// The newest first, of those that these entries tell of.
    static func list(_ entries: [Value], now: Timestamp?) -> [CallRow] {
        var order: [Int64] = []
        var rows: [Int64: Draft] = [:]
        for entry in entries {
            let kind = entry["kind"]?.stringValue ?? ""
            guard kind.hasPrefix("call."), let data = entry["data"],
                let number = data["activation"]?.intValue
            else { continue }
            if rows[number] == nil { order.append(number) }
            rows[number, default: Draft()].take(kind, data, at: entry["at"]?.stringValue, now)
        }
        return order.reversed().compactMap { rows[$0]?.row }
    }

    private struct Draft {
        var task = ""
        var key = ""
        var tries: Int64 = 0
        var began: Moment?
        var mark = "running"
        var result = "under way"

        mutating func take(_ kind: String, _ data: Value, at: String?, _ now: Timestamp?) {
            if let task = data["task"]?.stringValue { self.task = task }
            if let key = data["key"]?.stringValue { self.key = key }
            if let number = data["attempt"]?.intValue { tries = max(tries, number) }
            let error = [data["error"]?.stringValue, data["message"]?.stringValue]
                .compactMap(\.self).joined(separator: ": ")
            switch kind {
            case "call.started": began = began ?? Moment(at, now: now)
            case "call.completed": (mark, result) = ("done", "completed")
            case "call.failed": (mark, result) = ("failing", error.isEmpty ? "failed" : error)
            case "call.unknown": (mark, result) = ("blocked", "nobody knows whether it took effect")
            case "call.asked": (mark, result) = ("running", "the remote was asked")
            case "call.withdrawn": (mark, result) = ("skipped", "taken back before it left")
            default: break
            }
        }

        var row: CallRow {
            CallRow(
                task: task, mark: mark, result: result, key: key,
                tries: tries == 0 ? "" : tries.grouped, began: began)
        }
    }
}
