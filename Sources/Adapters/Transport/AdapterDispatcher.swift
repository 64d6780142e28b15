import Definition
import Execution
import Foundation
import Sabotage
import Synchronization
import Traces
import Values

/// The engine's way out: the shell around `DispatchMachine` and `Exchange`. It takes rows of the outbox, sends them when
/// the machine says so, and reports outcomes. It is safe to use from any thread and starts none of its own.
///
/// The machine changes under the lock and its effects are carried out after it, in their order, by whichever
/// thread found nobody else at it.
package final class AdapterDispatcher: CallPort {
    private struct State {
        var machine: DispatchMachine
        var manifests: [ExactText: AdapterManifest]
        var effects: [DispatchMachine.Effect] = []
        var isActing = false
    }

    private let state: Mutex<State>
    private let transport: any Transport
    private let settings: SettingResolver
    private let rules: AddressRules
    private let storeTime: @Sendable (_ fromNow: Duration) -> Timestamp
    private let onOutcome: @Sendable (CallID, CallOutcome) -> Void
    private let onTurn: @Sendable () -> Void
    private let onChange: @Sendable (AdapterTurn) -> Void
    private let onEnd: @Sendable (CallRow, CallEnd, Duration) -> Void
    private let tracer: Tracer

    /// - Parameters:
    ///   - manifests: local operations among them are not for this port.
    ///   - storeTime: the store's time of a moment that lies so far from now by the transport's clock; breakers run by
    ///     the latter, and people read the former.
    ///   - onOutcome: called once for each submitted call, on any thread, without a lock held; it should hand the
    ///     outcome over and return.
    ///   - onTurn: called after what holds an adapter's calls up has changed, for those who look at it; as the other.
    ///   - onEnd: called for each call that left, when it ends, with how long it took; as the others.
    ///   - onChange: called for each turn of a breaker, and when an adapter lacks something or has it, in their order for one
    ///     adapter; as the others.
    package init(
        manifests: [AdapterManifest], rules: AddressRules, settings: SettingResolver,
        transport: any Transport, storeTime: @escaping @Sendable (_ fromNow: Duration) -> Timestamp,
        onOutcome: @escaping @Sendable (CallID, CallOutcome) -> Void,
        onTurn: @escaping @Sendable () -> Void = {},
        onChange: @escaping @Sendable (AdapterTurn) -> Void = { _ in },
        onEnd: @escaping @Sendable (CallRow, CallEnd, Duration) -> Void = { _, _, _ in },
        tracer: Tracer = .none
    ) {
        let remote = manifests.filter { $0.transport != .local }
        state = Mutex(State(machine: DispatchMachine(remote), manifests: Self.byName(remote)))
        self.transport = transport
        self.settings = settings
        self.rules = rules
        self.storeTime = storeTime
        self.onOutcome = onOutcome
        self.onTurn = onTurn
        self.onChange = onChange
        self.onEnd = onEnd
        self.tracer = tracer
    }

    /// A row whose commit is flushed. A repeat of a call that waits or runs changes nothing.
    package func submit(_ row: CallRow) {
        apply { machine, now in machine.submit(row, now: now) }
    }

    /// A call that has not left does not leave any more; its outcome is `withdrawn`.
    package func withdraw(_ id: CallID, recall: Int64) {
        apply { machine, now in machine.withdraw(id, recall: recall, now: now) }
    }

    package func setPaused(_ isPaused: Bool, adapter: String) {
        apply { machine, now in machine.setPaused(isPaused, adapter: adapter, now: now) }
    }

    package func setHolds(_ holds: MoneyHolds) {
        apply { machine, now in machine.setHolds(holds, now: now) }
    }

    package func probe(adapter: String) {
        apply { machine, now in machine.probe(adapter: adapter, now: now) }
    }

    /// In order of name.
    package func statuses() -> [AdapterStatus] {
        let now = transport.now
        return state.withLock { $0.machine.statuses(now: now) }
    }

    /// Of every adapter, at the store's time.
    package func conditions(of calls: [CallID]) -> [AdapterCondition] {
        let now = transport.now
        let (statuses, ahead, underWay) = state.withLock {
            (
                $0.machine.statuses(now: now), $0.machine.positions(of: calls),
                $0.machine.underWay(of: calls)
            )
        }
        return statuses.map { status in
            var condition = AdapterCondition(status, ahead: ahead) { self.storeTime($0 - now) }
            condition.underWay = underWay
            condition.lack = status.lack.map {
                AdapterCondition.Lack(reason: $0.reason, since: self.storeTime($0.since - now))
            }
            return condition
        }
    }

    private func tick() {
        apply { machine, now in machine.tick(now: now) }
    }

    private func finish(_ id: CallID, _ reading: AnswerReading) {
        apply { machine, now in machine.finished(id, reading, now: now) }
    }

    private func apply(
        _ change: (inout DispatchMachine, MonotonicTime) -> [DispatchMachine.Effect]
    ) {
        let (mustAct, hasTurned, turns) = state.withLock { state in
            // Read under the lock: the machine's times never go back.
            let now = transport.now
            state.effects += change(&state.machine, now)
            let hasTurned = state.machine.takeTurn()
            let turns = hasTurned ? state.machine.takeTurns() : []
            let mustAct = !state.isActing && !state.effects.isEmpty
            if mustAct { state.isActing = true }
            return (mustAct, hasTurned, turns)
        }
        for turn in turns { onChange(turn) }
        if mustAct { act() }
        if hasTurned { onTurn() }
    }

    /// Until there is nothing to do; what effects cause in turn is added to the same list.
    private func act() {
        while true {
            let effects = state.withLock { state in
                let effects = state.effects
                state.effects = []
                if effects.isEmpty { state.isActing = false }
                return effects
            }
            guard !effects.isEmpty else { return }
            for effect in effects { carryOut(effect) }
        }
    }

    private func carryOut(_ effect: DispatchMachine.Effect) {
        switch effect {
        case .start(let row): startWhereItMayWait(row)
        case .report(let id, let outcome): onOutcome(id, outcome)
        case .wakeAt(let time): transport.wake(at: time) { [weak self] in self?.tick() }
        }
    }

    /// A command for a secret takes as long as it takes: nobody who hands a call over waits for it.
    private func startWhereItMayWait(_ row: CallRow) {
        let secrets = state.withLock { $0.manifests[row.adapter]?.authentication.settings } ?? []
        guard !settings.isKnown(secrets) else { return start(row) }
        Thread.detachNewThread { self.start(row) }
    }

    private func start(_ row: CallRow) {
        let manifest = state.withLock { $0.manifests[row.adapter] }
        guard let manifest, let exchange = Exchange(row, manifest: manifest) else {
            let error = CallError.configuration(
                "the adapter '\(row.adapter)' has no operation '\(row.operation)'")
            return finish(row.id, .notSent(row.purpose, error))
        }
        if outlivesKey(row, exchange.operation, manifest) {
            return finish(row.id, .sentTooLongAgo)
        }
        do throws(UnsentCall) {
            let request = try exchange.request(settings: settings, rules: rules)
            reach(.callStarted, row.key)
            let begun = transport.now
            let span = tracer.begin(
                "\(row.adapter).\(row.operation)", .client, in: row.trace.value)
            let traced = request.within(span?.context ?? row.trace.value)
            let secrets = EchoedSecrets(of: request)
            transport.send(traced, for: row.id) { [weak self] answer in
                reach(.callAnswered, row.key)
                guard let self else { return }
                let result =
                    isMutant(.echoedSecretKept) ? answer : secrets.removed(from: answer)
                if case .success(.http(let response)) = result, response.status == 401 {
                    settings.refused(manifest.authentication.settings)
                }
                let reading = exchange.read(result)
                span?.end(of: row, result, reading.end)
                onEnd(row, reading.end, transport.now - begun)
                finish(row.id, reading)
            }
        } catch {
            guard error.isUnready, !isMutant(.missingSettingSpendsAttempts) else {
                return finish(row.id, error.reading)
            }
            apply { machine, now in machine.unready(row, error.error.message, now: now) }
        }
    }

    /// It may have waited for days, behind a breaker, a person or a missing setting: what an earlier attempt may have done is
    /// never repeated once the remote may have forgotten its key (G4).
    private func outlivesKey(
        _ row: CallRow, _ operation: OperationManifest, _ manifest: AdapterManifest
    ) -> Bool {
        guard row.purpose == .perform, row.mayHaveLeft.value == true,
            !operation.isRepeatableForEver, !isMutant(.keyOutlivedInQueue),
            let retention = manifest.idempotency?.keyRetention,
            let end = row.firstSentAt.adding(retention * 9 / 10)
        else { return false }
        return storeTime(.zero) > end
    }

    private static func byName(_ manifests: [AdapterManifest]) -> [ExactText: AdapterManifest] {
        Dictionary(manifests.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    }
}

extension AdapterCondition {
    fileprivate init(
        _ status: AdapterStatus, ahead: [CallID: Int], time: (MonotonicTime) -> Timestamp
    ) {
        var breaker = (since: Timestamp?.none, probe: Timestamp?.none, failures: 0, calls: 0)
        switch status.breaker {
        case .open(let since, let probe, let failures, let calls):
            breaker = (time(since), time(probe), failures, calls)
        case .closed(let failures, let calls): breaker = (nil, nil, failures, calls)
        case .halfOpen, nil: break
        }
        self.init(
            adapter: status.adapter, openSince: breaker.since, nextProbe: breaker.probe,
            failures: breaker.failures, calls: breaker.calls, running: status.running,
            concurrency: status.concurrency, queued: status.queued, ahead: ahead,
            isPaused: status.isPaused, isHalfOpen: status.breaker == .halfOpen)
    }
}
