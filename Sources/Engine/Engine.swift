import Alerts
import CoreMetrics
import Definition
import Execution
import Logging
import Sabotage
import Synchronization
import Values

/// The driver: the one place where the engine meets time, threads and I/O.
///
/// One task (`run`) owns the machine, on a thread of its own. Callers, adapters and the writer leave news in a mailbox
/// and signal; the task takes them, decides, and hands one batch after the other to the writer's own thread. A batch
/// is decided while the one before it is being flushed. Where nothing is left to decide meanwhile, the task
/// flushes a small batch itself: a lone client does not wait for two threads to wake each other.
package final class Engine: EngineFront {
    package let store: any Store
    package let clock: any StoreClock
    private let limits: EngineMachine.Limits
    private let claims: any ClaimLog
    private let mailbox: Mailbox
    private let writer: Writer
    private let alarm = Alarm()
    private let usual = UsualTimes()
    /// How it has done in the last hour.
    package let vitals: Vitals
    private let thread = EngineThread()
    private let logger: Logger
    private let teller: Teller
    private let metrics: EngineMetrics
    private let catalogBox: Mutex<Catalog>
    private let callsBox = Mutex<(any CallPort)?>(nil)
    private let deskBox = Mutex<AttachmentDesk?>(nil)
    private let erasureLogBox = Mutex<(any ErasureLog)?>(nil)
    private let retentionBox = Mutex<RetentionDesk?>(nil)
    let refusals = Mutex(RefusalBudget())
    private let alertingBox = Mutex((configuration: AlertConfiguration(), namespace: "pawl"))

    package init(
        store: any Store, catalog: Catalog, clock: any StoreClock, logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        limits: EngineMachine.Limits = EngineMachine.Limits(), claims: any ClaimLog = NoClaims()
    ) {
        self.store = store
        self.clock = clock
        self.limits = limits
        self.claims = claims
        self.logger = logger
        self.teller = Teller(logger)
        self.catalogBox = Mutex(catalog)
        let mailbox = Mailbox()
        self.mailbox = mailbox
        let counted = EngineMetrics(metrics)
        self.metrics = counted
        let vitals = Vitals(size: { store.size }, metrics: counted)
        self.vitals = vitals
        self.writer = Writer(store: store, vitals: vitals) { mailbox.put(.written($0, $1)) }
    }

    package var catalog: Catalog { catalogBox.withLock { $0 } }

    /// The port is made with the engine's `answer`, so it comes after the engine and before `run`.
    package func connect(_ calls: any CallPort) { callsBox.withLock { $0 = calls } }

    /// Where the content of attachments is; before `run`, which sweeps it.
    package func connect(
        _ contents: any ContentStore, limits: AttachmentLimits = AttachmentLimits()
    ) {
        let desk = AttachmentDesk(
            contents: contents, limits: limits, store: store, clock: clock, logger: logger,
            ask: { [mailbox] in await mailbox.ask($0) })
        deskBox.withLock { $0 = desk }
    }

    /// Where erasures are written down beside the database; before `run`.
    package func connect(_ log: any ErasureLog) { erasureLogBox.withLock { $0 = log } }

    package var erasureLog: (any ErasureLog)? { erasureLogBox.withLock { $0 } }

    /// What is kept how long, and where what goes is archived; behind the contents, and before `run`.
    /// - Parameter periods: of this installation, in the place of what workflows declare.
    package func connect(
        _ archive: (any ArchiveStore)?, periods: [ExactText: Duration] = [:],
        limits: RetentionLimits = RetentionLimits()
    ) {
        let desk = RetentionDesk(
            { [weak self] in self?.catalog }, periods: periods, archive: archive, limits: limits,
            store: store, attachments: attachments, clock: clock,
            logger: logger, ask: { [mailbox] in await mailbox.ask($0) })
        retentionBox.withLock { $0 = desk }
    }

    /// nil: everything is kept for ever.
    package var retention: RetentionDesk? { retentionBox.withLock { $0 } }

    /// Who is told of alerts; before `run`.
    package func connect(_ alerts: AlertConfiguration, namespace: String) {
        alertingBox.withLock { $0 = (alerts, namespace) }
    }

    package var alerting: (configuration: AlertConfiguration, namespace: String) {
        alertingBox.withLock { $0 }
    }

    /// nil: there is no place for content here.
    package var attachments: AttachmentDesk? { deskBox.withLock { $0 } }

    /// - Parameter calls: those whose place in their adapter's queue is asked for.
    package func conditions(of calls: [CallID] = []) -> [AdapterCondition] {
        callsBox.withLock { $0 }?.conditions(of: calls) ?? []
    }

    /// The adapter's open breaker lets its next call through now; a closed one lets everything through.
    package func probe(adapter: String) throws(Problem) {
        try inspector.checkProbe(of: adapter)
        callsBox.withLock { $0 }?.probe(adapter: adapter)
    }

    /// How a call ended. From any thread.
    package func answer(_ id: CallID, _ outcome: CallOutcome) {
        mailbox.put(.answer(id, outcome))
    }

    /// What holds an adapter's calls up has changed: its breaker, or which of them are on their way. From any thread.
    package func adapterTurned() { mailbox.announce(.adapter) }

    /// The breaker of one has opened, or closed, or waits for its probe, or somebody holds it or has let it go. From any
    /// thread.
    package func breakerTurned() { mailbox.announce(.breaker) }

    // MARK: Requests

    package func ask(_ request: Request) async -> Reply {
        await mailbox.ask(request, trace: Self.trace)
    }

    /// What the requests of this task belong to.
    @TaskLocal package static var trace: TraceContext?
    /// Through which door the requests of this task came; nil: through none.
    @TaskLocal package static var source: AuditSource?

    /// The present moment's reads.
    package var inspector: Inspector {
        Inspector(
            store: store, catalog: catalog, conditions: conditions, usual: usual.time,
            now: clock.now())
    }

    /// Changes of one instance from now on, newest only; ends with the engine.
    /// - Parameter isWanted: the others wake nobody.
    package func changes(
        of name: InstanceName,
        where isWanted: @escaping @Sendable (InstanceChange) -> Bool = { _ in true }
    ) -> AsyncStream<InstanceChange> {
        mailbox.changes(of: name, where: isWanted)
    }

    /// What changes of any instance from now on.
    /// - Parameter limit: how many of them are named between two looks.
    package func feed(limit: Int = ChangeFeed.limit) -> ChangeFeed { mailbox.feed(limit: limit) }

    /// For who is concerned with a few kinds of things and not with instances: nothing else wakes them.
    package func feed(of kinds: Set<ChangedThing>) -> ChangeFeed {
        mailbox.feed(limit: 0, of: kinds)
    }

    // MARK: Running

    /// Runs until cancelled; throws when the store can no longer be trusted, after which the process must end.
    package func run() async throws(StoreError) {
        try await withTaskExecutorPreference(thread) { () async throws(StoreError) in
            try await work()
        }
    }

    private func work() async throws(StoreError) {
        defer { close() }
        var machine = try EngineMachine(
            catalog: catalog, store: store, limits: limits, claims: claims,
            auditSeed: Self.auditSeed())
        for id in machine.parked.sorted() {
            logger.error("parked: deciding it stopped the process", metadata: ["instance": "\(id)"])
        }
        usual.load(try store.setting(UsualTimes.setting))
        let left = try machine.recover(now: clock.now())
        reach(.recoveryRead)
        for effect in left { perform(effect) }
        reach(.recoverySent)
        let sweeping = attachments.map { desk in Task { await desk.sweepForEver() } }
        let leaving = retention.map { desk in Task { await desk.sweepForEver() } }
        let expiring = Task { await expireForEver() }
        let refusing = Task { await recordRefusalsForEver() }
        defer {
            sweeping?.cancel()
            leaving?.cancel()
            expiring.cancel()
            refusing.cancel()
        }
        mailbox.signal()
        var pace = Pace()
        while let news = await mailbox.next() {
            for item in news { try take(item, &machine, &pace) }
            try step(&machine, &pace)
            keepUsual(&pace)
        }
        // Beside all that was promised: it may be lost.
        if let value = usual.takeChanges() { try? store.set(UsualTimes.setting, to: value) }
    }

    private static let keeping = Duration.seconds(60)

    /// What is usual changes all the time and is kept now and then.
    private func keepUsual(_ pace: inout Pace) {
        guard pace.keepUsualAt <= .now else { return }
        pace.keepUsualAt = .now + Self.keeping
        guard let value = usual.takeChanges() else { return }
        writer.keep(UsualTimes.setting, value)
    }

    private func close() {
        alarm.cancel()
        mailbox.close(
            Problem(.unavailable, "the server is stopping", fix: "try again in a moment"))
    }

    /// When the writer may have the next batch.
    private struct Pace {
        var isWriting = false
        /// After a failure: not before.
        var restUntil: ContinuousClock.Instant?
        /// Since the last write that succeeded.
        var failures = 0
        var keepUsualAt = ContinuousClock.now + Engine.keeping
    }

    private static let rest = Duration.milliseconds(250)

    private func take(
        _ news: News, _ machine: inout EngineMachine, _ pace: inout Pace
    ) throws(StoreError) {
        switch news {
        case .request(let id, let request, let trace, let source):
            reach(.requestTaken, "\(request)")
            if let refusal = machine.submit(
                id, request, trace: trace, source: source)
            {
                perform(refusal)
            }
        case .answer(let id, let outcome):
            reach(.answerTaken)
            machine.answer(id, outcome)
        case .written(let number, nil):
            pace.isWriting = false
            noteSuccess(&pace)
            let effects = machine.flushed(number)
            // First of all the writer gets what is decided already: it is not kept waiting for anything else.
            if let batch = next(&machine, &pace) { writer.write(batch) }
            release(effects)
        case .written(let number, .some(let error)):
            pace.isWriting = false
            if isMutant(.failedFlushTakenAsWritten) { return release(machine.flushed(number)) }
            for effect in try afterFailure(error, &machine, &pace) { perform(effect) }
        }
    }

    private func noteSuccess(_ pace: inout Pace) {
        guard pace.failures > 0 else { return }
        logger.error("the store takes writes again", metadata: ["failures": "\(pace.failures)"])
        pace.failures = 0
    }

    private func afterFailure(
        _ error: StoreError, _ machine: inout EngineMachine, _ pace: inout Pace
    ) throws(StoreError) -> [EngineEffect] {
        switch error {
        case .conflict(let message):
            metrics.noteConflict()
            logger.warning("decided again", metadata: ["conflict": "\(message)"])
            return machine.conflicted(message)
        case .unavailable(let message):
            // Once, not at each try: they come four times a second.
            if pace.failures == 0 {
                logger.error("the store takes no writes", metadata: ["reason": "\(message)"])
            }
            metrics.noteStoreFailure()
            pace.failures += 1
            pace.restUntil = .now + Self.rest
            return machine.failed(
                refusing: Problem(
                    .unavailable, "the store takes no writes: \(message)",
                    fix: "free space or unlock the database; it goes on by itself"))
        case .outcomeUnknown, .corrupt, .unknownSchema, .keyMissing:
            throw error
        }
    }

    /// Work that is decided before the writer is looked at again: an idle writer is not kept waiting until all that
    /// has come is decided, so that deciding and writing go on side by side under any load.
    private static let share = 4

    private func step(_ machine: inout EngineMachine, _ pace: inout Pace) throws(StoreError) {
        if let until = pace.restUntil, until > .now { return wake(after: until - .now) }
        pace.restUntil = nil
        do throws(StoreError) {
            try machine.advance(now: clock.now(), share: Self.share)
        } catch .unavailable(let message) {
            logger.error("the store cannot be read", metadata: ["reason": "\(message)"])
            pace.restUntil = .now + Self.rest
            return wake(after: Self.rest)
        }
        if let batch = next(&machine, &pace) { try write(batch, &machine, &pace) }
        if machine.canAdvance { mailbox.signal() }
        if let next = machine.nextTimer { wake(after: clock.delay(until: next)) }
    }

    /// The batch that the writer may have now.
    private func next(_ machine: inout EngineMachine, _ pace: inout Pace) -> Batch? {
        guard !pace.isWriting, let batch = machine.seal() else { return nil }
        pace.isWriting = true
        vitals.noteWork(waiting: machine.queueLength, late: batch.lateness(at: clock.now()))
        reach(.batchSealed, "\(batch.effects)")
        if isMutant(.acknowledgedBeforeFlush) { release(batch.effects) }
        return batch
    }

    /// Batches of up to so many commits are flushed by the task itself, where nothing is left to decide.
    private static let alone = 2

    private func write(
        _ batch: Batch, _ machine: inout EngineMachine, _ pace: inout Pace
    ) throws(StoreError) {
        guard batch.commits.count <= Self.alone, !machine.hasWork else {
            return writer.write(batch)
        }
        try take(.written(batch.number, writer.writeNow(batch)), &machine, &pace)
    }

    private func wake(after delay: Duration) {
        alarm.set(after: delay) { [mailbox] in mailbox.signal() }
    }

    /// What waited for a flush leaves.
    private func release(_ effects: [EngineEffect]) {
        reach(.batchFlushed, "\(effects)")
        for effect in effects { perform(effect) }
        reach(.batchReleased, "\(effects)")
    }

    private func perform(_ effect: EngineEffect) {
        switch effect {
        case .reply(let id, let reply):
            reach(.replyReleased, "\(reply)")
            mailbox.answer(id, reply)
        case .call(let row):
            reach(.callReleased, row.key)
            submit(row)
        case .withdraw(let id, let recall):
            callsBox.withLock { $0 }?.withdraw(id, recall: recall)
        case .setPaused(let isPaused, let adapter):
            callsBox.withLock { $0 }?.setPaused(isPaused, adapter: adapter)
            // Once the port knows: whoever looks then sees it.
            breakerTurned()
        case .setHolds(let holds):
            callsBox.withLock { $0 }?.setHolds(holds)
            breakerTurned()
        case .left(let states): usual.note(states)
        case .told(let happenings):
            metrics.note(happenings)
            teller.tell(happenings)
        case .alarm(let message):
            logger.error("\(message)")
        case .changed(let change):
            reach(.changeReleased, change.name.description)
            mailbox.announce(change)
        case .touched(let thing): mailbox.announce(thing)
        case .unreferenced(let hashes, let moment):
            guard let desk = attachments else { return }
            Task { await desk.forget(hashes, putBefore: moment) }
        }
    }

    private func submit(_ row: CallRow) { callsBox.withLock { $0 }?.submit(row) }
}

extension Batch {
    /// How late the timers in it are, at most.
    fileprivate func lateness(at now: Timestamp) -> Duration {
        var late = Duration.zero
        for case .timer(let row) in work { late = max(late, now - row.due) }
        return late
    }
}
