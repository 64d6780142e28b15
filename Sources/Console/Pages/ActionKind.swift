import Execution
import Resources
import Values

/// What can be done to an instance, as its page offers it: an action as it is declared once, or an event.
struct ActionKind: Sendable {
    let verb: ActionVerb
    /// A verb and its object, the same on links, titles and buttons.
    let title: String
    /// What it does, and what it does not.
    let sentence: String
    let isDangerous: Bool
    let fields: [Field]
    let takesReason: Bool
    let hasDryRun: Bool

    enum Input: Sendable {
        case text, number, json, state
    }

    struct Field: Sendable {
        let name: String
        let label: String
        let hint: String
        let input: Input
        let isRequired: Bool
    }

    /// As it is called in paths and in the API's answers; nil: nothing is done to an instance under that name.
    init?(_ name: String) {
        guard let kind = Self.all.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    var name: String { verb.rawValue }

    private init(_ action: ActionDeclaration) {
        verb = action.verb
        title = action.title
        sentence = "It \(action.does). It does not \(action.doesNot)."
        isDangerous = action.risk == .destructive
        fields = action.arguments.map(Field.init)
        takesReason = action.reason != .none
        hasDryRun = action.hasDryRun
    }

    /// Its receipt says what became of it.
    private init(sending fields: [Field]) {
        verb = .send
        title = "Send an event"
        sentence = "It delivers an event as whoever may send it."
        isDangerous = false
        self.fields = fields
        takesReason = false
        hasDryRun = false
    }

    private static let all: [ActionKind] =
        ActionDeclaration.ofInstances.map(ActionKind.init) + [
            ActionKind(sending: [
                Field(
                    name: "event", label: "Event", hint: "Its name.", input: .text,
                    isRequired: true),
                Field(
                    name: "data", label: "Data", hint: "As the event declares it; JSON.",
                    input: .json, isRequired: false),
                Field(
                    name: "as", label: "As", hint: "role/subject of whom you act for.",
                    input: .text, isRequired: false),
            ])
        ]

    /// Those that make sense for an instance whatever it waits for.
    static func offered(to instance: Value) -> [ActionKind] {
        guard instance["endedAt"] == nil else { return [] }
        let verbs: [ActionVerb] =
            instance["paused"] != nil
            ? [.resume, .assign, .migrate, .cancel, .terminate]
            : instance["workflowPaused"] != nil
                ? [.pause, .assign, .migrate, .cancel, .terminate]
                : [.pause, .send, .move, .assign, .fireTimer, .migrate, .cancel, .terminate]
        return verbs.compactMap { ActionKind($0.rawValue) }
    }
}

extension ActionKind.Field {
    fileprivate init(_ argument: ActionArgument) {
        switch argument.schema["type"]?.stringValue {
        case "integer": input = .number
        case "string": input = argument.namesState ? .state : .text
        default: input = .json
        }
        name = argument.name
        label = argument.label
        hint = argument.summary + (input == .json ? " JSON." : "")
        isRequired = argument.isRequired
    }
}

/// Leads to the page of an action.
struct ActionLink: Sendable {
    let title: String
    let path: String
    let isDangerous: Bool

    init(_ kind: ActionKind, _ link: InstanceLink) {
        title = kind.title
        path = "\(link.path)/do/\(kind.name)"
        isDangerous = kind.isDangerous
    }

    /// Of an action that a blocker offers; nil: it has no page, its command says what to do.
    static func path(of action: Value, on page: InstanceLink) -> String? {
        let link = InstanceLink(action["instance"]?.stringValue) ?? page
        if let adapter = action["adapter"]?.stringValue {
            return "/adapters/\(adapter.urlEncoded)"
        }
        if let workflow = action["workflow"]?.stringValue {
            return "/workflows/\(workflow.urlEncoded)#hold"
        }
        let name = action["name"]?.stringValue ?? ""
        let arguments = action["arguments"]
        if let task = action["task"] {
            let number = task.intValue.map { "\($0)" } ?? "only"
            let outcome = arguments?["outcome"]?.stringValue.map { "?outcome=\($0.urlEncoded)" }
            return "/tasks/\(link.workflow.urlEncoded)/\(link.key.urlEncoded)/\(number)"
                + (outcome ?? "")
        }
        switch name {
        case "open", "why": return link.path
        case "members": return link.path + "/members"
        case "history": return link.path + "#history"
        default:
            guard let kind = ActionKind(name) else { return nil }
            var pairs: [String] = []
            for fact in Fact.list(arguments)
            where !Blank.isBlank(fact.text, of: fact.name) && fact.name != "reason" {
                pairs.append("\(fact.name.urlEncoded)=\(fact.text.urlEncoded)")
            }
            if let actor = action["as"]?.stringValue { pairs.append("as=\(actor.urlEncoded)") }
            let path = "\(link.path)/do/\(kind.name)"
            return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
        }
    }
}
