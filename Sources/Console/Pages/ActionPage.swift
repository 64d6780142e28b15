import Execution
import Values

/// One action: what would come of it by the server's own dry run, then the form that does it.
struct ActionPage: PageContent {
    static let template = "action"
    let section = Section.instances
    var title: String { "\(verb) \(link.name)" }

    struct Field: Sendable {
        let name: String
        let label: String
        let hint: String
        let value: String
        let isRequired: Bool
        let isLong: Bool
        let isNumber: Bool
        let options: [Option]?
        let hasOptions: Bool
        let error: String?
    }

    struct Option: Sendable {
        let text: String
        let isChosen: Bool
    }

    struct Preview: Sendable {
        let states: [String]
        let status: String
        let rows: [InstancePreviewRow]
        let count: String
        let calls: [String]
        let hasCalls: Bool
    }

    struct InstancePreviewRow: Sendable {
        let kind: String
        let text: String
    }

    let link: InstanceLink
    let verb: String
    let sentence: Prose
    let isDangerous: Bool
    let path: String
    let states: [String]
    let status: String
    let revision: String
    let health: HealthMark
    let why: Prose
    let fields: [Field]
    let hasFields: Bool
    let reason: String
    let reasonError: String?
    let preview: Preview?
    /// Why there is no preview, or why it was refused.
    let problem: String?
    let fix: String?
    let hint: Prose?
    let command: String
    let curl: String
    let needsReason: Bool

    static func ask(_ visit: Visit) async throws -> ConsoleResponse {
        await visit.page(try await ActionPage(visit, refusal: nil))
    }

    static func carryOut(_ visit: Visit) async throws -> ConsoleResponse {
        let act = try Act(visit)
        if visit.request.field("preview") != nil { return try await preview(act, visit) }
        let (call, problem) = act.call(isDry: false)
        guard let call else {
            let refusal = problem ?? APIProblem(status: 400, detail: "the form is not whole")
            return await visit.console.page(
                try await ActionPage(visit, refusal: refusal), of: visit, status: 422)
        }
        let answer = await visit.api.ask(call)
        guard (200..<300).contains(answer.status) else {
            return await visit.console.page(
                try await ActionPage(visit, refusal: APIProblem(answer)), of: visit,
                status: answer.status)
        }
        let row = await Done.row(
            of: act.kind.verb, by: call.actor ?? visit.api.actor, on: act.link, visit)
        return .seeOther(act.link.path + (row.map { "?done=\($0)" } ?? ""))
    }

    /// At an address of its own, without what the form proves itself with.
    private static func preview(_ act: Act, _ visit: Visit) async throws -> ConsoleResponse {
        let fields = (act.values + [("reason", act.reason)]).filter { !$0.value.isEmpty }
        let query = fields.map { "\($0.name)=\($0.value.urlEncoded)" }.joined(separator: "&")
        guard query.utf8.count <= longestQuery else { return try await ask(visit) }
        return .seeOther("\(act.link.path)/do/\(act.kind.name)?\(query)")
    }

    /// Of an address that every browser and proxy takes.
    private static let longestQuery = 6_000

    init(_ visit: Visit, refusal: APIProblem?) async throws {
        let act = try Act(visit)
        link = act.link
        verb = act.kind.title
        sentence = Prose(act.kind.sentence)
        isDangerous = act.kind.isDangerous
        path = "\(link.path)/do/\(act.kind.name)"
        let answer = try await visit.ask(APICall("GET", link.resource))
        let instance = answer.body
        states = instance["states"]?.listValue?.compactMap(\.stringValue) ?? []
        status = instance["status"]?.stringValue ?? ""
        let seen = instance["revision"]?.intValue ?? 0
        revision = "\(seen)"
        health = HealthMark(health: instance["health"]?.stringValue ?? "", status: status)
        why = Prose(instance["why"]?.stringValue ?? "")
        let known = try? await visit.get("/v1/workflows/\(link.workflow.urlEncoded)")
        let choices = (known?["states"]?.listValue ?? []).compactMap { $0["id"]?.stringValue }
        fields = act.kind.fields.map { field in
            let value = act.values.first { $0.name == field.name }?.value ?? ""
            return Field(
                name: field.name, label: field.label, hint: field.hint, value: value,
                isRequired: field.isRequired, isLong: field.input == .json,
                isNumber: field.input == .number,
                options: field.input == .state && !choices.isEmpty
                    ? ([value.isEmpty ? "" : nil].compactMap(\.self) + choices).map {
                        Option(text: $0, isChosen: $0 == value)
                    } : nil, hasOptions: field.input == .state && !choices.isEmpty,
                error: refusal?.error(of: field.name))
        }
        hasFields = !fields.isEmpty
        reason = act.reason
        needsReason = act.kind.takesReason
        reasonError = refusal?.error(of: "reason")
        let (preview, problem, fix, hint) = await Self.preview(act, refusal, visit)
        (self.preview, self.problem, self.fix, self.hint) = (
            preview, problem, fix, hint.map { Prose($0) }
        )
        command = visit.signed(act.command)
        curl = visit.curl(act.example)
    }

    private static func preview(
        _ act: Act, _ refusal: APIProblem?, _ visit: Visit
    ) async -> (Preview?, String?, String?, String?) {
        // What was refused is looked at anew: it may be another thing by now.
        let (preview, problem, hint) = await tried(act, visit)
        let told = refusal ?? problem
        return (preview, told?.detail, told?.fix, hint)
    }

    private static func tried(_ act: Act, _ visit: Visit) async -> (Preview?, APIProblem?, String?)
    {
        guard act.kind.hasDryRun else {
            return (nil, nil, "an event has no dry run: its receipt says what became of it")
        }
        guard act.isWhole else {
            return (nil, nil, "fill in the form to see what would come of it")
        }
        if let blank = act.blanks.first {
            return (nil, nil, "`\(blank)` is still to be filled in")
        }
        let (call, problem) = act.call(isDry: true)
        guard let call else { return (nil, problem, nil) }
        let answer = await visit.api.ask(call)
        guard (200..<300).contains(answer.status), let effect = answer.body["effect"] else {
            return (nil, APIProblem(answer), nil)
        }
        let rows = effect["history"]?.listValue ?? []
        let calls = effect["calls"]?.listValue?.compactMap(\.stringValue) ?? []
        return (
            Preview(
                states: effect["states"]?.listValue?.compactMap(\.stringValue) ?? [],
                status: effect["status"]?.stringValue ?? "",
                rows: rows.map {
                    let kind = $0["kind"]?.stringValue ?? ""
                    return InstancePreviewRow(
                        kind: kind, text: HistoryText.sentence(kind, $0["data"] ?? .null))
                }, count: counted(Int64(rows.count), "row", "rows"), calls: calls,
                hasCalls: !calls.isEmpty), nil, nil
        )
    }
}

/// What a form asks for.
struct Act: Sendable {
    let link: InstanceLink
    let kind: ActionKind
    let values: [(name: String, value: String)]
    let reason: String
    /// The revision that the form was made for: what has changed since must be looked at again.
    private let seen: String?
    private let isSent: Bool

    init(_ visit: Visit) throws {
        let path = visit.request.segments
        guard let kind = ActionKind(path[4]) else {
            throw APIProblem(
                status: 404, detail: "there is no action \(path[4])",
                fix: "the page of the instance offers those that there are")
        }
        link = InstanceLink(workflow: path[1], key: path[2])
        self.kind = kind
        isSent = visit.request.method == "POST"
        let given = isSent ? visit.request.form : visit.request.query
        values = kind.fields.map { field in
            let text = given.first { $0.name == field.name }?.value ?? ""
            return (field.name, field.name == "as" ? Self.sender(text, visit) : text)
        }
        reason = given.first { $0.name == "reason" }?.value ?? ""
        seen = isSent ? visit.request.field("revision") : nil
    }

    /// A role alone is played by whoever visits, as at the command line by whoever sits there.
    private static func sender(_ text: String, _ visit: Visit) -> String {
        guard !text.isEmpty, !text.contains("/") else { return text }
        return text + "/" + visit.api.actor.drop { $0 != "/" }.dropFirst()
    }

    /// Whether a dry run can be made.
    var isWhole: Bool {
        kind.fields.allSatisfy { field in
            !field.isRequired || values.contains { $0.name == field.name && !$0.value.isEmpty }
        }
    }

    /// Nobody confirms what they have not seen: a form that says nothing of it is none of this page.
    private var revision: Int64? {
        get throws(APIProblem) {
            guard isSent else { return nil }
            guard let number = seen.flatMap({ Int64($0) }) else {
                throw APIProblem(
                    status: 422,
                    detail: "the form does not say which revision it was made for: "
                        + (seen.map { "`\($0.shortened(to: 40))` is no number" }
                            ?? "`revision` is missing"),
                    fix: "look at what would come of it, and send the form below")
            }
            return number
        }
    }

    /// What a suggestion left to be filled in, and is as it was.
    var blanks: [String] {
        ((try? members()) ?? ValueMap()).entries.flatMap { entry in
            let name = entry.key.stringValue ?? ""
            return Blank.places(in: entry.value, of: name, at: name, atMost: 1).map(\.text)
        }
    }

    /// The members of the API's body, or what is wrong with a field.
    private func members() throws(APIProblem) -> ValueMap {
        var map = ValueMap()
        for field in kind.fields where field.name != "as" {
            guard let text = values.first(where: { $0.name == field.name })?.value, !text.isEmpty
            else { continue }
            map[field.name] = try Self.value(text, field)
        }
        return map
    }

    private static func value(
        _ text: String, _ field: ActionKind.Field
    ) throws(APIProblem) -> Value {
        switch field.input {
        case .text, .state: return .string(text)
        case .number:
            guard let number = Int64(text) else {
                throw APIProblem(
                    status: 422, detail: "\(field.label) is no number: \(text)", fix: "write 1")
            }
            return .int(number)
        case .json:
            do throws(JSONError) {
                return try JSON.parse(Array(text.utf8))
            } catch {
                throw APIProblem(
                    status: 422, detail: "\(field.label) is no JSON: \(error)",
                    fix: "mend line \(error.line), column \(error.column)")
            }
        }
    }

    func call(isDry: Bool) -> (APICall?, APIProblem?) {
        do {
            var body = try members()
            if kind.verb == .send {
                let actor = values.first { $0.name == "as" }?.value ?? ""
                return (
                    APICall(
                        "POST", link.resource + "/events", body: .map(body),
                        actor: actor.isEmpty ? nil : actor), nil
                )
            }
            let isNone = reason.allSatisfy(\.isWhitespace)
            body["reason"] =
                isDry && isNone
                ? "to see what would come of it" : reason.isEmpty ? nil : .string(reason)
            if isDry { body["dryRun"] = true }
            return (
                APICall(
                    "POST", "\(link.resource)/actions/\(kind.name)", body: .map(body),
                    ifMatch: isDry ? nil : try revision.map { "\"\($0)\"" }), nil
            )
        } catch {
            return (nil, error)
        }
    }

    // MARK: The same elsewhere

    var command: String {
        var arguments = (try? members()) ?? ValueMap(values.map { ($0.name, .string($0.value)) })
        for field in kind.fields where field.isRequired && arguments[field.name] == nil {
            arguments[field.name] = .string("<\(field.name)>")
        }
        if kind.takesReason { arguments["reason"] = .string(reason.isEmpty ? "<why>" : reason) }
        let sender = (values.first { $0.name == "as" }?.value ?? "").split(
            separator: "/", maxSplits: 1)
        let actor = sender.first.map {
            Blocker.Performer(
                role: String($0), subject: sender.count > 1 ? String(sender[1]) : nil)
        }
        return CommandLineText(kind.verb, on: link.name, arguments, actor: actor).text
    }

    /// What a program would send, as far as it is known.
    var example: APICall {
        var body = (try? members()) ?? ValueMap()
        for field in kind.fields
        where field.isRequired && field.name != "as" && body[field.name] == nil {
            body[field.name] = .string("<\(field.name)>")
        }
        guard kind.takesReason else {
            let actor = values.first { $0.name == "as" }?.value ?? ""
            return APICall(
                "POST", link.resource + "/events", body: .map(body),
                actor: actor.isEmpty ? nil : actor)
        }
        body["reason"] = .string(reason.isEmpty ? "why" : reason)
        return APICall("POST", "\(link.resource)/actions/\(kind.name)", body: .map(body))
    }
}
