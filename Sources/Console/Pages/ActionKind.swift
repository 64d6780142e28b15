import Values

/// What can be done to an instance, as its page offers it.
enum ActionKind: String, Sendable, CaseIterable {
    case retry, complete, fail, send, resume, pause, move, assign
    case fireTimer = "fire-timer"
    case cancel, terminate

    /// A verb and its object, the same on links, titles and buttons.
    var title: String {
        switch self {
        case .retry: "Try again"
        case .complete: "Say that it took effect"
        case .fail: "Say that it took no effect"
        case .send: "Send an event"
        case .resume: "Resume"
        case .pause: "Pause"
        case .move: "Move to a state"
        case .assign: "Edit data"
        case .fireTimer: "Fire a timer"
        case .cancel: "Cancel"
        case .terminate: "Terminate"
        }
    }

    /// What it does, and what it does not.
    var sentence: String {
        switch self {
        case .retry:
            "Takes the same step again, a call under the same key unless its error was final."
        case .complete: "The call is taken as done with what you say it gave; nothing is sent."
        case .fail: "The call is taken as failed; the workflow goes on by its error."
        case .send: "Delivers an event as whoever may send it."
        case .resume: "Lets it go on with what came meanwhile."
        case .pause: "Holds it; what comes meanwhile is kept and nothing new leaves."
        case .move:
            "Enters a state that no transition led to; what cannot be active beside it is left by its own logic."
        case .assign: "Sets members of its data within their schema; null removes one."
        case .fireTimer: "A state's timer fires now instead of later."
        case .cancel: "Ends it by its own logic, undoing what it did."
        case .terminate: "Ends it here and now: no logic, nothing is undone."
        }
    }

    var isDangerous: Bool { self == .cancel || self == .terminate }

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

    var fields: [Field] {
        switch self {
        case .retry:
            [
                Field(
                    name: "incident", label: "Incident", hint: "its number; empty: all of them",
                    input: .number, isRequired: false)
            ]
        case .complete:
            [
                Field(
                    name: "incident", label: "Incident", hint: "its number", input: .number,
                    isRequired: true),
                Field(
                    name: "output", label: "What it gave", hint: "JSON, as the operation's output",
                    input: .json, isRequired: true),
            ]
        case .fail:
            [
                Field(
                    name: "incident", label: "Incident", hint: "its number", input: .number,
                    isRequired: true),
                Field(
                    name: "error", label: "Error", hint: "its name, as the adapter declares it",
                    input: .text, isRequired: true),
                Field(
                    name: "message", label: "What happened", hint: "in a sentence", input: .text,
                    isRequired: false),
            ]
        case .send:
            [
                Field(
                    name: "event", label: "Event", hint: "its name", input: .text, isRequired: true),
                Field(name: "data", label: "Data", hint: "JSON", input: .json, isRequired: false),
                Field(
                    name: "as", label: "As", hint: "role/subject of whom you act for", input: .text,
                    isRequired: false),
            ]
        case .move:
            [
                Field(
                    name: "state", label: "State", hint: "where it goes on", input: .state,
                    isRequired: true)
            ]
        case .fireTimer:
            [
                Field(
                    name: "state", label: "State", hint: "that waits for the timer", input: .state,
                    isRequired: true)
            ]
        case .assign:
            [
                Field(
                    name: "context", label: "Members", hint: "JSON; null removes one", input: .json,
                    isRequired: true)
            ]
        case .resume, .pause, .cancel, .terminate: []
        }
    }

    /// Those that make sense for an instance whatever it waits for.
    static func offered(to instance: Value) -> [ActionKind] {
        guard instance["endedAt"] == nil else { return [] }
        let isPaused = instance["why"]?.stringValue?.hasPrefix("Paused") ?? false
        return isPaused
            ? [.resume, .assign, .cancel, .terminate]
            : [.pause, .send, .move, .assign, .fireTimer, .cancel, .terminate]
    }
}

/// Leads to the page of an action.
struct ActionLink: Sendable {
    let title: String
    let path: String
    let isDangerous: Bool

    init(_ kind: ActionKind, _ link: InstanceLink) {
        title = kind.title
        path = "\(link.path)/do/\(kind.rawValue)"
        isDangerous = kind.isDangerous
    }

    /// Of an action that a blocker offers; nil: it has no page, its command says what to do.
    static func path(of action: Value, on page: InstanceLink) -> String? {
        let link = InstanceLink(action["instance"]?.stringValue) ?? page
        if let adapter = action["adapter"]?.stringValue { return "/adapters/\(adapter.urlEncoded)" }
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
            guard let kind = ActionKind(rawValue: name) else { return nil }
            var pairs: [String] = []
            for fact in Fact.list(arguments)
            where !fact.text.hasPrefix("<") && fact.name != "reason" {
                pairs.append("\(fact.name.urlEncoded)=\(fact.text.urlEncoded)")
            }
            if let actor = action["as"]?.stringValue { pairs.append("as=\(actor.urlEncoded)") }
            let path = "\(link.path)/do/\(kind.rawValue)"
            return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
        }
    }
}
