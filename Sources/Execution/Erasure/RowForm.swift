import Definition
import Values

/// What of the JSON that Pawl writes is the business's data, and what is Pawl's own.
///
/// Names, numbers and times that Pawl writes itself are what a row is read by, and stay. Everything else is data: what a
/// form forgets is erased, and nothing that is personal is kept because somebody forgot it here.
struct RowForm {
    let personal: Personal

    /// Members whose value is data as a whole: what they are called says nothing of it.
    private static let holders: Set<ExactText> = [
        "input", "params", "context", "output", "report", "data", "form", "answer", "value",
        "detail",
        "item", "before", "after", "result", "show",
    ]

    /// Pawl's own names. What stands under them is kept where it is a text, and gone through where it is more.
    private static let own: Set<ExactText> = [
        "activation", "activations", "actor", "adapter", "again", "arrivedAt", "askingLater",
        "asks",
        "assignee", "at", "attachments", "attempt", "attempts", "backingOff", "by", "calendar",
        "call",
        "cancel", "cancelled", "chart", "child", "claim", "claimedBy", "closedTasks", "code",
        "column",
        "comments", "compensate", "compensation", "completed", "cursor", "deadline", "decided",
        "decidedBy", "dispatch", "dispatches", "due", "effects", "end", "ended", "endedAt",
        "entered",
        "erased", "erasure", "error", "errors", "event", "exited", "expiresAt", "failed",
        "failedAfterRestart", "failures", "final", "fingerprint", "firstSentAt", "for", "from",
        "guards",
        "held", "heldFor", "history", "hold", "id", "incident", "incidents", "index", "instance",
        "invocation",
        "isAbandoned", "isAtEnd", "isRetryable", "isStart", "kept", "key", "kind", "last",
        "lastFailure", "lastIgnored", "lastSentAt", "late", "line", "mayHaveApplied", "members",
        "name",
        "number", "openedAt", "operation", "outcome", "overdueAt", "page", "parent", "parts",
        "pause",
        "paused", "pendingEnd", "person", "phase", "place", "priority", "purpose", "recall",
        "reckoning",
        "refused", "remindAt", "reminders", "retryable", "revision", "role", "row", "sender",
        "sequence",
        "since", "source", "standing", "started", "startedAt", "startedBy", "state", "states",
        "status",
        "subject",
        "succeeded", "target", "task", "timeout", "timer", "timers", "to", "transitions", "undo",
        "unknown", "until", "updatedAt", "version", "visits", "withdrawn", "workflow",
        "workflowHold",
    ]

    private enum Part {
        case own
        case data
        /// A text of Pawl's own that may have data in it, or something that is not known here.
        case mixed

        init(_ name: String) {
            let name = ExactText(name)
            self = holders.contains(name) ? .data : RowForm.own.contains(name) ? .own : .mixed
        }
    }

    // MARK: Looking

    /// Personal texts in something that Pawl has written.
    func texts(in value: Value) -> Set<ExactText> {
        switch value {
        case .list(let list):
            return list.reduce(into: []) { $0.formUnion(texts(in: $1)) }
        case .map(let map):
            var found: Set<ExactText> = []
            for (key, value) in map.entries {
                let name = key.stringValue ?? ""
                switch Part(name) {
                case .own: found.formUnion(texts(in: value))
                case .data: found.formUnion(personal.texts(in: value))
                case .mixed: found.formUnion(personal.texts(in: .map(ValueMap([(name, value)]))))
                }
            }
            return found
        default: return []
        }
    }

    func texts(in row: InstanceRow) -> Set<ExactText> {
        guard case .history = row.place else { return texts(in: row.data) }
        return (row.data.listValue ?? []).reduce(into: []) { found, entry in
            if let data = entry[3] { found.formUnion(texts(in: data)) }
        }
    }

    // MARK: Erasing

    func erased(_ value: Value, forgetting texts: ForgottenTexts) -> Value {
        switch value {
        case .list(let list): return .list(list.map { erased($0, forgetting: texts) })
        case .map(let map):
            var result = map
            for (key, value) in map.entries {
                let name = key.stringValue ?? ""
                switch Part(name) {
                case .own: result[key] = erased(value, forgetting: texts)
                case .data: result[key] = personal.erased(value, forgetting: texts)
                case .mixed: result[key] = personal.erased(value, of: name, forgetting: texts)
                }
            }
            return .map(result)
        default: return value
        }
    }

    func erased(_ row: InstanceRow, forgetting texts: ForgottenTexts) -> InstanceRow {
        let data: Value
        if case .history = row.place {
            data = .list(
                (row.data.listValue ?? []).map { entry in
                    guard let fields = entry.listValue, let last = fields.last else { return entry }
                    return .list(fields.dropLast() + [erased(last, forgetting: texts)])
                })
        } else {
            data = erased(row.data, forgetting: texts)
        }
        return InstanceRow(
            instance: row.instance, name: row.name, place: row.place, data: data)
    }
}
