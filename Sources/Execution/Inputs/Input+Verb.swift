import Definition
import Values

extension Input {
    /// What a verb asks of an instance, with its arguments as `docs/reference/actions.md` names them; nil: it is not
    /// done to one.
    package init?(_ verb: ActionVerb, _ arguments: ValueMap, reason: String, actor: Actor) {
        func text(_ name: String) -> String { arguments[name]?.stringValue ?? "" }
        let incident = arguments["incident"]?.intValue
        let action: OperatorAction
        switch verb {
        case .cancel:
            self = .cancel(reason: reason, actor: actor)
            return
        case .retry: action = .retry(incident: incident)
        case .complete:
            action = .complete(
                incident: incident ?? 0, output: arguments["output"] ?? .map(ValueMap()))
        case .fail:
            action = .fail(
                incident: incident ?? 0, error: text("error"),
                message: arguments["message"]?.stringValue ?? "said by an operator")
        case .assign: action = .assign(arguments["context"]?.mapValue ?? ValueMap())
        case .move: action = .move(to: text("state"))
        case .fireTimer: action = .fireTimer(state: text("state"))
        case .migrate: action = .migrate(to: Int(clamping: arguments["to"]?.intValue ?? 0))
        case .pause: action = .pause
        case .resume: action = .resume
        case .terminate: action = .terminate
        default: return nil
        }
        self = .operate(action, reason: reason, actor: actor)
    }
}
