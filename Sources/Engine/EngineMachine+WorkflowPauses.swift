import Definition
import Execution
import Sabotage
import Values

/// Workflows that people hold (G18).
///
/// Theory of operation. Holding a workflow writes one record, however many instances it has: nothing moves an instance but
/// what is decided about it, so each is held when the first thing comes to it, in a commit of its own before that thing
/// is decided (`held`). What starts is held from its first moment. Only calls that wait at their adapters would still
/// leave by themselves: they are gone through behind the flush, and taken back; then those with open tasks are held, so
/// that nobody fills in a form in vain. Its schedule is not looked at meanwhile. Each instance that was held has a record
/// in a group of its workflow, by which those that have to go on are found when it is resumed, and again after a restart.
extension EngineMachine {
    /// Rows gone through in one look.
    private static let share = 64

    mutating func act(
        onWorkflow workflow: String, _ action: PauseAction, _ actor: Actor, now: Timestamp
    ) throws(StoreError) -> Reply {
        guard catalog.knows(workflow) else {
            return .refused(.unknownWorkflow(workflow, catalog: catalog))
        }
        let pause: PauseRecord
        switch try change(
            pauseOf: workflow, in: PauseRecord.ofWorkflows, by: "workflow", action, actor, now: now)
        {
        case .success(let changed): pause = changed
        case .failure(let problem): return .refused(problem)
        }
        workflowPauses.decided(workflow, pause.pause)
        if pause.pause == nil { schedules.wake(workflow) }
        return .receipts([])
    }

    /// The run as it is to be decided about: of a workflow that is held it is held before anything comes to it.
    mutating func held(_ run: Run, now: Timestamp) throws(StoreError) -> Run {
        guard let hold = hold(of: run, now: now) else { return run }
        try adopt(hold, of: run, now: now)
        return hold.run ?? run
    }

    /// What holds the run, not adopted; nil: its workflow is not held, or it is already.
    func hold(of run: Run, now: Timestamp) -> Decision? {
        guard let standing = workflowPauses[run.name.workflow], run.workflowHold == nil,
            !run.status.isTerminal, !isMutant(.pausedWorkflowMoves)
        else { return nil }
        return Execution.decide(run, .holdWithWorkflow(standing), catalog: catalog, now: now)
    }

    mutating func adopt(_ hold: Decision, of run: Run, now: Timestamp) throws(StoreError) {
        let write = try holdRecord(of: run.id, run.name.workflow, isHeld: true)
        try adopt(hold, consuming: nil, beside: [write].compactMap(\.self), now: now)
    }

    /// What a person's action comes to, on the run as its workflow's pause makes it; one that is refused leaves no trace.
    mutating func decisionWhenHeld(
        of input: Input, on run: Run, now: Timestamp
    ) throws(StoreError) -> Decision {
        guard let hold = hold(of: run, now: now), let held = hold.run else {
            return try decision(of: input, on: run, now: now)
        }
        let decision = try decision(of: input, on: held, now: now)
        if decision.commit != nil { try adopt(hold, of: run, now: now) }
        return decision
    }

    /// What finds it again; nil: it is as it should be.
    func holdRecord(
        of id: InstanceID, _ workflow: String, isHeld: Bool
    ) throws(StoreError) -> RecordWrite? {
        let record = InstanceHold.id(id)
        let query = RecordQuery(
            collection: InstanceHold.collection, selection: .id(record), limit: 1)
        let found = try records.records(query, from: store).records.first
        guard (found != nil) != isHeld else { return nil }
        return RecordWrite(
            collection: InstanceHold.collection, id: record, group: workflow,
            expectedRevision: found?.revision ?? 0, body: isHeld ? .map(ValueMap()) : nil)
    }

    // MARK: Sweeps

    mutating func look(atPauseOf workflow: String, now: Timestamp) throws(StoreError) {
        let sweep = workflowPauses.sweep(of: workflow)
        let next: WorkflowPauses.Sweep?
        switch sweep {
        case .calls(let last):
            let more = try takeBackCalls(of: workflow, after: last, now: now)
            next = if let more { more } else { try holdTasks(of: workflow, after: nil, now: now) }
        case .tasks(let last): next = try holdTasks(of: workflow, after: last, now: now)
        case .held(let last): next = try release(workflow, after: last, now: now)
        case nil: next = nil
        }
        workflowPauses.looked(workflow, at: sweep, next: next)
    }

    private mutating func takeBackCalls(
        of workflow: String, after last: CallID?, now: Timestamp
    ) throws(StoreError) -> WorkflowPauses.Sweep? {
        let rows = try store.calls(after: last, count: Self.share)
        for row in rows where row.recall == nil {
            guard case .found(let run) = try find(row.id.instance),
                sameUTF8(run.name.workflow, workflow)
            else { continue }
            _ = try held(run, now: now)
        }
        guard rows.count == Self.share, let last = rows.last else { return nil }
        return .calls(after: last.id)
    }

    private mutating func holdTasks(
        of workflow: String, after last: TaskPosition?, now: Timestamp
    ) throws(StoreError) -> WorkflowPauses.Sweep? {
        let rows = try store.tasks(
            TaskQuery([.workflow(workflow)], after: last, count: Self.share))
        for row in rows {
            guard case .found(let run) = try find(row.instance) else { continue }
            _ = try held(run, now: now)
        }
        guard rows.count == Self.share, let last = rows.last else { return nil }
        return .tasks(after: last.position)
    }

    private mutating func release(
        _ workflow: String, after last: String?, now: Timestamp
    ) throws(StoreError) -> WorkflowPauses.Sweep? {
        guard let standing = try resumption(of: workflow) else { return nil }
        let query = RecordQuery(
            collection: InstanceHold.collection, selection: .group(workflow), after: last,
            limit: Self.share)
        let rows = try records.records(query, from: store).records
        for row in rows {
            guard let id = InstanceHold.instance(ofRecord: row.id) else { continue }
            let gone = RecordWrite(
                collection: row.collection, id: row.id, group: row.group,
                expectedRevision: row.revision, body: nil)
            switch try find(id) {
            case .found(let run):
                let decision = Execution.decide(
                    run, .releaseWithWorkflow(standing), catalog: catalog, now: now)
                try adopt(decision, consuming: nil, beside: [gone], now: now)
            case .none: keep([gone])
            // It goes on when a process begins that knows it.
            case .unloadable: continue
            }
        }
        guard rows.count == Self.share, let last = rows.last else { return nil }
        return .held(after: last.id)
    }

    /// Who let the workflow go on; nil: somebody holds it.
    private func resumption(of workflow: String) throws(StoreError) -> StandingPause? {
        let query = RecordQuery(
            collection: PauseRecord.ofWorkflows, selection: .id(workflow), limit: 1)
        guard let record = try records.records(query, from: store).records.first,
            let pause = try? PauseRecord(decoding: record.body), pause.pause == nil
        else { return nil }
        return pause.log.first?.standing
    }

    // MARK: After a restart

    /// Its call must not leave as long as the workflow is held.
    func isHeldWithWorkflow(_ call: CallRow) throws(StoreError) -> Bool {
        guard !workflowPauses.isEmpty, !isMutant(.workflowPauseForgotten),
            let name = try store.instance(call.id.instance)?.name
        else { return false }
        return workflowPauses[name.workflow] != nil
    }

    /// Whether the call had left before this process began nobody here knows.
    mutating func takeBack(_ call: CallRow, now: Timestamp) throws(StoreError) {
        guard let found = try run(call.id.instance) else { return }
        let run = try held(found, now: now)
        guard let activation = run.activations.first(where: { $0.number == call.id.activation }),
            let work = activation.call
        else { return }
        try decide(run, .answer(call.id, .interrupted(call, run.recall(of: work))), now: now)
    }
}

extension CallOutcome {
    /// - Parameter recall: what takes it back; nil: nothing does.
    static func interrupted(_ call: CallRow, _ recall: Int64?) -> Self {
        if call.purpose == .ask, let recall {
            .withdrawn(recall: recall)
        } else {
            .unknown(.interrupted)
        }
    }
}
