import Definition
import Execution
import Sabotage

/// Decides when the calls of one adapter leave: a queue, so many at once (bulkhead), so many a second, and a
/// circuit breaker. A synchronous machine: the same inputs at the same times give the same effects, so the
/// simulator runs this very code.
///
/// A call is in one of two places: in `queue` or in `running`. Every input is followed by one attempt to
/// start what may start; what stops it (no slot, no token, breaker) says when to try again.
package struct AdapterPolicy: Sendable {
    package enum Input: Sendable, Hashable {
        case submit(CallRow)
        case finished(CallID, CallEnd)
        /// A call that was started could not leave, as none of this adapter could.
        case unready(CallRow, reason: String)
        /// Time has passed.
        case tick
        /// It shall not leave any more. One that is on its way is not touched.
        case withdraw(CallID)
        /// A person wants that nothing leaves, or that it does again.
        case setPaused(Bool)
        /// A person does not wait for the breaker's pause to end, nor for the next look at a missing setting: the next call
        /// is the probe.
        case probe
    }

    package enum Effect: Sendable, Hashable {
        case start(CallRow)
        /// A `tick` is wanted then; replaces an earlier wish.
        case wakeAt(MonotonicTime)
    }

    package let adapter: String
    private var concurrency: Int
    private var rate: RateLimit?
    private var breaker: CircuitBreaker?
    private var queue = CallQueue()
    /// With the tickets under which they had waited.
    private var running: [CallID: Int64] = [:]
    private var isPaused = false
    private var readiness = Readiness()
    /// When a `tick` is wanted; nil: never, some other input comes first.
    package private(set) var nextWake: MonotonicTime?

    package init(adapter: String, limits: AdapterLimits, breaker: BreakerPolicy?) {
        self.adapter = adapter
        concurrency = max(1, limits.concurrency)
        rate = RateLimit(perSecond: limits.ratePerSecond)
        self.breaker = breaker.map(CircuitBreaker.init)
    }

    /// - Parameter now: never before that of an earlier input.
    package mutating func handle(_ input: Input, now: MonotonicTime) -> [Effect] {
        var effects: [Effect] = []
        switch input {
        case .submit(let row):
            submit(row)
        case .finished(let id, let end):
            finished(id, end, now)
        case .unready(let row, let reason):
            unready(row, reason, now)
        case .tick:
            break
        case .withdraw(let id):
            queue.remove(id)
        case .setPaused(let isPaused):
            self.isPaused = isPaused
        case .probe:
            breaker?.endPause()
            readiness.tryNow()
        }
        // A tick used up the wish that led to it; it may have come early.
        if input == .tick { nextWake = nil }
        startWhatMayStart(now, &effects)
        return effects
    }

    /// What waits and must not leave any more.
    package mutating func takeBack(where isMeant: (CallRow) -> Bool) -> [CallRow] {
        queue.removeAll(where: isMeant)
    }

    package func status(now: MonotonicTime) -> AdapterStatus {
        AdapterStatus(
            adapter: adapter, breaker: breaker?.status(now: now), running: running.count,
            concurrency: concurrency, queued: queue.count,
            rateLimitedUntil: queue.isEmpty ? nil : rate?.nextToken(now: now), isPaused: isPaused,
            lack: readiness.lack)
    }

    /// What holds its calls up besides their number.
    package struct Standing: Sendable, Hashable {
        let isPaused: Bool
        /// 0: the breaker is closed, 1: half open, 2: open.
        let breaker: Int
        let lack: Lack?
    }

    package var standing: Standing {
        Standing(isPaused: isPaused, breaker: breaker?.level ?? 0, lack: readiness.lack)
    }

    /// How many calls are served before each of these that waits.
    package func positions(of ids: [CallID]) -> [CallID: Int] { queue.positions(of: ids) }

    package func isRunning(_ id: CallID) -> Bool { running[id] != nil }

    /// A repeat (the engine reads its outbox again after a restart) changes nothing.
    private mutating func submit(_ row: CallRow) {
        guard !isRunning(row.id) else { return }
        queue.append(row)
    }

    private mutating func finished(_ id: CallID, _ end: CallEnd, _ now: MonotonicTime) {
        guard running.removeValue(forKey: id) != nil else { return }
        readiness.finished(id)
        breaker?.finished(id, end, now: now)
    }

    private mutating func unready(_ row: CallRow, _ reason: String, _ now: MonotonicTime) {
        guard let ticket = running.removeValue(forKey: row.id) else { return }
        breaker?.finished(row.id, .cancelled, now: now)
        readiness.lacks(reason, now: now)
        queue.putBack(row, ticket: ticket)
    }

    private mutating func startWhatMayStart(_ now: MonotonicTime, _ effects: inout [Effect]) {
        breaker?.advance(to: now)
        var wake: MonotonicTime?
        loop: while !queue.isEmpty {
            switch hindrance(now) {
            case .nothing:
                guard let (row, ticket) = queue.popFirst() else { break loop }
                start(row, ticket, now, &effects)
            case .untilSomethingElse:
                break loop
            case .until(let time):
                wake = time
                break loop
            }
        }
        if let wake, wake != nextWake { effects.append(.wakeAt(wake)) }
        nextWake = wake
    }

    private mutating func start(
        _ row: CallRow, _ ticket: Int64, _ now: MonotonicTime, _ effects: inout [Effect]
    ) {
        rate?.take(now: now)
        breaker?.started(row.id)
        readiness.started(row.id)
        running[row.id] = ticket
        effects.append(.start(row))
    }

    private enum Hindrance {
        case nothing
        /// Another input comes first: a call ends, a person lets it go on.
        case untilSomethingElse
        case until(MonotonicTime)
    }

    private func hindrance(_ now: MonotonicTime) -> Hindrance {
        if isPaused, !isMutant(.pausedAdapterCalls) { return .untilSomethingElse }
        for permission in [readiness.permission(now: now), breaker?.permission ?? .allowed] {
            switch permission {
            case .allowed: continue
            case .refused(until: nil): return .untilSomethingElse
            case .refused(until: let time?): return .until(time)
            }
        }
        guard running.count < concurrency else { return .untilSomethingElse }
        return rate?.nextToken(now: now).map(Hindrance.until) ?? .nothing
    }
}
