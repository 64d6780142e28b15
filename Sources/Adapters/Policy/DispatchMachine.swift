import Definition
import Execution
import Sabotage
import Values

/// All adapters' policies behind one set of inputs: which calls leave now and which wait. Synchronous and deterministic; `AdapterDispatcher` and the simulator run it.
package struct DispatchMachine: Sendable {
    package enum Effect: Sendable, Hashable {
        case start(CallRow)
        /// The engine may take the outcome.
        case report(CallID, CallOutcome)
        /// A `tick` is wanted then; replaces an earlier wish.
        case wakeAt(MonotonicTime)
    }

    /// In order of name, so that ticks have an order.
    private var policies: [AdapterPolicy] = []
    private var indices: [ExactText: Int] = [:]
    /// Where each call is that was submitted and has not ended.
    private var homes: [CallID: Int] = [:]
    private let manifests: [ExactText: AdapterManifest]
    /// Money that people hold.
    private var holds = MoneyHolds()
    private var hasTurned = false
    private var turns: [AdapterTurn] = []

    package init(_ manifests: [AdapterManifest]) {
        self.manifests = Dictionary(
            manifests.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for manifest in manifests.sorted(by: { $0.name < $1.name })
        where manifest.transport != .local && indices[manifest.name] == nil {
            indices[manifest.name] = policies.count
            policies.append(
                AdapterPolicy(
                    adapter: manifest.name, limits: manifest.limits, breaker: manifest.breaker))
        }
    }

    package mutating func submit(_ row: CallRow, now: MonotonicTime) -> [Effect] {
        guard let index = indices[row.adapter] else {
            return [.report(row.id, .refused(row.purpose, .noAdapter(row.adapter)))]
        }
        if homes[row.id] == nil, Self.isHeld(row, holds, manifests) {
            return [.report(row.id, .held(mayHaveLeft: false))]
        }
        homes[row.id] = index
        return handle(.submit(row), at: index, now)
    }

    /// A call that was started has ended.
    package mutating func finished(
        _ id: CallID, _ reading: AnswerReading, now: MonotonicTime
    ) -> [Effect] {
        guard let index = homes[id], policies[index].isRunning(id) else { return [] }
        homes[id] = nil
        let started = handle(.finished(id, reading.end), at: index, now)
        return [.report(id, reading.outcome)] + started
    }

    /// A call that was started cannot leave, and none of its adapter can before the operator has seen to it: it waits again
    /// in its place, and has cost no attempt.
    package mutating func unready(
        _ row: CallRow, _ reason: String, now: MonotonicTime
    ) -> [Effect] {
        guard let index = homes[row.id], policies[index].isRunning(row.id) else { return [] }
        return handle(.unready(row, reason: reason), at: index, now)
    }

    /// Takes a call back that waits for its turn, its rate or the breaker. One that is on its way ends as it does.
    /// So does one that is not known: it was taken back before it was submitted, or has had its answer.
    package mutating func withdraw(
        _ id: CallID, recall: Int64, now: MonotonicTime
    ) -> [Effect] {
        guard let index = homes[id] else { return [.report(id, .withdrawn(recall: recall))] }
        guard !policies[index].isRunning(id), !isMutant(.callNotWithdrawn) else { return [] }
        homes[id] = nil
        return [.report(id, .withdrawn(recall: recall))] + handle(.withdraw(id), at: index, now)
    }

    /// Nothing of the adapter leaves, or it does again. An adapter that is not known has nothing that could leave.
    package mutating func setPaused(
        _ isPaused: Bool, adapter: String, now: MonotonicTime
    ) -> [Effect] {
        guard let index = indices[adapter] else { return [] }
        return handle(.setPaused(isPaused), at: index, now)
    }

    /// No call that one of these covers leaves any more: those that wait for their turn, their rate or the breaker are given
    /// back. One that is on its way ends as it does, and an asking moves no money.
    package mutating func setHolds(_ holds: MoneyHolds, now: MonotonicTime) -> [Effect] {
        self.holds = holds
        guard !holds.isEmpty, !isMutant(.moneyHoldLetsQueuedGo) else { return [] }
        var effects: [Effect] = []
        let manifests = manifests
        for index in policies.indices {
            let taken = policies[index].takeBack { Self.isHeld($0, holds, manifests) }
            guard !taken.isEmpty else { continue }
            hasTurned = true
            for row in taken {
                homes[row.id] = nil
                effects.append(.report(row.id, .held(mayHaveLeft: false)))
            }
        }
        return effects
    }

    private static func isHeld(
        _ row: CallRow, _ holds: MoneyHolds, _ manifests: [ExactText: AdapterManifest]
    ) -> Bool {
        guard row.purpose == .perform, !holds.isEmpty else { return false }
        let operation = manifests[row.adapter]?.operation(named: row.operation)
        return holds.hold(of: row.adapter, operation, row.input) != nil
    }

    /// Does not wait for the pause of the adapter's breaker to end.
    package mutating func probe(adapter: String, now: MonotonicTime) -> [Effect] {
        guard let index = indices[adapter] else { return [] }
        return handle(.probe, at: index, now)
    }

    package mutating func tick(now: MonotonicTime) -> [Effect] {
        var effects: [Effect] = []
        for index in policies.indices {
            guard let wake = policies[index].nextWake, wake <= now else { continue }
            effects += outcome(of: .tick, at: index, now)
        }
        if let nextWake { effects.append(.wakeAt(nextWake)) }
        return effects
    }

    /// Whether since the last time what holds an adapter's calls up has become something else, or one of them left that
    /// had waited: who looks at it has to look again.
    package mutating func takeTurn() -> Bool {
        defer { hasTurned = false }
        return hasTurned
    }

    /// What people are told of since the last time.
    package mutating func takeTurns() -> [AdapterTurn] {
        defer { turns = [] }
        return turns
    }

    /// When the next `tick` is wanted.
    package var nextWake: MonotonicTime? { policies.compactMap(\.nextWake).min() }

    /// In order of name.
    package func statuses(now: MonotonicTime) -> [AdapterStatus] {
        policies.map { $0.status(now: now) }.sorted { $0.adapter < $1.adapter }
    }

    /// How many calls of its adapter are served before each of these that waits.
    package func positions(of ids: [CallID]) -> [CallID: Int] {
        [Int: [CallID]](grouping: ids.filter { homes[$0] != nil }) { homes[$0] ?? 0 }
            .reduce(into: [:]) { result, group in
                result.merge(policies[group.key].positions(of: group.value)) { first, _ in first }
            }
    }

    /// Those of these that are on their way.
    package func underWay(of ids: [CallID]) -> Set<CallID> {
        Set<CallID>(
            ids.filter { id in homes[id].map { policies[$0].isRunning(id) } ?? false })
    }

    private mutating func handle(
        _ input: AdapterPolicy.Input, at index: Int, _ now: MonotonicTime
    ) -> [Effect] {
        let before = nextWake
        var effects = outcome(of: input, at: index, now)
        if let nextWake, nextWake != before { effects.append(.wakeAt(nextWake)) }
        return effects
    }
}

extension DispatchMachine {
    private mutating func outcome(
        of input: AdapterPolicy.Input, at index: Int, _ now: MonotonicTime
    ) -> [Effect] {
        let before = policies[index].standing
        let effects = policies[index].handle(input, now: now).compactMap(Effect.init)
        let hasWaited = effects.contains { effect in
            guard case .start(let row) = effect else { return false }
            return input != .submit(row)
        }
        let standing = policies[index].standing
        if hasWaited || standing != before { hasTurned = true }
        let status = policies[index].status(now: now)
        if standing.breaker != before.breaker, let breaker = status.breaker {
            turns.append(AdapterTurn(adapter: status.adapter, change: .breaker(breaker)))
        }
        if standing.lack != before.lack {
            turns.append(AdapterTurn(adapter: status.adapter, change: .lack(standing.lack)))
        }
        return effects
    }
}

extension DispatchMachine.Effect {
    /// nil for a policy's own wish to be woken: the earliest of all is what counts.
    fileprivate init?(_ effect: AdapterPolicy.Effect) {
        switch effect {
        case .start(let row): self = .start(row)
        case .wakeAt: return nil
        }
    }
}
