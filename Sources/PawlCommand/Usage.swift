import ArgumentParser
import Values

// What the argument parser says of a wrong command line, in the words of this house, with what may have been meant.

extension ParsableCommand {
    /// A command that is not there, before the parser calls it an unexpected argument.
    static func checkCommands(_ words: [String]) throws(Failure) {
        var command: any ParsableCommand.Type = self
        var path = _commandName
        for word in words {
            let known = command.configuration.subcommands
            guard !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
            guard let next = known.first(where: { $0.isCalled(word) }) else {
                // It may be what the command does by itself that the word is for.
                if command.configuration.defaultSubcommand != nil { return }
                throw .noCommand(word, of: path, among: known)
            }
            command = next
            path += " " + next._commandName
        }
    }

    /// The argument parser shows all of the help of a command that it does not know.
    static func checkHelp(_ words: [String]) throws(Failure) {
        guard words.first == "help" else { return }
        var command: any ParsableCommand.Type = self
        var path = _commandName
        for word in words.dropFirst() where !word.hasPrefix("-") && word != "help" {
            let known = command.configuration.subcommands
            guard let next = known.first(where: { $0.isCalled(word) }) else {
                if known.isEmpty { return }
                throw .noCommand(word, of: path, among: known)
            }
            command = next
            path += " " + next._commandName
        }
    }

    private static func isCalled(_ word: String) -> Bool {
        _commandName == word || configuration.aliases.contains(word)
    }

    /// Nil for what is no fault: help, the version.
    static func usageFailure(_ error: any Error) -> Failure? {
        guard exitCode(for: error) == .validationFailure else { return nil }
        let message = message(for: error)
        let usage = fullMessage(for: error).split(separator: "\n").drop { !$0.hasPrefix("Usage:") }
            .joined(separator: "\n")
        return Failure(usage: message, usage)
    }
}

extension Failure {
    static func noCommand(
        _ word: String, of path: String, among known: [any ParsableCommand.Type]
    ) -> Failure {
        let names = known.filter { $0.configuration.shouldDisplay }.flatMap {
            [$0._commandName] + $0.configuration.aliases
        }
        let isRoot = !path.contains(" ")
        return Failure(
            status: 64,
            isRoot
                ? "there is no command `\(word.printable)`"
                : "`\(path)` has no command `\(word.printable)`",
            fix: nearestName(to: word, among: names).map { "did you mean \($0)?" }
                ?? (isRoot
                    ? "`\(path) help` lists them" : "it has \(names.joined(separator: ", "))"))
    }

    private static let question = ". Did you mean '"

    /// - Parameters:
    ///   - message: the argument parser's.
    ///   - usage: how the command is written.
    init(usage message: String, _ usage: String) {
        var lines = message.split(separator: "\n").map(String.init)
        var head = lines.isEmpty ? "" : lines.removeFirst()
        var fix: String?
        if let range = head.range(of: Self.question) {
            let name = head[range.upperBound...].prefix { $0 != "'" }
            fix = "did you mean \(name)?"
            head = String(head[..<range.lowerBound])
        }
        // `Please provide one of`, in a line or each on its own.
        if let range = head.range(of: ". Please provide one of") {
            let choices =
                lines.filter { $0.hasPrefix("  - ") }.map { String($0.dropFirst(4)) }
                + Self.quoted(String(head[range.upperBound...]))
            head = String(head[..<range.lowerBound])
            fix =
                Self.quoted(head).first.flatMap { nearestName(to: $0, among: choices) }
                .map { "did you mean \($0)?" } ?? "one of " + choices.joined(separator: ", ")
        }
        self.init(status: 64, head.printable, fix: fix)
        self.usage = usage.printableLines
    }

    /// What stands between apostrophes.
    private static func quoted(_ text: String) -> [String] {
        text.split(separator: "'", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }
}
