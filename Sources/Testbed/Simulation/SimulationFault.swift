/// What the simulator does to the system. Every one of them must fire in a run of many seeds.
package enum SimulationFault: String, Sendable, Hashable, CaseIterable {
    case crashBeforeCommit
    case crashAfterCommit
    /// Some of what the flush released has left, the rest has not.
    case crashAmongEffects
    case commitRefused
    case commitConflict
    /// Written, but the caller got a timeout: the process stops and starts again.
    case commitUnknownWritten
    case commitUnknownLost
    case replyLost
    /// The effect is done, the reply is lost, and the next request is refused by what stands before the remote.
    case repeatRefused
    case replyLate
    case replyDuplicated
    case remoteDown
    case remoteStatus
    case remoteHang
    case remoteLatency
    case remoteUndecided
    case declined
    case mailRefused
    case requestRepeated
    /// Of two that look alike, é as one scalar and as e with an accent, one is meant.
    case lookAlike
    /// An expression of a workflow failed.
    case expressionFailed
    /// An operator ended an order under way.
    case terminated
    /// Another version took over an instance under way.
    case migrated
    /// A pause, a leaving or an end took a call back.
    case callWithdrawn
    /// A person held an adapter.
    case adapterPaused
    /// A person held a workflow.
    case workflowPaused
    /// A person held money.
    case moneyHeld
    /// Of two who acted on a task the second was told what the first had done.
    case taskConflict
    /// Somebody was taken on, whole.
    case hired
    /// What had been done for somebody was undone.
    case hiringUndone
}

/// How often each fault fired.
package struct FaultCounts: Sendable, Hashable {
    private var counts: [SimulationFault: Int] = [:]

    package init() {}

    package mutating func note(_ fault: SimulationFault) { counts[fault, default: 0] += 1 }

    package mutating func add(_ other: FaultCounts) {
        for fault in SimulationFault.allCases { counts[fault, default: 0] += other[fault] }
    }

    package subscript(fault: SimulationFault) -> Int { counts[fault] ?? 0 }

    /// Those that never fired.
    package var missing: [SimulationFault] {
        SimulationFault.allCases.filter { self[$0] == 0 }
    }

    package var summary: String {
        SimulationFault.allCases.map { "\($0.rawValue) \(self[$0])" }.joined(separator: ", ")
    }
}
