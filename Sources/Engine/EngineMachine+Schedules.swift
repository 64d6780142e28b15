import CEL
import Definition
import Execution
import Values

/// Instances that start by the clock (G6).
///
/// A schedule's state is a record like the business's own; a look at it, the instances that it starts and the lines
/// of its log are one transaction. What is in memory is only when to look next.
struct ScheduleClock {
    /// By workflow; nil: not before something happens to it.
    private var wakes: [ExactText: Timestamp?] = [:]
    private var queued: Set<ExactText> = []

    /// Everything is looked at once.
    init(_ workflows: some Sequence<String>) {
        for workflow in workflows { wakes[workflow] = .some(.distantPast) }
    }

    /// The first moment at which some schedule is to be looked at.
    var next: Timestamp? {
        wakes.lazy.filter { !queued.contains($0.key) }.compactMap(\.value).min()
    }

    /// Those to look at now, in order of their names; each once until it was looked at.
    mutating func due(now: Timestamp) -> [String] {
        guard let next, next <= now else { return [] }
        let due = wakes.filter { entry in
            !queued.contains(entry.key) && entry.value.map { $0 <= now } == true
        }.keys.sorted()
        queued.formUnion(due)
        return due.map(\.text)
    }

    /// Something happened to it: look soon.
    mutating func wake(_ workflow: String) {
        if wakes[workflow] != nil { wakes[workflow] = .some(.distantPast) }
    }

    mutating func looked(_ workflow: String, next: Timestamp?) {
        queued.remove(workflow)
        wakes[workflow] = .some(next)
    }
}

extension EngineMachine {
    mutating func look(at workflow: String, now: Timestamp) throws(StoreError) {
        guard let schedule = catalog.schedule(of: workflow) else { return }
        _ = try turn(schedule, now: now) { _ in }
    }

    /// - Parameter act: what a person does to it, before the look itself.
    /// - Returns: nil when its record cannot be read.
    private mutating func turn(
        _ schedule: WorkflowSchedule, now: Timestamp, _ act: (inout ScheduleTurn) -> Void
    ) throws(StoreError) -> (turn: ScheduleTurn, started: [InstanceName])? {
        let workflow = schedule.workflow
        guard let (known, revision) = try record(of: workflow) else {
            schedules.looked(workflow, next: nil)
            return nil
        }
        var turn = ScheduleTurn(schedule, known, now: now)
        try note(whatEndedOf: workflow, &turn)
        act(&turn)
        // What comes due while the workflow is held is caught up with afterwards, as after a stop of the server.
        guard workflowPauses[workflow] == nil else {
            schedules.looked(workflow, next: nil)
            keep(turn, of: workflow, from: known, at: revision)
            return (turn, [])
        }
        turn.look()
        // Before anything that may end an instance, and so wake the schedule again.
        schedules.looked(workflow, next: turn.nextWake)
        let reason = "the next one of its schedule is due"
        try stop(turn.cancels, of: workflow, .cancel(reason: reason, actor: .system), now: now)
        try stop(
            turn.terminations, of: workflow,
            .operate(.terminate, reason: reason, actor: .system), now: now)
        let started = try start(&turn, schedule, now: now)
        keep(turn, of: workflow, from: known, at: revision)
        return (turn, started)
    }

    private mutating func stop(
        _ keys: [String], of workflow: String, _ input: Input, now: Timestamp
    ) throws(StoreError) {
        for key in keys {
            guard let run = try run(named: InstanceName(workflow: workflow, key: key)) else {
                continue
            }
            try decide(run, input, now: now)
        }
    }

    mutating func act(
        onScheduleOf workflow: String, _ action: ScheduleAction, _ actor: Actor, now: Timestamp
    ) throws(StoreError) -> Reply {
        guard let schedule = catalog.schedule(of: workflow) else {
            return .refused(.unknownSchedule(workflow, catalog))
        }
        if case .backfill(let from, let to, _) = action,
            let problem = schedule.problem(ofBackfillFrom: from, to: to, now: now)
        {
            return .refused(problem)
        }
        if action.startsSomething, let pause = workflowPauses[workflow] {
            return .refused(.workflowPaused(workflow, pause))
        }
        guard let (turn, started) = try turn(schedule, now: now, { $0.take(action, by: actor) })
        else {
            return .refused(
                Problem(
                    .internalError, "the record of schedule \(workflow) is damaged",
                    fix: "restore it from a backup"))
        }
        return .schedule(ScheduleEffect(action, turn, started: started, of: schedule))
    }

    /// What the action would do: decided by a copy of this machine, of which nothing is kept.
    func preview(
        onScheduleOf workflow: String, _ action: ScheduleAction, _ actor: Actor, now: Timestamp
    ) throws(StoreError) -> Reply {
        var copy = self
        return try copy.act(onScheduleOf: workflow, action, actor, now: now)
    }

    private mutating func start(
        _ turn: inout ScheduleTurn, _ schedule: WorkflowSchedule, now: Timestamp
    ) throws(StoreError) -> [InstanceName] {
        var started: [InstanceName] = []
        while let occurrence = turn.next() {
            let name = InstanceName(workflow: schedule.workflow, key: occurrence.key)
            guard case .none = try find(name) else {
                turn.existed(occurrence)
                continue
            }
            let input: Value
            do throws(EvaluationError) {
                input = try schedule.input(
                    of: occurrence, last: turn.last(before: occurrence), now: now)
            } catch {
                turn.refused(occurrence, Problem(.invalid, "the input failed: \(error.message)"))
                continue
            }
            let decision = try begin(
                name, input: input, params: .map(ValueMap()), parent: nil,
                actor: Actor(role: "schedule", subject: schedule.workflow), now: now)
            if case .problem(let problem) = decision.reply {
                turn.refused(occurrence, problem)
                continue
            }
            try adopt(decision, consuming: nil, now: now)
            turn.started(occurrence)
            started.append(name)
        }
        return started
    }

    // MARK: The record

    /// - Returns: nil when it cannot be read: then nothing starts by this schedule, and the log says so.
    private mutating func record(
        of workflow: String
    ) throws(StoreError) -> (record: ScheduleRecord?, revision: Int64)? {
        let query = RecordQuery(
            collection: ScheduleRecord.collection, selection: .id(workflow), limit: 1)
        guard let found = try records.records(query, from: store).records.first else {
            return (nil, 0)
        }
        do throws(DecodingFailure) {
            return (try ScheduleRecord(decoding: found.body), found.revision)
        } catch {
            open.effects.append(.alarm("the record of schedule \(workflow) is damaged: \(error)"))
            return nil
        }
    }

    /// Leaves out those that have ended, and those about which nothing can be decided any more: they must not
    /// stop the schedule for ever.
    private mutating func note(
        whatEndedOf workflow: String, _ turn: inout ScheduleTurn
    ) throws(StoreError) {
        for key in turn.record.running {
            let name = InstanceName(workflow: workflow, key: key)
            switch try find(name) {
            case .found(let run): if run.status.isTerminal { turn.ended(key) }
            case .none: turn.ended(key)
            case .unloadable(let problem):
                // One whose version is not loaded goes on when it is.
                let version = try store.instance(named: name)?.version ?? 0
                if catalog.definition(workflow, version: version) != nil {
                    turn.unreachable(key, problem)
                }
            }
        }
    }

    private mutating func keep(
        _ turn: ScheduleTurn, of workflow: String, from known: ScheduleRecord?, at revision: Int64
    ) {
        guard turn.record != known || !turn.rows.isEmpty else { return }
        var commit = Commit()
        commit.records = [
            RecordWrite(
                collection: ScheduleRecord.collection, id: workflow, group: "",
                expectedRevision: revision, body: turn.record.encoded)
        ]
        commit.records += turn.rows.map { row in
            RecordWrite(
                collection: ScheduleLogRow.collection,
                id: ScheduleLogRow.id(workflow, row.number), group: "", expectedRevision: 0,
                body: row.encoded)
        }
        records.decided(commit.records)
        append(commit, run: nil)
    }

    private mutating func run(named name: InstanceName) throws(StoreError) -> Run? {
        if case .found(let run) = try find(name) { run } else { nil }
    }
}

extension ScheduleAction {
    fileprivate var startsSomething: Bool {
        switch self {
        case .run, .backfill: true
        case .pause, .resume: false
        }
    }
}

extension Problem {
    fileprivate static func workflowPaused(_ workflow: String, _ pause: StandingPause) -> Problem {
        Problem(
            .notApplicable, "workflow \(workflow) is paused by \(pause.by): \(pause.reason)",
            fix:
                "`pawl workflow resume \(workflow) --reason '<why>'` lets it go on, and what came due "
                + "meanwhile is caught up with")
    }

    package static func unknownSchedule(_ workflow: String, _ catalog: Catalog) -> Problem {
        guard catalog.current(workflow) != nil else {
            return .unknownWorkflow(workflow, catalog: catalog)
        }
        let known = catalog.scheduled
        return Problem(
            .notFound, "workflow \(workflow) has no schedule",
            fix: known.isEmpty
                ? "declare one with `start: {schedule: …}`"
                : "those that have one: \(known.joined(separator: ", "))")
    }
}
