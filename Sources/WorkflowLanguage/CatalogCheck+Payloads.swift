import CEL
import Definition
import Statechart
import Values

/// What travels between files: inputs, errors and events.
extension CatalogCheck {
    /// Errors that the engine itself gives an invocation.
    static let engineErrors = [
        "timeout", "unavailable", "rejected", "exhausted", "invalid-input", "invalid-output",
        "unknown-outcome", "deadline", "child-failed", "child-cancelled", "compensation-failed",
        "members-failed", "expression",
    ]

    /// - Parameter known: the target's own errors; nil when it may name any.
    mutating func checkErrors(
        of index: InvocationIndex, in workflow: WorkflowDefinition, known: [String]?
    ) {
        guard let known else { return }
        let names = known + Self.engineErrors
        for transition in workflow.machine.transitions {
            guard case .invocationFailed(index, let errors) = transition.trigger else { continue }
            for error in errors where !names.contains(error) {
                let near = suggestion(for: error, among: names)
                let own =
                    known.isEmpty
                    ? "; its adapter declares none, and the engine's own are "
                        + Self.engineErrors.joined(separator: ", ")
                    : "; its own: \(known.joined(separator: ", "))"
                report(
                    .error, .unknownError,
                    "this call never fails with '\(error)'\(near.isEmpty ? own : near)",
                    in: workflow, at: transition.location)
            }
        }
    }

    mutating func checkEmissions(_ workflow: WorkflowDefinition) {
        for (kind, payload, location) in workflow.machine.emissions {
            switch kind {
            case .send: checkSend(payload, in: workflow, at: location)
            case .notify: checkNotify(in: workflow, at: location)
            case .log, .reject, .report: break
            }
        }
    }

    /// Whoever is told that nothing was done would be told wrong. Here and not where the text is read: what an older
    /// version does, its instances do to their end.
    mutating func checkRejections(_ workflow: WorkflowDefinition) {
        for transition in workflow.machine.transitions {
            let kinds = transition.actions.map { action -> Emission.Kind? in
                if case .emit(let kind, _, _) = action { kind } else { nil }
            }
            guard kinds.contains(.reject),
                !transition.targets.isEmpty
                    || kinds.contains(where: { $0 != .reject && $0 != .log })
            else { continue }
            report(
                .error, .rejectedEffect,
                "the sender is told that this is refused, and it happens all the same; beside "
                    + "'reject' leave only 'log'", in: workflow, at: transition.location)
        }
    }

    private mutating func checkSend(
        _ payload: Template, in workflow: WorkflowDefinition, at place: SourceLocation
    ) {
        guard let event = payload.text(of: "event") else { return }
        var receivers = workflows
        if let to = payload.text(of: "to") {
            receivers = workflows.filter { $0.name == to }
            guard !receivers.isEmpty else {
                let hint = Reader.hint(to, workflows.map(\.name))
                return report(
                    .error, .unknownWorkflow, "there is no workflow '\(to)'\(hint)", in: workflow,
                    at: place)
            }
        }
        let isReceived = receivers.contains {
            $0.start.event == event || $0.event(named: event) != nil
        }
        guard !isReceived else { return }
        let known = receivers.flatMap {
            $0.events.map(\.name) + [$0.start.event].compactMap(\.self)
        }
        report(
            .warning, .unreceivedEvent,
            "no workflow receives '\(event)'\(suggestion(for: event, among: known))", in: workflow,
            at: place)
    }

    /// Notifications leave through one operation that mails.
    mutating func checkNotify(
        in workflow: WorkflowDefinition, at place: SourceLocation
    ) {
        guard Notifier(among: adapters) == nil else { return }
        let names = Notifier.names(among: adapters)
        report(
            .error, .unknownTask,
            names.isEmpty
                ? "'notify' needs an adapter with 'transport: smtp'; there is none"
                : "'notify' could leave through \(names.joined(separator: " or ")): say "
                    + "'notifier: true' at one of them in its adapter.yaml", in: workflow, at: place
        )
    }
}

extension Machine {
    /// What its actions ask of the world outside the chart.
    var emissions: [(kind: Emission.Kind, payload: Template, location: SourceLocation)] {
        let blocks = states.flatMap { $0.onEntry + $0.onExit } + transitions.map(\.actions)
        return blocks.flatMap(\.self).compactMap { action in
            guard case .emit(let kind, let payload, let location) = action else { return nil }
            return (kind, payload, location)
        }
    }
}
