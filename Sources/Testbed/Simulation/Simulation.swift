import Definition
import Engine
import Execution
import Marketplace
import Sandbox
import Values

/// The whole system under one seed: the real `decide`, engine machine, adapter policies, manifests and
/// sandbox, in a plain loop over a simulated clock and store.
///
/// Phase one: requests come, faults fire at every boundary, the process dies and starts again. Phase two:
/// faults stop, an operator has incidents tried again, time goes on. Then nothing acknowledged may be lost,
/// money must agree, and everything must have ended or wait for a true reason.
package struct Simulation {
    package let seed: UInt64
    let catalog: Catalog
    let manifests: [AdapterManifest]
    private var host: any SimulatedHost
    var store: FaultyStore
    var random: SeededRandom
    var network: SimulatedNetwork
    private(set) var client: SimulatedClient
    private var machine: EngineMachine
    private(set) var now: Timestamp
    private var waiting: [RequestID: SimulatedClient.Plan] = [:]
    private var arrived: [RequestID: Request] = [:]
    private var lastRequest: UInt64 = 0
    var counts = FaultCounts()
    var isFaulty = true
    /// Calls that left although they had been taken back.
    var departedLate: [String] = []
    /// Adapters that people hold.
    var heldAdapters: Set<ExactText> = []
    /// Workflows that people hold, by what is written.
    var heldWorkflows: Set<ExactText> = []
    /// Money that people hold.
    var heldMoney = MoneyHolds()
    /// What moved although its workflow was held.
    var movedWhileHeld: [String] = []
    /// One line for each thing that happened; the same seed gives the same lines.
    package private(set) var trace: [String] = []

    package static let start = Timestamp(milliseconds: 1_767_600_000_000)

    /// - Parameters:
    ///   - scenario: what the clients do, from the seed.
    ///   - host: where the store lives.
    package init(
        seed: UInt64, catalog: Catalog, manifests: [AdapterManifest], records: [RecordWrite],
        host: any SimulatedHost = MemoryHost(),
        scenario: (inout SeededRandom) -> [(at: Timestamp, request: Request)]
    ) throws(StoreError) {
        self.seed = seed
        self.catalog = catalog
        self.manifests = manifests
        var random = SeededRandom(seed: seed)
        let base = try host.open()
        var commit = Commit()
        commit.records = records
        try base.commit([commit])
        self.host = host
        store = FaultyStore(base, plan: Self.plan(&random))
        var plans: [SimulatedClient.Plan] = []
        for entry in scenario(&random) {
            plans.append(
                SimulatedClient.Plan(
                    at: entry.at, request: entry.request, repeats: random.chance(100) ? 1 : 0))
        }
        client = SimulatedClient(plans: plans)
        network = SimulatedNetwork(
            world: InProcessWorld(
                sandbox: SandboxWorld(
                    remotes: Marketplace().remotes, manifests: manifests),
                manifests: manifests, start: Self.start),
            random: SeededRandom(seed: random.next()))
        machine = try EngineMachine(catalog: catalog, store: store)
        now = Self.start
        self.random = random
    }

    // MARK: Phases

    /// - Parameters:
    ///   - faults: how long faults fire.
    ///   - calm: how long the world goes on after them.
    package mutating func run(
        faults: Duration = .seconds(3 * 86_400), calm: Duration = .seconds(60 * 86_400)
    ) throws(StoreError) -> SimulationReport {
        try pass(until: Self.start + faults)
        calmDown()
        for day in 1...12 {
            try pass(until: Self.start + faults + calm * day / 12)
            mendAll()
        }
        try pass(until: now + Self.quiet)
        note(.commitRefused, store.count(.unavailable))
        note(.commitConflict, store.count(.conflict))
        note(.commitUnknownWritten, store.count(.unknownWritten))
        note(.commitUnknownLost, store.count(.unknownLost))
        counts.add(network.counts)
        let checker = Checker(simulation: self, store: store)
        note(.expressionFailed, try checker.count(of: "expression.error"))
        note(.terminated, try checker.count(of: "terminated"))
        note(.migrated, try checker.count(of: "migrated"))
        note(.taskConflict, checker.taskConflicts)
        let hirings = try checker.hirings()
        note(.hired, hirings.whole)
        note(.hiringUndone, hirings.undone)
        return SimulationReport(
            seed: seed, counts: counts, violations: try checker.violations(), trace: trace)
    }

    /// The rest of the world's life after the server's machine has failed and another disk was put into it; faults
    /// have stopped.
    package mutating func goOn(on host: any SimulatedHost) throws(StoreError) -> [String] {
        self.host = host
        store = FaultyStore(plan: .none)
        calmDown()
        try restart()
        for _ in 1...12 {
            try pass(until: now + .seconds(5 * 86_400))
            mendAll()
        }
        try pass(until: now + Self.quiet)
        return try Checker(simulation: self, store: store).violations()
    }

    /// At the end nothing has just begun: what people declare is due at midnights and whole days after, and a power cut
    /// may be at one. So it ends a while behind a whole day.
    private static let quiet = Duration.seconds(20 * 86_400 + 4_321)

    private mutating func note(_ fault: SimulationFault, _ times: Int) {
        for _ in 0..<times { counts.note(fault) }
    }

    private mutating func calmDown() {
        isFaulty = false
        network.isFaulty = false
        network.countRemoteFaults()
        network.world.sandbox.faults.clear()
        store.follow(.none)
        host.calmDown()
        trace.append("\(now.rfc3339) faults stop")
    }

    private mutating func pass(until end: Timestamp) throws(StoreError) {
        for _ in 0..<200_000 {
            try settle()
            guard let moment = nextMoment, moment <= end else { break }
            now = max(now, moment)
            breakSomething()
            for plan in client.take(now: now) { enqueue(plan) }
        }
        now = max(now, end)
    }

    private var nextMoment: Timestamp? {
        [client.nextMoment, machine.nextTimer, network.nextMoment].compactMap(\.self).min()
    }

    // MARK: The server's loop

    private mutating func settle() throws(StoreError) {
        for _ in 0..<100_000 {
            let hadArrivals = takeArrivals()
            do throws(StoreError) {
                try machine.advance(now: now)
            } catch {
                guard host.isDead else { throw error }
                try restart()
                continue
            }
            guard let batch = machine.seal() else {
                if hadArrivals || machine.hasWork { continue }
                if let due = machine.nextTimer, due <= now { continue }
                return
            }
            try flush(batch)
        }
    }

    private mutating func flush(_ batch: Batch) throws(StoreError) {
        if crashes(.crashBeforeCommit) { return try restart() }
        host.writing(self)
        do throws(StoreError) {
            if !batch.commits.isEmpty { try store.commit(batch.commits) }
        } catch {
            return try recover(from: error)
        }
        trace.append("\(now.rfc3339) flush \(batch.commits.count)")
        for commit in batch.commits { watch(commit) }
        if crashes(.crashAfterCommit) { return try restart() }
        let effects = machine.flushed(batch.number)
        for (index, effect) in effects.enumerated() {
            if index > 0, crashes(.crashAmongEffects) { return try restart() }
            perform(effect)
        }
    }

    private mutating func recover(from error: StoreError) throws(StoreError) {
        if host.isDead { return try restart() }
        var refusal: Problem?
        switch error {
        case .conflict(let reason):
            for effect in machine.conflicted(reason) { perform(effect) }
            return
        case .unavailable: refusal = Problem(.unavailable, "planned")
        case .outcomeUnknown: return try restart()
        case .corrupt, .unknownSchema, .keyMissing: throw error
        }
        for effect in machine.failed(refusing: refusal) { perform(effect) }
    }

    /// kill -9, and a new process on the same store.
    private mutating func restart() throws(StoreError) {
        trace.append("\(now.rfc3339) restart")
        network.processDied(manifests: manifests)
        for id in waiting.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let plan = waiting[id] { client.unanswered(plan, now: now) }
        }
        for id in arrived.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let request = arrived[id] {
                network.replied(
                    to: request, .refused(Problem(.unavailable, "no answer")), now: now)
            }
        }
        waiting = [:]
        arrived = [:]
        try start()
    }

    /// A new process, which may be killed before it has begun.
    private mutating func start() throws(StoreError) {
        for _ in 0..<100 {
            host.end()
            store.detach()
            do throws(StoreError) {
                store.attach(try host.open())
                machine = try EngineMachine(catalog: catalog, store: store)
                heldAdapters = try Self.held(PauseRecord.ofAdapters, in: store)
                heldMoney = try MoneyHolds(store)
                heldWorkflows = try Self.held(PauseRecord.ofWorkflows, in: store)
                let effects = try machine.recover(now: now)
                for case .call(let row) in effects { try watchRecovered(row) }
                for effect in effects { perform(effect) }
                return
            } catch {
                guard host.isDead else { throw error }
            }
        }
    }

    private mutating func send(_ call: CallRow) {
        host.left(.call(call))
        network.submit(call, now: now)
        watchDepartures()
    }

    private mutating func takeArrivals() -> Bool {
        let arrivals = network.arrivals(now: now)
        watchDepartures()
        for arrival in arrivals {
            switch arrival {
            case .answer(let id, let outcome):
                trace.append("\(now.rfc3339) answer \(id) \(outcome)")
                machine.answer(id, outcome)
            case .request(let request):
                lastRequest += 1
                let id = RequestID(lastRequest)
                arrived[id] = request
                if let refusal = machine.submit(id, request) { perform(refusal) }
            }
        }
        return !arrivals.isEmpty
    }

    mutating func enqueue(_ plan: SimulatedClient.Plan) {
        lastRequest += 1
        let id = RequestID(lastRequest)
        waiting[id] = plan
        if let refusal = machine.submit(id, plan.request) { perform(refusal) }
    }

    private mutating func perform(_ effect: EngineEffect) {
        switch effect {
        case .reply(let id, let reply):
            trace.append("\(now.rfc3339) reply \(reply)")
            if let request = waiting[id]?.request ?? arrived[id] {
                host.left(.reply(request, reply))
            }
            if let plan = waiting.removeValue(forKey: id) {
                if plan.repeats > 0 { counts.note(.requestRepeated) }
                if plan.request.meansOneOfTwins { counts.note(.lookAlike) }
                client.acknowledged(plan, reply, now: now)
            } else if let request = arrived.removeValue(forKey: id) {
                network.replied(to: request, reply, now: now)
            }
        case .call(let row):
            trace.append("\(now.rfc3339) call \(row.adapter).\(row.operation) \(row.key)")
            send(row)
        case .withdraw(let id, let recall):
            trace.append("\(now.rfc3339) withdraw \(id)")
            counts.note(.callWithdrawn)
            network.withdraw(id, recall: recall, now: now)
            watchDepartures()
        case .setPaused(let isPaused, let adapter):
            trace.append("\(now.rfc3339) \(adapter) \(isPaused ? "paused" : "resumed")")
            if isPaused {
                counts.note(.adapterPaused)
                heldAdapters.insert(ExactText(adapter))
            } else {
                heldAdapters.remove(ExactText(adapter))
            }
            network.setPaused(isPaused, adapter: adapter, now: now)
            watchDepartures()
        case .setHolds(let holds):
            trace.append("\(now.rfc3339) holds \(holds.list.map(\.scope.text))")
            if !holds.isEmpty { counts.note(.moneyHeld) }
            heldMoney = holds
            network.setHolds(holds, now: now)
            watchDepartures()
        case .changed, .touched, .left, .told, .alarm, .unreferenced: break
        }
    }
}

package struct SimulationReport: Sendable {
    package let seed: UInt64
    package let counts: FaultCounts
    /// What must never be; empty when all invariants hold.
    package let violations: [String]
    package let trace: [String]
}

extension Request {
    /// Its key is beyond ASCII, as only those are that look like others.
    fileprivate var meansOneOfTwins: Bool {
        let key: String? =
            switch self {
            case .start(let command): command.name.key
            case .operate(let name, _, _, _): name.key
            case .schedule, .update, .attachment, .adapter, .workflow, .money, .remove, .restore,
                .record:
                nil
            case .event(let command):
                switch command.address {
                case .instance(let name): name.key
                case .correlate(let key, _): key ?? command.event.data["orderId"]?.stringValue
                }
            }
        return key?.utf8.contains { $0 >= 0x80 } ?? false
    }
}
