import Definition
import DequeModule
import Execution
import Sabotage
import Values

/// The engine without time, threads or I/O of its own.
///
/// Theory of operation. Work comes in (requests, messages, due timers, answers) and waits in one queue.
/// `advance` decides it into the open batch; when the writer is free the driver takes the batch (`seal`),
/// writes it in one flush and says `flushed`, which releases what waited: replies, calls, notices of change.
/// While a batch is being flushed the next one is decided on top of it: runs, records, receipts and kept events that are
/// decided but not durable are seen by later decisions (`RunCache`, `RecordView`, `Unflushed`) and by nobody
/// else. When a flush fails, everything decided since is forgotten and decided again from the store.
///
/// One instance of this machine lives in one task of the driver; the simulator runs it in a plain loop.
package struct EngineMachine: Sendable {
    package struct Limits: Sendable, Hashable {
        /// Commits in one flush.
        package let batch: Int
        /// Work that waits; requests beyond it are refused as overloaded.
        package let queue: Int
        /// Due timers taken at once, so that a backlog is paced and requests pass between.
        package let timers: Int
        /// Local operations that one piece of work may run in a row.
        package let localChain: Int
        /// Events that a workflow keeps for instances that have not started.
        package let kept: Int

        package init(
            batch: Int = 256, queue: Int = 20_000, timers: Int = 256, localChain: Int = 100,
            kept: Int = 10_000
        ) {
            self.batch = batch
            self.queue = queue
            self.timers = timers
            self.localChain = localChain
            self.kept = kept
        }
    }

    package var catalog: Catalog
    package let limits: Limits
    let store: any Store
    let claims: any ClaimLog
    /// Nothing is decided about them.
    let parked: Set<InstanceID>
    /// Of what is being decided.
    var workFingerprint: UInt64 = 0
    var queue: Deque<Work> = []
    var runs = RunCache()
    var records = RecordView()
    var unflushed = Unflushed()
    var conflicts = Conflicts()
    /// Why the local operations of what is being decided are refused; nil: they are performed.
    var operationsRefused: String?
    var timers = TimerQueue()
    var schedules: ScheduleClock
    var operations = OperationClock()
    var erasures = ErasureClock()
    var workflowPauses: WorkflowPauses
    var money = MoneySweep()
    var traces = TraceBook()
    /// Who asks what waits or is decided and not durable.
    var sources: [RequestID: AuditSource] = [:]
    var chain: AuditChain
    private let isAudited: Bool
    var lastInstance: InstanceID
    /// Of the engine's own history, the number that was given out last.
    var lastOwnEntry: Int64
    /// When what is open was last decided.
    var moment = Timestamp.distantPast
    /// What is decided and not yet handed to the writer.
    var open = Batch(number: 1)
    private var inFlight: Deque<Batch> = []
    private var needsRecovery = false
    /// Calls that an earlier process had to send, and may have sent: that one is refused says nothing of the other.
    private var sentBefore: Set<CallID> = []
    /// Due timers in the queue, so that a backlog of them is paced.
    private var queuedTimers = 0

    /// - Parameters:
    ///   - auditSeed: 32 bytes that nobody can guess, where what people do is to be erasable from the audit.
    ///   - isAudited: false: what is done was done before, by whomever, and is done again on paper.
    package init(
        catalog: Catalog, store: any Store, limits: Limits = Limits(),
        claims: any ClaimLog = NoClaims(), auditSeed: [UInt8] = [], isAudited: Bool = true
    ) throws(StoreError) {
        self.isAudited = isAudited
        self.catalog = catalog
        self.store = store
        self.limits = limits
        self.claims = claims
        self.parked = claims.parked
        self.schedules = ScheduleClock(catalog.scheduled)
        try IndexBuilding.prepare(store, for: catalog.local.indexes)
        self.lastInstance = try store.lastInstanceID()
        self.lastOwnEntry = try store.lastSequence(of: .engine)
        self.workflowPauses = try WorkflowPauses(store)
        self.chain = try AuditChain(store, seed: auditSeed)
        try loadHolds()
    }

    // MARK: In

    /// - Parameters:
    ///   - trace: what the request belongs to.
    ///   - source: through which door it came; nil: through none.
    /// - Returns: a refusal when the queue is full; nothing else ever refuses work.
    package mutating func submit(
        _ id: RequestID, _ request: Request, trace: TraceContext? = nil,
        source: AuditSource? = nil
    ) -> EngineEffect? {
        guard queue.count < limits.queue else {
            return .reply(
                id,
                .refused(
                    Problem(
                        .overloaded, "\(queue.count) requests are waiting",
                        fix: "try again in a second")))
        }
        if let trace { traces.note(id, trace) }
        if let source { sources[id] = source }
        queue.append(.request(id, request))
        return nil
    }

    package mutating func answer(_ id: CallID, _ outcome: CallOutcome) {
        queue.append(.answer(id, sentBefore.remove(id) == nil ? outcome : outcome.afterRestart))
    }

    package var hasWork: Bool { !queue.isEmpty || !open.isEmpty }
    /// Something can be decided while a batch is being flushed.
    package var canAdvance: Bool {
        !queue.isEmpty && hasRoom && (!needsRecovery || inFlight.isEmpty)
    }
    private var hasRoom: Bool {
        guard open.commits.count < limits.batch, !open.isAlone else { return false }
        if conflicts.isEmpty || open.isEmpty { return true }
        return queue.first.map { conflicts.treatment(of: $0) == .together } ?? true
    }
    package var isFlushing: Bool { !inFlight.isEmpty }
    package var queueLength: Int { queue.count }

    /// When to look for due timers again; nil also while some that are due wait to be decided.
    package var nextTimer: Timestamp? {
        guard queuedTimers == 0 else { return nil }
        if workflowPauses.isSweeping || money.isDue { return .distantPast }
        return [timers.next, schedules.next, operations.next, erasures.next].compactMap(\.self)
            .min()
    }

    // MARK: A batch

    /// Decides what waits into the open batch, as far as it has room.
    /// - Parameter share: how much work at most, so that the caller may look about in between.
    package mutating func advance(now: Timestamp, share: Int = .max) throws(StoreError) {
        guard try recoverIfNeeded() else { return }
        moment = now.ceilingToMilliseconds
        try queueTimers(now: now)
        for workflow in schedules.due(now: now) { queue.append(.schedule(workflow)) }
        for number in try operations.due(now: now, store: store) {
            queue.append(.operation(number))
        }
        for number in try erasures.due(now: now, store: store) { queue.append(.erasure(number)) }
        for workflow in workflowPauses.due() { queue.append(.pause(workflow: workflow)) }
        if money.take() { queue.append(.money) }
        defer { claims.release() }
        var left = share
        while left > 0, hasRoom, let work = queue.popFirst() {
            left -= 1
            if work.isTimer { queuedTimers -= 1 }
            let treatment = conflicts.treatment(of: work)
            // What came to nothing is no part of what is decided alone.
            if treatment != .together { open.work = [] }
            open.work.append(work)
            claims.release()
            workFingerprint = work.fingerprint
            traces.begin(work, now: now)
            let before = open.commits.count
            do throws(StoreError) {
                try decide(work, treatment, now: now)
            } catch {
                // The batch under way is with the writer; `flushed` still releases what waits for it.
                requeue(open.work)
                forgetUndone()
                throw error
            }
            if isAudited, case .request(let id, let request) = work {
                audit(id, request, behind: before, now: now)
            }
            guard treatment != .together else { continue }
            open.isAlone = !open.isEmpty
            if open.isEmpty { conflicts.forget(work) }
        }
    }

    private mutating func queueTimers(now: Timestamp) throws(StoreError) {
        guard queuedTimers < limits.timers else { return }
        let room = limits.timers - queuedTimers
        for row in try timers.due(now: now, limit: room, store: store) {
            queue.append(.timer(row))
            queuedTimers += 1
        }
    }

    /// Closes the open batch, to be written now. nil: nothing to write and nobody to answer.
    package mutating func seal() -> Batch? {
        var batch = open
        open = Batch(number: batch.number + 1)
        guard !batch.isEmpty else { return nil }
        batch.close(&chain)
        batch.tellOfRecords(after: &lastOwnEntry, at: moment)
        inFlight.append(batch)
        return batch
    }

    /// The batch is durable: what waited for it may leave.
    package mutating func flushed(_ number: UInt64) -> [EngineEffect] {
        guard let batch = inFlight.first, batch.number == number else { return [] }
        inFlight.removeFirst()
        // By index: a commit has many members to copy.
        for index in batch.commits.indices { noteFlushed(batch.commits[index]) }
        conflicts.flushed(batch)
        traces.forget(batch.work)
        forgetSources(of: batch.work)
        noteTimersSetAgain(batch)
        var effects = batch.effects
        if !batch.left.isEmpty { effects.append(.left(batch.left)) }
        if !batch.happenings.isEmpty { effects.append(.told(batch.happenings)) }
        return effects
    }

    private mutating func noteFlushed(_ commit: Commit) {
        if let id = commit.instance?.id { runs.flushed(id) }
        records.flushed(commit.records)
        workflowPauses.flushed(commit.records)
        money.flushed(commit.records)
        erasures.flushed(commit)
        unflushed.flushed(commit)
        timers.flushed(commit)
        for row in commit.incidentsClosed where row.incident.kind == .suspended {
            for work in conflicts.takeBack(of: row.instance) {
                queue.append(work)
                if work.isTimer { queuedTimers += 1 }
            }
        }
    }

    /// A state that was left and entered again with a due time that has passed has the very timer that fired.
    private mutating func noteTimersSetAgain(_ batch: Batch) {
        guard batch.work.contains(where: \.isTimer) else { return }
        let changed = Set<InstanceID>(batch.commits.compactMap { $0.instance?.id })
        for case .timer(let row) in batch.work where changed.contains(row.instance) {
            guard runs[row.instance]?.timerRows.contains(row) == true else { continue }
            timers.isDueAgain(row)
        }
    }

    /// The store refused the batch that is being written: something in it was decided on what is not so.
    package mutating func conflicted(_ reason: String) -> [EngineEffect] {
        conflicts.refused(inFlight.first?.work ?? [], reason)
        return failed(refusing: nil)
    }

    /// Nothing of the batch was written. It and all that was decided on top of it is decided again.
    /// - Parameter refusal: given to the callers instead of deciding their requests again.
    package mutating func failed(refusing refusal: Problem?) -> [EngineEffect] {
        let work = inFlight.flatMap(\.work) + open.work
        inFlight = []
        var effects: [EngineEffect] = []
        if let refusal {
            for item in work where item.isRequest { conflicts.forget(item) }
            traces.forget(work)
            forgetSources(of: work)
            effects = work.compactMap {
                if case .request(let id, _) = $0 { .reply(id, .refused(refusal)) } else { nil }
            }
            requeue(work.filter { !$0.isRequest })
        } else {
            requeue(work)
        }
        forgetUndone()
        return effects
    }

    private mutating func requeue(_ work: [Work]) {
        for item in work.reversed() { queue.prepend(item) }
    }

    private mutating func forgetUndone() {
        open = Batch(number: open.number + 1)
        runs.forgetAll()
        records.forgetAll()
        unflushed = Unflushed()
        timers.forgetAll()
        schedules = ScheduleClock(catalog.scheduled)
        operations = OperationClock()
        erasures = ErasureClock()
        workflowPauses = WorkflowPauses()
        money = MoneySweep()
        // Messages, timers, schedules, operations and pauses are found again in the store, which has those that are durable.
        queue.removeAll {
            switch $0 {
            case .message, .timer, .schedule, .operation, .erasure, .pause, .money: true
            case .request, .answer, .recall, .park: false
            }
        }
        queuedTimers = 0
        needsRecovery = true
    }

    /// Something is decided that is of that instance, or for its name, and not durable yet.
    func isUnflushed(_ id: InstanceID, _ name: InstanceName) -> Bool {
        func concerns(_ commit: Commit) -> Bool {
            commit.instance?.id == id || commit.receipt?.name == name
                || commit.keptAdded.contains { $0.name == name }
                || commit.unmatched.contains {
                    sameUTF8($0.workflow, name.workflow) && sameUTF8($0.key, name.key)
                }
        }
        return open.commits.contains(where: concerns)
            || inFlight.contains { $0.commits.contains(where: concerns) }
    }

    // MARK: Recovery

    /// What an earlier process left: messages to deliver and calls whose answers nobody awaits any more.
    /// - Returns: what people hold, then calls to send again under their stored keys. Those whose key the remote may have forgotten, or
    ///   never honoured, have an unknown outcome instead, and the operation says what follows (G4).
    package mutating func recover(now: Timestamp) throws(StoreError) -> [EngineEffect] {
        let paused = isMutant(.adapterPauseForgotten) ? [] : try pausedAdapters()
        let holds: [EngineEffect] = catalog.holds.isEmpty ? [] : [.setHolds(catalog.holds)]
        return holds + paused.map { .setPaused(true, adapter: $0) }
            + (try recoverCalls(now: now)).map { .call($0) }
    }

    private mutating func recoverCalls(now: Timestamp) throws(StoreError) -> [CallRow] {
        for (id, deaths) in claims.takeUntold() { queue.append(.park(id, deaths: deaths)) }
        try loadMessages()
        if isMutant(.callsNotRecovered) { return [] }
        var calls: [CallRow] = []
        var cursor: CallID?
        while true {
            let page = try store.calls(after: cursor, count: 1_000)
            for call in page where !parked.contains(call.id.instance) {
                // It is not with the adapters, and was not.
                if call.isHeld { continue }
                if let recall = call.recall {
                    // It must not leave; whether it had nobody here knows.
                    queue.append(.answer(call.id, .interrupted(call, recall)))
                } else if try isHeldWithWorkflow(call) {
                    queue.append(.recall(call))
                } else if mayRepeat(call, now: now) {
                    if catalog.hold(of: call) != nil {
                        queue.append(.answer(call.id, .held(mayHaveLeft: true)))
                        continue
                    }
                    var again = call
                    again.mayHaveLeft.value = true
                    calls.append(again)
                    if hasEffect(call) { sentBefore.insert(call.id) }
                } else {
                    queue.append(.answer(call.id, .unknown(.interrupted)))
                }
            }
            guard page.count == 1_000, let last = page.last else { return calls }
            cursor = last.id
        }
    }

    private func hasEffect(_ call: CallRow) -> Bool {
        call.purpose == .perform && catalog.operation(call.adapter, call.operation)?.kind != .query
            && !isMutant(.recoveredRefusalTakenAsFailed)
    }

    private func mayRepeat(_ call: CallRow, now: Timestamp) -> Bool {
        guard call.purpose == .perform, let manifest = catalog.adapter(call.adapter) else {
            return true
        }
        if manifest.operation(named: call.operation)?.isRepeatableForEver == true { return true }
        guard let retention = manifest.idempotency?.keyRetention,
            let end = call.firstSentAt.adding(retention * 9 / 10)
        else { return false }
        return now <= end || isMutant(.retriedAfterKeyRetention)
    }

    /// After a failed flush or read, before the next batch.
    /// - Returns: false while a batch is under way that the store does not show yet.
    private mutating func recoverIfNeeded() throws(StoreError) -> Bool {
        guard needsRecovery else { return true }
        guard inFlight.isEmpty else { return false }
        lastInstance = try store.lastInstanceID()
        lastOwnEntry = try store.lastSequence(of: .engine)
        workflowPauses = try WorkflowPauses(store)
        try chain.reload(store)
        try loadHolds()
        try loadMessages()
        needsRecovery = false
        return true
    }

    private mutating func loadMessages() throws(StoreError) {
        var messages: [Message] = []
        var cursor: MessageID?
        while true {
            let page = try store.messages(after: cursor, count: 1_000)
            messages += page
            guard page.count == 1_000, let last = page.last else { break }
            cursor = last.id
        }
        // All or none: a page that is loaded again would be delivered twice.
        for message in messages { queue.append(.message(message)) }
    }
}

extension Work {
    var isTimer: Bool {
        if case .timer = self { true } else { false }
    }

    var isRequest: Bool {
        if case .request = self { true } else { false }
    }
}

extension CallOutcome {
    /// What it says of a call that an earlier process may have sent.
    fileprivate var afterRestart: Self {
        switch self {
        case .failed(let error): .failedAfterRestart(error)
        case .held: .held(mayHaveLeft: true)
        default: self
        }
    }
}

extension CallError {
    static let interrupted = CallError(
        name: "unavailable", message: "the process stopped while the call was under way",
        isRetryable: true)
}
