import Engine
import Execution
import Values

/// What a person does to an instance. What each does, and when it may: `docs/reference/actions.md`.
@nonexhaustive
public enum Action: Sendable, Hashable {
    /// What gave up is tried again: one incident by its number, or all of them.
    case retry(incident: Int64? = nil)
    /// It ends by its own logic, and what can be undone is undone.
    case cancel
    /// A call whose outcome is not known took effect, and gave this.
    case complete(incident: Int64, output: Value)
    /// A call whose outcome is not known took no effect, by an error that the workflow knows.
    case fail(incident: Int64, error: String, message: String)
    /// Members of its context are set; others stay.
    case assign(ValueMap)
    /// A state is entered that no transition led to.
    case move(to: String)
    /// A state's timer fires now.
    case fireTimer(state: String)
    /// That version of its workflow takes it over as it stands.
    case migrate(to: Int)
    /// It is held; what comes meanwhile waits.
    case pause
    /// It goes on with what came meanwhile.
    case resume
    /// It ends without its logic, and nothing is undone.
    case terminate

    func input(reason: String, _ actor: Actor) -> Input {
        func operate(_ action: OperatorAction) -> Input {
            .operate(action, reason: reason, actor: actor)
        }
        return switch self {
        case .retry(let incident): operate(.retry(incident: incident))
        case .cancel: .cancel(reason: reason, actor: actor)
        case .complete(let incident, let output):
            operate(.complete(incident: incident, output: output))
        case .fail(let incident, let error, let message):
            operate(.fail(incident: incident, error: error, message: message))
        case .assign(let members): operate(.assign(members))
        case .move(let state): operate(.move(to: state))
        case .fireTimer(let state): operate(.fireTimer(state: state))
        case .migrate(let version): operate(.migrate(to: version))
        case .pause: operate(.pause)
        case .resume: operate(.resume)
        case .terminate: operate(.terminate)
        }
    }
}

/// What an action would come to: the same decision, of which nothing is kept.
public struct Preview: Sendable, Hashable {
    /// How the instance would stand.
    public let status: Status
    /// Ids of the states that would be active.
    public let states: [String]
    /// What would be written into its history, in order.
    public let history: [HistoryEntry]
    /// Calls that would leave, by `adapter.operation`.
    public let calls: [String]

    init(_ preview: Engine::Preview) {
        status = Status(preview.status)
        states = preview.states
        history = preview.history.map { HistoryEntry($0) }
        calls = preview.calls
    }
}
