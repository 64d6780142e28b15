import Values

/// The resource `why` for people: what an instance waits for, and the lines to type that would move it.
enum WhyCard {
    /// - Parameter width: sentences are broken there; nil: nothing is.
    static func text(_ why: Value, width: Int? = nil, style: Style) -> String {
        let name = why["name"]?.shown ?? ""
        let health = why["health"]?.shown ?? ""
        let blockers = why["blockers"]?.listValue ?? []
        let states = blockers.compactMap { $0["state"]?.shown }.filter { !$0.isEmpty }
        let state =
            states.isEmpty
            ? why["status"]?.shown ?? "" : states.distinct.joined(separator: ", ")
        var lines = [style.bold(name) + "  \(state)  " + style.health(health, padded: health), ""]
        if blockers.isEmpty {
            lines += (why["why"]?.shown ?? "").broken(at: width, indent: 0) + [""]
        }
        let now = why["at"]?.shown.flatMap(Timestamp.init(rfc3339:))
        for blocker in blockers {
            lines += card(blocker, now: now, width: width, style: style) + [""]
        }
        if let clock = why["clock"]?.shown {
            lines += (style.red("● ") + clock).broken(at: width, indent: 2) + [""]
        }
        lines += commands(blockers, width, style)
        while lines.last == "" { lines.removeLast() }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func card(
        _ blocker: Value, now: Timestamp?, width terminal: Int?, style: Style
    ) -> [String] {
        let sentence = ("● " + (blocker["sentence"]?.shown ?? "")).broken(at: terminal, indent: 2)
        let needsPerson = blocker["needsPerson"]?.boolValue ?? false
        var facts: [(String, String)] = []
        if let since = blocker["since"]?.shown { facts.append(("since", moment(since, now))) }
        if let due = blocker["overdueAt"]?.shown {
            facts.append(("overdue", moment(due, now)))
        }
        if let next = blocker["next"] { facts.append(("next", step(next, now))) }
        let failed = failedExpression(blocker["evidence"] ?? .null)
        for (key, value) in blocker["evidence"]?.mapValue?.entries ?? [] {
            if !failed.isEmpty, key.stringValue.map(Self.ofExpression.contains) == true { continue }
            facts += rows(key.shown ?? "", value)
        }
        let width = facts.map(\.0.count).max() ?? 0
        let head = sentence.first ?? ""
        let painted = needsPerson ? style.red("● ") + head.dropFirst(2) : head
        return [painted] + sentence.dropFirst() + failed
            + facts.flatMap { name, text -> [String] in
                let lines = text.broken(at: terminal.map { $0 - width - 4 }, indent: 0)
                let rest = lines.dropFirst().map { String(repeating: " ", count: width + 4) + $0 }
                return ["  " + style.faint(name.padded(to: width)) + "  " + (lines.first ?? "")]
                    + rest
            }
    }

    /// What the sentence and the lines of the expression say already.
    private static let ofExpression = [
        "error", "message", "place", "line", "column", "source", "frame", "operands",
    ]

    /// The expression with its caret, and what its operands were.
    private static func failedExpression(_ evidence: Value) -> [String] {
        guard let frame = evidence["frame"]?.stringValue else { return [] }
        let lines = frame.split(separator: "\n", omittingEmptySubsequences: false)
        let operands = (evidence["operands"]?.listValue ?? []).map { operand in
            let text = operand["text"]?.shown ?? ""
            return "\(text) = \(operand["value"].map(brief) ?? "(no value)")"
        }
        return (lines.map { Value.string(String($0)).shown ?? "" } + operands).map { "      \($0)" }
    }

    private static func step(_ next: Value, _ now: Timestamp?) -> String {
        let sentence = next["sentence"]?.shown ?? ""
        guard let at = next["at"]?.shown else { return sentence }
        return "\(moment(at, now)): \(sentence)"
    }

    /// `2026-11-22T18:00:00Z (in 2h)`.
    private static func moment(_ text: String, _ now: Timestamp?) -> String {
        guard let now, let time = Timestamp(rfc3339: text) else { return text }
        let span = time - now
        let distance = span < .zero ? "\((.zero - span).shortText) ago" : "in \(span.shortText)"
        return "\(text) (\(distance))"
    }

    /// Facts that an operation told of its refusal are rows of their own.
    private static func rows(_ name: String, _ value: Value) -> [(String, String)] {
        guard name == "detail", case .map(let facts) = value,
            facts.values.allSatisfy({ $0.stringValue != nil })
        else { return [(name, brief(value))] }
        return facts.entries.map { ($0.key.shown ?? "", brief($0.value)) }
    }

    private static func brief(_ value: Value) -> String {
        (value.shown ?? value.shownJSON).cut(to: 400)
    }

    private static func commands(
        _ blockers: [Value], _ terminal: Int?, _ style: Style
    ) -> [String] {
        var seen: [String] = []
        var rows: [(String, String)] = []
        for action in blockers.flatMap({ $0["actions"]?.listValue ?? [] }) {
            let command = action["command"]?.shown ?? ""
            guard !command.isEmpty, !seen.contains(command) else { continue }
            seen.append(command)
            rows.append((command, action["sentence"]?.shown ?? ""))
        }
        guard !rows.isEmpty else { return [] }
        let width = rows.map(\.0.count).max() ?? 0
        let longest = rows.map(\.1.count).max() ?? 0
        let head = style.bold("What would move it:")
        guard let terminal, width + longest + 4 > terminal else {
            return [head] + rows.map { "  \($0.0.padded(to: width))  " + style.faint($0.1) }
        }
        // A line to type stays whole, to be marked and pasted; what it does stands below it.
        return [head]
            + rows.flatMap { command, sentence in
                ["  \(command)"]
                    + ("    " + sentence).broken(at: terminal, indent: 4).map(style.faint)
            }
    }
}

extension [String] {
    /// Each once, in the order of its first place.
    var distinct: [String] {
        reduce(into: []) { list, element in if !list.contains(element) { list.append(element) } }
    }
}
