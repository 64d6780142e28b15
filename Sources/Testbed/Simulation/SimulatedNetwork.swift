import Definition
import Engine
import Execution
import Sandbox
import Values

/// Between the engine and the world outside: loses nothing by itself (the sandbox's faults do), but brings
/// answers late and twice.
struct SimulatedNetwork: VirtualWorld {
    private struct Delayed {
        let at: Timestamp
        let arrival: VirtualArrival
    }

    var world: InProcessWorld
    var random: SeededRandom
    var counts = FaultCounts()
    var isFaulty = true
    /// How often the sandbox's own faults fired.
    mutating func countRemoteFaults() {
        for fault in world.sandbox.faults.all {
            for _ in 0..<fault.fired { counts.note(fault.simulationFault) }
        }
    }

    /// Every call that was sent, for the checker.
    private(set) var calls: [(row: CallRow, at: Timestamp)] = []
    private var delayed: [Delayed] = []

    init(world: InProcessWorld, random: SeededRandom) {
        self.world = world
        self.random = random
    }

    mutating func submit(_ call: CallRow, now: Timestamp) {
        calls.append((call, now))
        world.latency = .milliseconds(1 + random.below(40))
        world.submit(call, now: now)
    }

    mutating func withdraw(_ call: CallID, recall: Int64, now: Timestamp) {
        world.withdraw(call, recall: recall, now: now)
    }

    mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp) {
        world.setPaused(isPaused, adapter: adapter, now: now)
    }

    mutating func setHolds(_ holds: MoneyHolds, now: Timestamp) {
        world.setHolds(holds, now: now)
    }

    var nextMoment: Timestamp? {
        [delayed.map(\.at).min(), world.nextMoment].compactMap(\.self).min()
    }

    mutating func arrivals(now: Timestamp) -> [VirtualArrival] {
        var result: [VirtualArrival] = []
        for arrival in world.arrivals(now: now) { pass(arrival, now, &result) }
        for entry in delayed where entry.at <= now { result.append(entry.arrival) }
        delayed.removeAll { $0.at <= now }
        return result
    }

    private mutating func pass(
        _ arrival: VirtualArrival, _ now: Timestamp, _ result: inout [VirtualArrival]
    ) {
        guard isFaulty, case .answer = arrival else { return result.append(arrival) }
        if random.chance(60) {
            counts.note(.replyDuplicated)
            delayed.append(
                Delayed(at: now + .milliseconds(1 + random.below(90_000)), arrival: arrival))
        }
        if random.chance(60) {
            counts.note(.replyLate)
            delayed.append(
                Delayed(at: now + .milliseconds(1 + random.below(7_200_000)), arrival: arrival))
        } else {
            result.append(arrival)
        }
    }

    mutating func takeDepartures() -> [CallRow] { world.takeDepartures() }

    mutating func replied(to request: Request, _ reply: Reply, now: Timestamp) {
        world.replied(to: request, reply, now: now)
    }

    mutating func changed(_ change: InstanceChange, now: Timestamp) {}

    /// The process dies: what it awaited is lost; late answers of the old process reach nobody.
    mutating func processDied(manifests: [AdapterManifest]) {
        world.forgetCalls(manifests: manifests)
        delayed = []
    }
}

extension Fault {
    fileprivate var simulationFault: SimulationFault {
        switch kind {
        case .latency: .remoteLatency
        case .status: adapter == "smtp" ? .mailRefused : .remoteStatus
        case .lostReply: .replyLost
        case .refusedRepeat: .repeatRefused
        case .hang: .remoteHang
        case .refuseKey, .undecided: .remoteUndecided
        case .decline: .declined
        case .down: .remoteDown
        }
    }
}
