import Values

/// Why nobody can decide a task now that is there still.
package enum TaskHold: Sendable, Hashable {
    /// It was decided, and the step that the decision leads to failed.
    case decided(outcome: String, by: Actor, incident: Int64?)
    /// Another step of the instance failed.
    case stopped(incident: Int64)
    case paused(by: Actor)
    /// The whole workflow is held.
    case withWorkflow(String)
}

extension TaskHold: CustomStringConvertible {
    package var description: String {
        switch self {
        case .decided(let outcome, let actor, let incident):
            "decided by \(actor) (\(outcome)), which waits with "
                + (incident.map { "incident \($0)" } ?? "the instance")
        case .stopped(let incident): "stopped by incident \(incident)"
        case .paused(let actor): "paused by \(actor)"
        case .withWorkflow(let name): "held with its workflow, \(name), which is paused"
        }
    }
}

extension Run {
    /// What holds the open task; nil: it can be decided.
    package func hold(of task: Int64) -> TaskHold? {
        let stopping = incidents.stopping?.number
        for input in held {
            guard case .decision(let request) = input.kind, request.number == task,
                case .decide(let decision) = request.action
            else { continue }
            return .decided(outcome: decision.outcome, by: request.actor, incident: stopping)
        }
        if workflowHold != nil { return .withWorkflow(name.workflow) }
        if let pause { return .paused(by: pause.by) }
        return stopping.map { .stopped(incident: $0) }
    }
}
