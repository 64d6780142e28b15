import Execution
import MemoryStore
import Synchronization

/// What can go wrong with one commit.
package enum StoreFault: String, Sendable, Hashable, CaseIterable {
    /// Refused before anything was written: a full disk.
    case unavailable
    /// Written, and the caller does not learn it: a crash or a lost answer behind the flush.
    case unknownWritten
    /// Not written, and the caller does not learn it either.
    case unknownLost
    /// Refused as if another writer had been there.
    case conflict
}

/// Which commits fail, and how. Plans are values: the same plan fails the same commits.
package struct FaultPlan: Sendable, Hashable {
    private var script: [StoreFault?]
    private var random: SplitMix64
    /// Of a thousand commits beyond the script.
    private let rates: [Rate]

    package struct Rate: Sendable, Hashable {
        package let fault: StoreFault
        /// 0…1000.
        package let perMille: Int

        package init(_ fault: StoreFault, perMille: Int) {
            self.fault = fault
            self.perMille = perMille
        }
    }

    package static let none = FaultPlan(script: [], seed: 0, rates: [])

    /// One entry a commit; after the last none fails.
    package static func script(_ faults: [StoreFault?]) -> FaultPlan {
        FaultPlan(script: faults, seed: 0, rates: [])
    }

    package static func seeded(_ seed: UInt64, _ rates: [Rate]) -> FaultPlan {
        FaultPlan(script: [], seed: seed, rates: rates)
    }

    private init(script: [StoreFault?], seed: UInt64, rates: [Rate]) {
        self.script = script.reversed()
        random = SplitMix64(state: seed)
        self.rates = rates
    }

    fileprivate mutating func next() -> StoreFault? {
        if let planned = script.popLast() { return planned }
        guard !rates.isEmpty else { return nil }
        var draw = Int(random.next() % 1000)
        for rate in rates {
            if draw < rate.perMille { return rate.fault }
            draw -= rate.perMille
        }
        return nil
    }
}

/// The generator of Steele, Lea and Flood (2014): one seed, one sequence, on every platform.
private struct SplitMix64: Sendable, Hashable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Any store, with commits that fail by plan. Reads, settings and definitions pass.
package final class FaultyStore: StoreDecorator {
    private struct State {
        var base: any Store
        var plan: FaultPlan
        var fired: [Int]
    }

    private let state: Mutex<State>

    package init(_ base: any Store = MemoryStore(), plan: FaultPlan) {
        state = Mutex(State(base: base, plan: plan, fired: StoreFault.allCases.map { _ in 0 }))
    }

    package var base: any Store { state.withLock { $0.base } }

    /// Goes on over another store; the plan goes on too.
    package func attach(_ base: any Store) {
        state.withLock { $0.base = base }
    }

    /// Lets go of the store.
    package func detach() { attach(MemoryStore()) }

    /// How often a fault took place.
    package func count(_ fault: StoreFault) -> Int {
        state.withLock { state in
            zip(StoreFault.allCases, state.fired).first { $0.0 == fault }?.1 ?? 0
        }
    }

    package func follow(_ plan: FaultPlan) {
        state.withLock { $0.plan = plan }
    }

    package func commit(_ commits: [Commit]) throws(StoreError) {
        let fault = state.withLock { $0.plan.next() }
        switch fault {
        case nil:
            return try base.commit(commits)
        case .unavailable:
            note(.unavailable)
            throw .unavailable("planned: the disk is full")
        case .conflict:
            note(.conflict)
            throw .conflict("planned: another writer was first")
        case .unknownLost:
            note(.unknownLost)
            throw .outcomeUnknown("planned: lost before the flush")
        case .unknownWritten:
            try base.commit(commits)
            note(.unknownWritten)
            throw .outcomeUnknown("planned: flushed, the answer was lost")
        }
    }

    private func note(_ fault: StoreFault) {
        guard let index = StoreFault.allCases.firstIndex(of: fault) else { return }
        state.withLock { $0.fired[index] += 1 }
    }
}
