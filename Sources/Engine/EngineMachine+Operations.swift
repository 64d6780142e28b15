import Definition
import Execution
import Sabotage
import Values

/// Operations on many instances: each look judges what came of earlier ones and acts on the next that is due.
extension EngineMachine {
    /// Items judged in one look.
    private static let judged = 100

    mutating func look(atOperation number: Int64, now: Timestamp) throws(StoreError) {
        guard let (operation, revision) = try operation(number) else {
            return operations.lost(number)
        }
        var turn = BulkTurn(operation, at: revision, now: now)
        for index in operations.takeChanged(of: number, atMost: Self.judged) {
            try judge(index, &turn)
        }
        if turn.isDue {
            try act(&turn, now: now)
        } else {
            keep(turn.writes)
        }
        // Behind what it wrote itself, which woke it.
        operations.looked(number, next: turn.operation.dueAt)
    }

    private mutating func judge(_ index: Int, _ turn: inout BulkTurn) throws(StoreError) {
        guard let (item, revision) = try item(turn.operation.number, index),
            item.state == .accepted || item.state == .effective
        else { return }
        let judged: BulkItem
        switch try find(item.instance) {
        case .found(let run): judged = turn.judge(item, at: revision, run, else: "")
        case .none: judged = turn.judge(item, at: revision, nil, else: "it is gone")
        case .unloadable(let problem):
            judged = turn.judge(item, at: revision, nil, else: problem.message)
        }
        if judged.state.isSettled { operations.forget(judged) }
    }

    private mutating func act(_ turn: inout BulkTurn, now: Timestamp) throws(StoreError) {
        guard let (item, revision) = try item(turn.operation.number, turn.operation.next),
            let input = turn.operation.input(for: item)
        else {
            turn.skip()
            return keep(turn.writes)
        }
        let run: Run
        switch try find(item.instance) {
        case .found(let found): run = found
        case .none:
            turn.leave(item, at: revision, "it is gone")
            return keep(turn.writes)
        case .unloadable(let problem):
            turn.refuse(item, at: revision, problem.message)
            return keep(turn.writes)
        }
        let plan = turn.operation.plan
        let verb = plan.verb
        // What is held with its workflow is refused, with what would let it go on.
        let isHeld = verb == .resume && workflowPauses[run.name.workflow] != nil
        if let reason = verb.nothingToDo(plan.arguments, on: run), !isHeld,
            !isMutant(.nothingToDoRefused)
        {
            turn.pass(item, at: revision, reason)
            return keep(turn.writes)
        }
        guard run.revision == item.seen || verb.holdsAtAnyRevision else {
            let reason = "it is at revision \(run.revision) now, not \(item.seen)"
            turn.leave(item, at: revision, reason)
            return keep(turn.writes)
        }
        let decision = try decisionWhenHeld(of: input, on: run, now: now)
        let noted = turn.note(item, at: revision, run, decision)
        if isMutant(.itemActedOnApart), decision.commit != nil {
            return try adopt(decision, consuming: nil, now: now)
        }
        try adopt(decision, consuming: nil, beside: turn.writes, now: now)
        if !noted.state.isSettled { operations.watch(noted) }
    }

    mutating func keep(_ writes: [RecordWrite]) {
        guard !writes.isEmpty else { return }
        var commit = Commit()
        commit.records = writes
        records.decided(writes)
        append(commit, run: nil)
    }

    // MARK: The records

    /// nil: it cannot be read, and nothing more is done for it.
    private mutating func operation(
        _ number: Int64
    ) throws(StoreError) -> (operation: BulkOperation, revision: Int64)? {
        let query = RecordQuery(
            collection: BulkOperation.collection, selection: .id(BulkOperation.id(number)), limit: 1
        )
        guard let found = try records.records(query, from: store).records.first else { return nil }
        do throws(DecodingFailure) {
            return (try BulkOperation(decoding: found.body), found.revision)
        } catch {
            open.effects.append(.alarm("the record of operation \(number) is damaged: \(error)"))
            return nil
        }
    }

    private mutating func item(
        _ operation: Int64, _ index: Int
    ) throws(StoreError) -> (item: BulkItem, revision: Int64)? {
        let id = BulkItem.id(operation, index)
        let query = RecordQuery(collection: BulkItem.collection, selection: .id(id), limit: 1)
        guard let found = try records.records(query, from: store).records.first else { return nil }
        do throws(DecodingFailure) {
            return (try BulkItem(decoding: found.body), found.revision)
        } catch {
            open.effects.append(.alarm("item \(id) of an operation is damaged: \(error)"))
            return nil
        }
    }
}
