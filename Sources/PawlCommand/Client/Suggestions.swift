import Execution
import Values

/// A line that is suggested is to reach the server that was asked: what chose it on the command line is said again.
struct Suggestions: Sendable, Hashable {
    /// `--url X`, `--data DIR`; empty: what chose the server holds for the next command, too.
    var words: [String] = []

    static let asTheyAre = Suggestions()

    /// These speak to no server.
    static let local = [
        "backup", "check", "completions", "context", "dev", "diagram", "diff", "compat", "doctor",
        "explain",
        "help", "import", "init", "keys", "replay", "restore", "sabotage", "sandbox", "serve",
        "test",
    ]
    /// These can read a database file in place of asking a server.
    static let ofFiles = ["data", "events", "get", "history", "ls", "members", "tasks", "why"]

    /// A line like `pawl why loan/7`.
    func completing(line: String) -> String {
        guard !words.isEmpty, let command = line.firstCommand, takes(command) else { return line }
        return line + words.map { " " + CommandLineText.quoted($0) }.joined()
    }

    /// A text with such lines in backticks.
    func completing(prose: String) -> String {
        guard !words.isEmpty, prose.contains("`pawl ") else { return prose }
        let parts = prose.split(separator: "`", omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            index.isMultiple(of: 2) ? String(part) : completing(line: String(part))
        }.joined(separator: "`")
    }

    /// A resource `why`: what each of its blockers suggests.
    func completing(why: Value) -> Value {
        guard !words.isEmpty, let blockers = why["blockers"]?.listValue else { return why }
        var why = why
        why["blockers"] = .list(
            blockers.map { blocker in
                guard let actions = blocker["actions"]?.listValue else { return blocker }
                var blocker = blocker
                blocker["actions"] = .list(actions.map(completing(command:)))
                return blocker
            })
        return why
    }

    /// A resource with a member `command`.
    func completing(command resource: Value) -> Value {
        guard !words.isEmpty, let command = resource["command"]?.stringValue else {
            return resource
        }
        var resource = resource
        resource["command"] = .string(completing(line: command))
        return resource
    }

    func completing(_ failure: Failure) -> Failure {
        Failure(
            status: failure.status, completing(prose: failure.message),
            fix: failure.fix.map(completing(prose:)), details: failure.details)
    }

    private func takes(_ command: String) -> Bool {
        words.first == "--data" ? Self.ofFiles.contains(command) : !Self.local.contains(command)
    }
}

extension String {
    /// `why` of `pawl why loan/7`.
    fileprivate var firstCommand: String? {
        let words = split(separator: " ", maxSplits: 2)
        return words.count > 1 && words[0] == "pawl" ? String(words[1]) : nil
    }
}
