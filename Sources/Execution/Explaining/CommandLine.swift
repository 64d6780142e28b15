import Values

extension Blocker.LegalAction {
    /// The line to type.
    package var command: String {
        let target = verb.target.flatMap { arguments[$0.rawValue]?.stringValue }
        return CommandLineText(
            verb, on: target ?? instance.description, arguments, task: task, actor: actor,
            isDry: isDry
        ).text
    }
}

/// The one place that knows how the command line says what the API says: what is a word of its own, what an option.
extension CommandLineText {
    /// - Parameters:
    ///   - target: the instance, or the workflow, or an adapter.
    ///   - arguments: the members of the API's body.
    package init(
        _ verb: ActionVerb, on target: String, _ arguments: ValueMap, task: Int64? = nil,
        actor: Blocker.Performer? = nil, isDry: Bool = false
    ) {
        guard verb != .money else {
            self.init(["money"])
            return
        }
        guard verb != .load, verb != .configure else {
            self.init(["serve"])
            return
        }
        var words = Self.words(verb) + [target]
        for name in Self.positions(verb) { words += arguments[name].map { [Self.word($0)] } ?? [] }
        words += Self.fields(arguments["data"] ?? arguments["form"])
        for (name, option) in Self.options(verb) {
            words += arguments[name].map { [option, Self.word($0)] } ?? []
        }
        if let task { words += ["--task", String(task)] }
        // Why is for who types it to say: the line shows a reason, not a gap.
        if let reason = arguments["reason"]?.stringValue {
            let isBlank = Blank.isBlank(reason, of: "reason")
            words += ["--reason", isBlank ? String(reason.dropFirst().dropLast()) : reason]
        }
        if let actor { words += ["--as", actor.description] }
        if isDry { words.append("--dry-run") }
        self.init(words)
    }

    private static func words(_ verb: ActionVerb) -> [String] {
        switch verb {
        case .fireTimer: ["fire"]
        case .claim, .release, .comment, .remind: ["task", verb.rawValue]
        case .assignTask: ["task", "assign"]
        case .pauseSchedule: ["schedule", "pause"]
        case .resumeSchedule: ["schedule", "resume"]
        case .runSchedule: ["schedule", "run"]
        case .backfill: ["schedule", "backfill"]
        case .pauseAdapter, .resumeAdapter, .probeAdapter: ["adapter", verb.name]
        case .pauseWorkflow, .resumeWorkflow: ["workflow", verb.name]
        default: [verb.rawValue]
        }
    }

    /// The members that are words of their own.
    private static func positions(_ verb: ActionVerb) -> [String] {
        switch verb {
        case .send: ["event"]
        case .decide: ["outcome"]
        case .comment: ["text"]
        case .backfill: ["from", "to"]
        default: []
        }
    }

    private static func options(_ verb: ActionVerb) -> [(member: String, option: String)] {
        switch verb {
        case .retry: [("incident", "--incident")]
        case .complete: [("incident", "--incident"), ("output", "--data")]
        case .fail: [("incident", "--incident"), ("error", "--error"), ("message", "--message")]
        case .assign: [("context", "--data")]
        case .move: [("state", "--to")]
        case .fireTimer: [("state", "--state")]
        case .migrate: [("to", "--to")]
        case .send: [("id", "--id")]
        case .decide: [("comment", "--comment")]
        case .assignTask: [("to", "--to")]
        default: []
        }
    }

    private static func word(_ value: Value) -> String { value.stringValue ?? JSON.string(value) }

    /// `field=value` where every value is read as the text that it is, else all of it as JSON.
    private static func fields(_ data: Value?) -> [String] {
        guard let data, data != .map(ValueMap()) else { return [] }
        var words: [String] = []
        for entry in data.mapValue?.entries ?? [] {
            guard let name = entry.key.stringValue, let text = entry.value.stringValue,
                !name.isEmpty, !name.hasPrefix("-"), !name.contains("."), !name.contains("="),
                !text.hasPrefix("@"), (try? JSON.parse(text)) == nil,
                !JSON.isIntegerBeyond64Bits(text)
            else { return ["--data", JSON.string(data)] }
            words.append("\(name)=\(text)")
        }
        return words.isEmpty ? ["--data", JSON.string(data)] : words
    }
}
