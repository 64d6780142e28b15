import Values

/// One task: what is asked, what one must know, and a form for each way it can end.
struct TaskPage: PageContent {
    static let template = "task"
    let section = Section.tasks
    let title: String

    struct Outcome: Sendable {
        let name: String
        let label: String
        let confirm: String?
        let isDangerous: Bool
        let isPrimary: Bool
        let fields: [FormField]
        let takesComment: Bool
        let needsComment: Bool
        let isOpen: Bool
        /// Why it was refused, and what to do: names that the page around has not, which a template would fall back to.
        let refused: String?
        let remedy: String?
        let comment: String
    }

    let link: InstanceLink
    let number: String
    let path: String
    let who: String
    let claimedBy: String?
    let due: Moment?
    let isOverdue: Bool
    let since: Moment?
    let shown: [Fact]
    let hasShown: Bool
    let comments: [String]
    let hasComments: Bool
    let outcomes: [Outcome]
    let tag: String
    let actor: String
    let problem: String?
    let fix: String?
    let command: String

    init(_ visit: Visit) async throws { try await self.init(visit, refusal: nil) }

    init(_ visit: Visit, refusal: APIProblem?) async throws {
        let segments = visit.request.segments
        link = InstanceLink(workflow: segments[1], key: segments[2])
        let answer = try await visit.ask(
            APICall("GET", "\(link.resource)/tasks/\(segments[3].urlEncoded)"))
        let task = answer.body
        let now = visit.now
        title = task["title"]?.stringValue ?? "Task"
        number = "\(task["task"]?.intValue ?? 0)"
        path = "/tasks/\(link.workflow.urlEncoded)/\(link.key.urlEncoded)/\(number)"
        let assignee = task["assignee"]?.stringValue
        who = assignee ?? task["role"]?.stringValue.map { "any \($0)" } ?? ""
        claimedBy = task["claimedBy"]?.stringValue
        due = Moment(task["due"]?.stringValue, now: now)
        isOverdue = task["isOverdue"]?.boolValue ?? false
        since = Moment(task["since"]?.stringValue, now: now)
        shown = Fact.list(task["show"])
        hasShown = !shown.isEmpty
        comments = (task["comments"]?.listValue ?? []).map {
            "\($0["by"]?.stringValue ?? ""): \($0["text"]?.stringValue ?? "")"
        }
        hasComments = !comments.isEmpty
        tag = answer.tag ?? "*"
        actor = visit.api.actor
        let chosen = visit.request.field("outcome")
        let wanted = visit.request.option("outcome")
        let list = task["outcomes"]?.listValue ?? []
        // The first is open unless another was asked for.
        let open = chosen ?? wanted ?? list.first?["outcome"]?.stringValue
        outcomes = list.map {
            Self.outcome($0, visit, chosen, $0["outcome"]?.stringValue == open, refusal)
        }
        let isOfForm = outcomes.contains { $0.refused != nil }
        problem = isOfForm ? nil : refusal?.detail
        fix = isOfForm ? nil : refusal?.fix
        command = visit.act(["task", "show", link.name])
    }

    private static func outcome(
        _ outcome: Value, _ visit: Visit, _ chosen: String?, _ isShown: Bool,
        _ refusal: APIProblem?
    ) -> Outcome {
        let name = outcome["outcome"]?.stringValue ?? ""
        let isChosen = chosen == name
        let style = outcome["style"]?.stringValue
        let comment = outcome["comment"]?.stringValue ?? ""
        return Outcome(
            name: name, label: outcome["label"]?.stringValue ?? name,
            confirm: outcome["confirm"]?.stringValue, isDangerous: style == "danger",
            isPrimary: style == "primary",
            fields: FormField.list(
                outcome["form"], given: isChosen ? visit.request.form : [],
                refusal: isChosen ? refusal : nil, under: "/form", of: name),
            takesComment: comment != "none", needsComment: comment == "required",
            isOpen: isChosen || isShown, refused: isChosen ? refusal?.detail : nil,
            remedy: isChosen ? refusal?.fix : nil,
            comment: isChosen ? visit.request.field("comment") ?? "" : "")
    }

    /// A decision, or a claim, a release, a comment.
    static func decide(_ visit: Visit) async throws -> ConsoleResponse {
        let segments = visit.request.segments
        let link = InstanceLink(workflow: segments[1], key: segments[2])
        let base = "\(link.resource)/tasks/\(segments[3].urlEncoded)"
        let verb = visit.request.field("do") ?? "decide"
        let tag = visit.request.field("tag") ?? "*"
        let body: Value
        switch verb {
        case "decide":
            let outcome = visit.request.field("outcome") ?? ""
            let task = try await visit.get(base)
            let form = (task["outcomes"]?.listValue ?? [])
                .first { $0["outcome"]?.stringValue == outcome }?["form"]
            var map: ValueMap = ["outcome": .string(outcome)]
            map["form"] = FormField.value(of: form, given: visit.request.form)
            if let comment = visit.request.field("comment"), !comment.isEmpty {
                map["comment"] = .string(comment)
            }
            body = .map(map)
        case "claim", "release": body = .map(ValueMap())
        case "comment": body = ["text": .string(visit.request.field("text") ?? "")]
        case "assign": body = ["to": .string(visit.request.field("to") ?? "")]
        default:
            throw APIProblem(
                status: 422, detail: "nobody can \(verb) a task", fix: "use the page's own buttons")
        }
        let answer = await visit.api.ask(
            APICall("POST", "\(base)/\(verb)", body: body, ifMatch: tag))
        guard (200..<300).contains(answer.status) else {
            let refusal = APIProblem(answer)
            guard let page = try? await TaskPage(visit, refusal: refusal) else { throw refusal }
            return await visit.console.page(page, of: visit, status: answer.status)
        }
        return .seeOther(
            verb == "decide" ? link.path : "/" + segments.map(\.urlEncoded).joined(separator: "/"))
    }
}
