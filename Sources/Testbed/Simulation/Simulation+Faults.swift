import Execution
import Sandbox
import Values

/// What goes wrong, by the seed: the store, the process, the world outside.
extension Simulation {
    static func plan(_ random: inout SeededRandom) -> FaultPlan {
        .seeded(
            random.next(),
            [
                .init(.unavailable, perMille: 15), .init(.unknownWritten, perMille: 12),
                .init(.unknownLost, perMille: 8), .init(.conflict, perMille: 10),
            ])
    }

    mutating func crashes(_ fault: SimulationFault) -> Bool {
        guard isFaulty, random.chance(12) else { return false }
        counts.note(fault)
        return true
    }

    mutating func breakSomething() {
        guard isFaulty, random.chance(250) else { return }
        guard let choice = random.pick(Self.remoteFaults) else { return }
        network.world.sandbox.faults.add(
            Fault(
                adapter: choice.adapter, operation: choice.operation, kind: choice.kind,
                count: Int64(1 + random.below(3)), status: choice.status,
                latencyMs: choice.kind == .latency ? Int64(random.below(40_000)) : nil))
    }

    private struct RemoteFault {
        let adapter: String
        let operation: String
        let kind: Fault.Kind
        var status: Int?
    }

    private static let remoteFaults: [RemoteFault] = [
        RemoteFault(adapter: "bank", operation: "charge", kind: .lostReply),
        RemoteFault(adapter: "cookies", operation: "order", kind: .lostReply),
        RemoteFault(adapter: "smtp", operation: "send", kind: .lostReply),
        RemoteFault(adapter: "bank", operation: "charge", kind: .refusedRepeat, status: 400),
        RemoteFault(adapter: "cookies", operation: "order", kind: .refusedRepeat, status: 302),
        RemoteFault(adapter: "cookies", operation: "cancel", kind: .refusedRepeat, status: 400),
        RemoteFault(adapter: "smtp", operation: "send", kind: .refusedRepeat, status: 554),
        RemoteFault(adapter: "bank", operation: "*", kind: .down),
        RemoteFault(adapter: "cookies", operation: "*", kind: .down),
        RemoteFault(adapter: "bank", operation: "charge", kind: .status, status: 503),
        RemoteFault(adapter: "cookies", operation: "order", kind: .status, status: 500),
        RemoteFault(adapter: "bank", operation: "charge", kind: .hang),
        RemoteFault(adapter: "cookies", operation: "cancel", kind: .hang),
        RemoteFault(adapter: "bank", operation: "charge", kind: .latency),
        RemoteFault(adapter: "bank", operation: "ask", kind: .undecided),
        RemoteFault(adapter: "bank", operation: "charge", kind: .decline),
        RemoteFault(adapter: "smtp", operation: "send", kind: .status, status: 451),
        RemoteFault(adapter: "iam", operation: "create", kind: .lostReply),
        RemoteFault(adapter: "iam", operation: "create", kind: .hang),
        RemoteFault(adapter: "iam", operation: "create", kind: .status, status: 400),
        RemoteFault(adapter: "iam", operation: "change", kind: .lostReply),
        RemoteFault(adapter: "iam", operation: "change", kind: .status, status: 400),
        RemoteFault(adapter: "iam", operation: "remove", kind: .lostReply),
        RemoteFault(adapter: "iam", operation: "*", kind: .down),
    ]
}
