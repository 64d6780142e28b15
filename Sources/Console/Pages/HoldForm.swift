import Values

/// The form that holds something or lets it go on.
struct HoldForm: Sendable {
    let path: String
    let isPaused: Bool
    let title: String
    /// What the button does.
    let what: String
    /// As it was typed, where it was refused.
    let reason: String

    init(_ visit: Visit, path: String, isPaused: Bool, pause: String, resume: String) {
        self.path = path
        self.isPaused = isPaused
        title = isPaused ? "Let it go on" : "Hold it"
        what = isPaused ? resume : pause
        reason = visit.request.field("reason") ?? ""
    }
}

/// Who held something and let it go on, the latest first.
struct HoldLog: Sendable {
    struct Row: Sendable {
        let at: Moment?
        let mark: String
        let word: String
        let text: String
    }

    let rows: [Row]
    let isEmpty: Bool

    init(_ log: Value?, now: Timestamp?) {
        rows = (log?.listValue ?? []).map { change in
            let isPause = change["paused"]?.boolValue ?? false
            return Row(
                at: Moment(change["at"]?.stringValue, now: now), mark: isPause ? "paused" : "done",
                word: isPause ? "paused" : "resumed", text: Self.standing(change))
        }
        isEmpty = rows.isEmpty
    }

    static func standing(_ standing: Value) -> String {
        "\(standing["by"]?.stringValue ?? ""): \(standing["reason"]?.stringValue ?? "")"
    }
}
