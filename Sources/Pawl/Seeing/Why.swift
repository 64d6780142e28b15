import Engine
import Execution
import Resources
import Values

/// Why an instance does not move, and what would move it: computed from what it is, never guessed.
public struct Why: Sendable, Hashable, CustomStringConvertible {
    /// `loan/7`.
    public let name: String
    /// Whether it runs, or how it ended.
    public let status: Status
    /// Whether it needs anybody.
    public let health: Health
    /// The moment of this look, by the store's clock.
    public let at: Timestamp
    /// The most urgent reason in one line, or how it ended.
    public let sentence: String
    /// Every reason, the most urgent first; empty once it has ended.
    public let blockers: [Blocker]
    /// All of it as the API gives it.
    public let value: Value

    /// One reason why it does not move.
    public struct Blocker: Sendable, Hashable {
        /// A word such as `waiting.event`: `docs/reference/blockers.md` lists them, and new ones may be added.
        public let kind: String
        /// Ids of the states concerned; empty for what belongs to no state.
        public let state: String
        /// One sentence for a person who is paged at night.
        public let sentence: String
        /// Since when.
        public let since: Timestamp
        /// From when on this takes longer than declared; nil: nothing is declared.
        public let overdueAt: Timestamp?
        /// What the sentence is made of, by name.
        public let evidence: ValueMap
        /// What happens by itself, in words; nil: nothing.
        public let next: String?
        /// When that happens; nil: nobody knows.
        public let nextAt: Timestamp?
        /// What would move it, the safest first.
        public let moves: [Move]
        /// Whether it stays so until somebody does something.
        public let needsPerson: Bool
    }

    /// Something that would move an instance.
    public struct Move: Sendable, Hashable {
        /// A word: one of the actions, or `send`, `wait`, `configure`.
        public let name: String
        /// What it does.
        public let sentence: String
        /// The line to type at the command line.
        public let command: String
    }

    /// What `pawl why` says, without colours: name and health, each reason with what comes next, and what would move
    /// it.
    public var description: String {
        var lines = ["\(name)  \(status.rawValue)  \(health.rawValue)", ""]
        if blockers.isEmpty { lines += [sentence, ""] }
        for blocker in blockers {
            lines.append("● \(blocker.sentence)")
            lines.append("  since  \(blocker.since.rfc3339)")
            if let next = blocker.next {
                lines.append("  next   " + (blocker.nextAt.map { $0.rfc3339 + ": " } ?? "") + next)
            }
            lines.append("")
        }
        let moves = blockers.flatMap(\.moves).filter { !$0.command.isEmpty }
        if !moves.isEmpty { lines.append("What would move it:") }
        for move in moves { lines.append("  \(move.command)  \(move.sentence)") }
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    init(_ view: InstanceView) {
        name = view.row.name.description
        status = Status(view.run.status)
        health = Health(view.health)
        at = view.now
        sentence = view.why
        blockers = view.blockers.map { Blocker($0) }
        value = view.explanation
    }
}

extension Why.Blocker {
    fileprivate init(_ blocker: Execution.Blocker) {
        self.init(
            kind: blocker.kind.rawValue, state: blocker.state, sentence: blocker.sentence,
            since: blocker.since, overdueAt: blocker.overdueAt, evidence: blocker.evidence,
            next: blocker.next?.sentence, nextAt: blocker.next?.at,
            moves: blocker.actions.map {
                Why.Move(name: $0.name, sentence: $0.sentence, command: $0.command)
            },
            needsPerson: blocker.needsPerson)
    }
}
