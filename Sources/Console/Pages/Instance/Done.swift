import Execution
import Values

/// What became of an action: accepted, effective, verified, never more than is known. It is told of the row that the action
/// left in the history, so that a link that somebody made up says nothing.
struct Done: Sendable {
    struct Step: Sendable {
        let mark: String
        let word: String
        let text: String
    }

    let title: String
    let at: Moment?
    let steps: [Step]

    /// nil: it is no row of what a person did.
    private static func verb(ofRow kind: String?) -> ActionVerb? {
        switch kind {
        case "retry.requested": .retry
        case "incident.completed": .complete
        case "incident.failed": .fail
        case "context.assigned": .assign
        case "moved": .move
        case "migrated": .migrate
        case "timer.moved": .fireTimer
        case "paused": .pause
        case "resumed": .resume
        case "cancel.requested", "cancel.ignored": .cancel
        case "terminated": .terminate
        case "event.applied", "event.kept", "event.held", "event.ignored", "event.rejected": .send
        default: nil
        }
    }

    /// So far back a row is looked for that was just written.
    private static let newest = 100

    /// The number of the row that the action has left; nil: it left none.
    static func row(of verb: ActionVerb, by actor: String, on link: InstanceLink, _ visit: Visit)
        async -> Int64?
    {
        let page = try? await visit.get(link.resource + "/history", [("last", "\(newest)")])
        return page?["entries"]?.listValue?.last { entry in
            Self.verb(ofRow: entry["kind"]?.stringValue) == verb
                && entry["data"]?["by"] == .string(actor)
        }?["sequence"]?.intValue
    }

    /// - Parameters:
    ///   - number: of the row, as the page was asked for it.
    ///   - entries: the newest rows.
    init?(
        _ number: String?, _ entries: [Value], _ instance: Value, _ why: Value, _ now: Timestamp?
    ) {
        guard let number = number.flatMap({ Int64($0) }),
            let entry = entries.last(where: { $0["sequence"]?.intValue == number }),
            let kind = entry["kind"]?.stringValue, let verb = Self.verb(ofRow: kind),
            let action = ActionKind(verb.rawValue),
            let who = entry["data"]?["by"]?.stringValue
        else { return nil }
        title = action.title
        at = Moment(entry["at"]?.stringValue, now: now)
        let reason = entry["data"]?["reason"]?.stringValue.map { ": \($0)" } ?? "."
        let accepted = Step(
            mark: "done", word: "Accepted",
            text: "row \(number.grouped) of its history, by \(who)\(reason)")
        if let refused = Self.withoutEffect(kind, entry["data"]) {
            steps = [accepted, refused]
            return
        }
        let revision = instance["revision"]?.intValue ?? 0
        let effective = Step(
            mark: "done", word: "Effective", text: "it is at revision \(revision.grouped) now.")
        steps = [accepted, effective] + Self.judge(verb, instance, why, now)
    }

    private static func withoutEffect(_ kind: String, _ data: Value?) -> Step? {
        let message = data?["message"]?.stringValue.map { ": \($0)" } ?? "."
        switch kind {
        case "event.kept":
            return Step(
                mark: "waiting", word: "Not effective yet",
                text: "it is kept until something takes it.")
        case "event.held":
            return Step(
                mark: "waiting", word: "Not effective yet", text: "it waits until it is resumed.")
        case "event.ignored", "cancel.ignored":
            return Step(mark: "skipped", word: "Without effect", text: "it was ignored\(message)")
        case "event.rejected":
            return Step(mark: "blocked", word: "Without effect", text: "it was rejected\(message)")
        default: return nil
        }
    }

    /// Whether it has helped, by what the instance waits for now. What goes on and what needs somebody are two things.
    private static func judge(
        _ verb: ActionVerb, _ instance: Value, _ why: Value, _ now: Timestamp?
    ) -> [Step] {
        let blockers = why["blockers"]?.listValue ?? []
        func first(_ kinds: [String]) -> Value? {
            blockers.first { kinds.contains($0["kind"]?.stringValue ?? "") }
        }
        func step(_ mark: String, _ word: String, _ blocker: Value) -> Step {
            Step(mark: mark, word: word, text: blocker["sentence"]?.stringValue ?? "")
        }
        if verb == .pause {
            return [
                first(["paused"]) == nil
                    ? Step(mark: "skipped", word: "Over", text: "it was resumed since.")
                    : Step(mark: "done", word: "Verified", text: "it is held.")
            ]
        }
        var steps: [Step] = []
        if let held = first(["paused", "adapter.paused", "money.held"]) {
            steps.append(step("paused", "Held", held))
        } else if let running = first(["call.running", "compensation.running", "adapter.limit"]) {
            steps.append(step("running", "Under way", running))
        } else if let failing = first([
            "call.retrying", "adapter.open", "adapter.unready", "call.unknown",
        ]) {
            steps.append(step("failing", "Not verified yet", failing))
        }
        let isHeld = steps.first?.mark == "paused"
        let needs = blockers.first { blocker in
            let overdue = blocker["overdueAt"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
            let isLate = overdue.flatMap { due in now.map { due <= $0 } } ?? false
            return blocker["needsPerson"]?.boolValue ?? false || isLate
        }
        if let needs, needs["sentence"]?.stringValue != steps.first?.text {
            steps.append(
                step(
                    needs["needsPerson"]?.boolValue ?? false ? "blocked" : "overdue",
                    steps.isEmpty ? "It still needs a person" : isHeld ? "And" : "Besides", needs))
        }
        guard steps.isEmpty else { return steps }
        return [
            Step(
                mark: "done", word: "Verified",
                text: "it moved on: \(instance["why"]?.stringValue ?? "")")
        ]
    }
}
