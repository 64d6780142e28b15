import Definition
import Values

/// What came of one input.
package struct Decision: Sendable {
    /// The instance afterwards; nil when there is none.
    package var run: Run?
    /// nil: nothing changed (a stale timer, a late answer, a refusal).
    package var commit: Commit?
    package var reply: Reply
    /// Which states were left by the instance's own logic.
    package var left: [LeftState] = []

    /// What whoever gave the input learns.
    package enum Reply: Sendable, Hashable {
        case none
        case started
        case receipt(Receipt)
        case problem(Problem)
    }
}

/// The heart of Pawl: from values to a value.
///
/// It feeds one input to one instance, runs the chart to its next wait and returns everything that must be written and
/// sent as a `Commit`. It reads no clock, no store and no network; `now` is the store's time and the only time there is,
/// taken in whole milliseconds as the store keeps them, so that a run decides the same from memory as from its row. Local
/// operations are performed by the engine, because their reads depend on what the chart just did: what came of one is a
/// further input (`.local`).
///
/// A step is all or nothing (trap 16): where an expression fails, the draft is as it was before the input, which waits
/// with an incident (`Draft+Stop`).
package func decide(_ run: Run, _ input: Input, catalog: Catalog, now: Timestamp) -> Decision {
    guard let definition = catalog.definition(run.name.workflow, version: run.version) else {
        return Decision(
            run: run, commit: nil,
            reply: .problem(.definitionMissing(run.name, version: run.version)))
    }
    var draft = Draft(
        run: run, definition: definition, catalog: catalog, now: now.ceilingToMilliseconds)
    let input = draft.named(input)
    let found = definition.attachments(in: input, of: run)
    let (wasHeld, wasWithWorkflow) = (draft.isHeld, run.workflowHold != nil)
    if !draft.hold(input), let failure = draft.attempt(input, at: draft.now) {
        draft.answer(input, failure)
    }
    if draft.hasTakenInput { draft.refer(to: found) }
    if wasHeld, !draft.isHeld {
        draft.catchUp()
    } else if wasWithWorkflow, draft.run.workflowHold == nil {
        draft.takeHeldCancel()
    }
    // What somebody did to it says nothing of how long it takes.
    if input.isByHand { draft.left = [] }
    return draft.decision(before: run)
}

extension Problem {
    /// The instance runs on a version that is not loaded here, so that nothing can be decided about it.
    package static func definitionMissing(_ name: InstanceName, version: Int) -> Problem {
        Problem(
            .notApplicable,
            "\(name) is pinned to version \(version) of \(name.workflow), which is not loaded here",
            fix: "load version \(version) of workflow \(name.workflow)")
    }
}

extension Draft {
    /// "The only task that is open" said by its number, which holds later, too.
    fileprivate func named(_ input: Input) -> Input {
        guard case .task(var request) = input, request.number == nil else { return input }
        let open = run.activations.filter { $0.task != nil }
        if open.count == 1 { request.number = open[0].number }
        return .task(request)
    }

    mutating func take(_ input: Input) {
        cause = Cause(input)
        switch input {
        case .proceed: proceed()
        case .event(let event): take(event)
        case .eventRefused(let event, let problem): note(event, problem)
        case .timer(let id): fire(id)
        case .local(let activation, let result): take(result, of: activation)
        case .localConflict(let activation, let reason): refuse(activation, reason)
        case .answer(let id, let outcome): take(outcome, of: id)
        case .childEnded(let activation, let status, let output):
            childEnded(activation, status, output)
        case .childRefused(let activation, let error): childRefused(activation, error)
        case .cancel(let reason, let actor): cancel(reason: reason, actor: actor)
        case .operate(let action, let reason, let actor):
            operate(action, reason: reason, by: actor)
        case .task(let request): act(request)
        case .holdWithWorkflow(let standing): hold(with: standing)
        case .releaseWithWorkflow(let standing): release(with: standing)
        case .releaseMoney: releaseMoney()
        case .park(let error): park(error)
        }
    }
}
