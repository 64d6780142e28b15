import Values

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
