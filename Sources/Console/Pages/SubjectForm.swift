import Execution
import Resources
import Values

/// The form of an action on a schedule or an adapter, made of its declaration as those of instances are.
struct SubjectForm: Sendable {
    struct Field: Sendable {
        let name: String
        /// Of the element: the forms of a page may have fields of one name.
        let id: String
        let label: String
        let hint: String
        let value: String
        let wrong: String?
    }

    let verb: String
    let title: String
    let sentence: Prose
    let path: String
    let fields: [Field]
    let takesReason: Bool
    /// Nobody keeps a dry run, and its reason.
    let needsReason: Bool
    let reason: String
    let reasonID: String
    let reasonWrong: String?
    let hasPreview: Bool
    let isFirst: Bool

    /// - Parameters:
    ///   - refusal: why this form, if it is the one that was sent, was refused.
    ///   - isFirst: it is what the page is for now.
    init(
        _ verb: ActionVerb, to path: String, isFirst: Bool = false, _ visit: Visit,
        _ refusal: APIProblem?
    ) {
        let action = ActionDeclaration.of(verb)
        let isSent = visit.request.field("do") == verb.name
        func given(_ name: String) -> String { isSent ? visit.request.field(name) ?? "" : "" }
        func wrong(_ name: String) -> String? { isSent ? refusal?.error(of: name) : nil }
        self.verb = verb.name
        title = action?.title ?? verb.name
        sentence = Prose(action.map { "It \($0.does). It does not \($0.doesNot)." } ?? "")
        self.path = path
        fields = (action?.arguments ?? []).map { argument in
            Field(
                name: argument.name, id: "\(verb.rawValue)-\(argument.name)",
                label: argument.label,
                hint: argument.summary
                    + (argument.schema["format"] == "date-time"
                        ? " Like 2026-11-01T00:00:00Z." : ""),
                value: given(argument.name), wrong: wrong(argument.name))
        }
        takesReason = action?.reason != ActionDeclaration.Reason.none
        needsReason = action?.needsReason ?? false
        reason = given("reason")
        reasonID = "\(verb.rawValue)-reason"
        reasonWrong = wrong("reason")
        hasPreview = action?.hasDryRun ?? false
        self.isFirst = isFirst
    }

    enum Outcome: Sendable {
        case done(ActionDeclaration, Value)
        /// What would come of it.
        case tried(ActionDeclaration, Value)
        case refused(APIProblem)
    }

    /// What a form of the page asks for.
    /// - Parameter resource: of the API, whose actions are below it.
    static func carryOut(
        _ subject: ActionDeclaration.Subject, _ resource: String, _ visit: Visit
    ) async throws(APIProblem) -> Outcome {
        let verb = visit.request.field("do") ?? ""
        let known = ActionDeclaration.all.filter { $0.subject == subject }
        guard let action = known.first(where: { $0.verb.name == verb }) else {
            throw APIProblem(
                status: 422, detail: "there is no action \(verb.shortened(to: 40)) here",
                fix: "use the page's own buttons")
        }
        var body = ValueMap()
        for member in action.members where member.name != "dryRun" {
            guard let text = visit.request.field(member.name), !text.isEmpty else { continue }
            body[member.name] = .string(text)
        }
        let isDry = action.hasDryRun && visit.request.field("preview") != nil
        if isDry { body["dryRun"] = true }
        let answer = await visit.api.ask(
            APICall("POST", "\(resource)/\(action.verb.name)", body: .map(body)))
        guard (200..<300).contains(answer.status) else { return .refused(APIProblem(answer)) }
        return isDry ? .tried(action, answer.body) : .done(action, answer.body)
    }
}

/// What somebody did to a schedule or an adapter, as its log has it: an address that was made up tells of nothing.
struct Accepted: Sendable {
    let title: String
    let text: String
    let at: Moment?

    /// - Parameter row: of the log.
    init?(_ verb: ActionVerb?, _ row: Value?, _ now: Timestamp?) {
        guard let verb, let row, let by = row["by"]?.stringValue,
            let action = ActionDeclaration.of(verb)
        else { return nil }
        title = action.title
        text = "By \(by)" + (row["reason"]?.stringValue.map { ": \($0)" } ?? ".")
        at = Moment(row["at"]?.stringValue, now: now)
    }
}
