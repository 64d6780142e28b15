import Definition
import Execution
import Values

/// The terms of a list of tasks (docs/reference/filter.md): `role:manager assignee:me overdue`, separated by spaces; all must
/// hold.
package struct TaskFilter: Sendable {
    /// Who asks, for `me`.
    package struct Viewer: Sendable {
        package let actor: Actor
        package let now: Timestamp
        /// Who is away and has them stand in.
        package let substitutions: [Substitution]

        package init(_ actor: Actor, now: Timestamp, substitutions: [Substitution]) {
            self.actor = actor
            self.now = now
            self.substitutions = substitutions
        }

        /// What they may act as now.
        fileprivate var capacities: [TaskQuery.Capacity] {
            [TaskQuery.Capacity(role: actor.role, subject: actor.subject)]
                + substitutions.filter { $0.from <= now && now < $0.until }.map {
                    TaskQuery.Capacity(
                        role: $0.absent.role, subject: $0.absent.subject ?? "",
                        holder: actor.subject)
                }
        }
    }

    package private(set) var status = TaskRow.Status.open
    package private(set) var terms: [TaskQuery.Term] = []
    private var saysStatus = false

    package static let names = [
        "role", "assignee", "claimed", "can", "status", "outcome", "by", "workflow", "state", "key",
        "overdue", "due", "priority",
    ]
    private static let maximumTerms = 16
    /// What nobody is called.
    private static let nobody = "none"

    /// - Parameter viewer: nil: nobody says who asks.
    package init(parsing text: String, _ viewer: Viewer?, now: Timestamp) throws(Problem) {
        for word in try FilterWord.words(of: text) {
            guard terms.count < Self.maximumTerms else {
                throw Problem(
                    .invalid, "the filter has more than \(Self.maximumTerms) terms",
                    fix: "leave some out; all that are left must hold")
            }
            try add(word.text, isQuoted: word.isQuoted, viewer, now)
        }
    }

    private mutating func add(
        _ word: String, isQuoted: Bool, _ viewer: Viewer?, _ now: Timestamp
    ) throws(Problem) {
        if sameUTF8(word, "overdue") { return terms.append(.due(.lessOrEqual, now)) }
        if let (name, sign, value) = word.cut(where: InstanceFilter.isSign), !name.isEmpty,
            name.cut(at: ":") == nil
        {
            return terms.append(try comparison(name, sign, value, word, now))
        }
        guard let (name, value) = word.cut(at: ":"), !value.isEmpty else {
            throw unknown(word)
        }
        func person() throws(Problem) -> String {
            isQuoted ? value : try self.person(value, viewer)
        }
        switch name {
        case "role": terms.append(.role(value))
        case "assignee": terms.append(.assignee(try person()))
        case "claimed": terms.append(.claimed(try person()))
        case "by": terms.append(.decidedBy(try person()))
        case "can":
            guard sameUTF8(value, "me") else {
                throw Problem(
                    .invalid, "`can:` asks for what you can do", fix: "write can:me")
            }
            terms.append(.can(try self.viewer(viewer).capacities))
        case "status":
            let wanted = try choice(value)
            guard !saysStatus || wanted == status else {
                throw Problem(
                    .invalid, "no task has two statuses", fix: "leave one `status:` out")
            }
            status = wanted
            saysStatus = true
        case "outcome": terms.append(.outcome(value))
        case "workflow": terms.append(.workflow(value))
        case "state": terms.append(.state(value))
        case "key":
            let prefix = isQuoted ? nil : value.keyPrefix
            terms.append(prefix.map(TaskQuery.Term.keyPrefix) ?? .key(value))
        default: throw unknown(word)
        }
    }

    private func person(_ value: String, _ viewer: Viewer?) throws(Problem) -> String {
        if sameUTF8(value, Self.nobody) { return "" }
        return sameUTF8(value, "me") ? try self.viewer(viewer).actor.subject : value
    }

    private func viewer(_ viewer: Viewer?) throws(Problem) -> Viewer {
        guard let viewer else {
            throw Problem(
                .invalid, "nobody has said who `me` is",
                fix: "name the subject, like assignee:ana, or say who you are: --as role/subject")
        }
        return viewer
    }

    private func choice(_ value: String) throws(Problem) -> TaskRow.Status {
        guard let status = TaskRow.Status(rawValue: value) else {
            let known = TaskRow.Status.allCases.map(\.rawValue)
            throw Problem(
                .invalid, "`\(value.shortened(to: 100))` is no status of a task",
                fix: "one of: \(known.joined(separator: ", "))")
        }
        return status
    }

    /// `due<2d` from now on, `due<2026-11-30T18:00:00Z`, `priority>50`.
    private func comparison(
        _ name: String, _ sign: String, _ value: String, _ word: String, _ now: Timestamp
    ) throws(Problem) -> TaskQuery.Term {
        guard let comparison = InstanceQuery.Comparison(rawValue: sign) else {
            throw InstanceFilter.unknownSign(sign)
        }
        switch name {
        case "priority":
            guard let number = Int(value) else {
                throw Problem(
                    .invalid, "`\(value.shortened(to: 100))` is no priority",
                    fix: "a number from 0 to 100")
            }
            return .priority(comparison, number)
        case "due":
            guard
                let moment = Timestamp(rfc3339: value)
                    ?? Duration(parsing: value).flatMap({ now.adding($0) })
            else {
                throw Problem(
                    .invalid, "`\(value.shortened(to: 100))` is no time",
                    fix: "a duration from now like 2d, or a moment like 2026-11-30T18:00:00Z")
            }
            return .due(comparison, moment)
        default: throw unknown(word)
        }
    }

    private func unknown(_ word: String) -> Problem {
        let name = String(word.prefix { !":<>=".contains($0) })
        return Problem(
            .invalid, "`\(word.shortened(to: 100))` is no term of a list of tasks",
            fix: nearestName(to: name, among: Self.names).map { "did you mean \($0)?" }
                ?? "write role:manager, assignee:me, claimed:none, can:me, overdue, due<2d, "
                + "priority>50, status:decided, outcome:, by:, workflow:, state: or key:")
    }
}
