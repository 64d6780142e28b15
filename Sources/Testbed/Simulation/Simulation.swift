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
    private var store: FaultyStore
    private var random: SeededRandom
    private(set) var network: SimulatedNetwork
    private(set) var client: SimulatedClient
    private var machine: EngineMachine
    private(set) var now: Timestamp
    private var waiting: [RequestID: SimulatedClient.Plan] = [:]
    private var arrived: [RequestID: Request] = [:]
    private var lastRequest: UInt64 = 0
    private var counts = FaultCounts()
    private var isFaulty = true
    /// Calls that left although they had been taken back.
    private(set) var departedLate: [String] = []
    /// Adapters that people hold.
    private var heldAdapters: Set<ExactText> = []
    /// Workflows that people hold, by what is written.
    private var heldWorkflows: Set<ExactText> = []
    /// What moved although its workflow was held.
    private(set) var movedWhileHeld: [String] = []
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

    private static func plan(_ random: inout SeededRandom) -> FaultPlan {
        .seeded(
            random.next(),
            [
                .init(.unavailable, perMille: 15), .init(.unknownWritten, perMille: 12),
                .init(.unknownLost, perMille: 8), .init(.conflict, perMille: 10),
            ])
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
        try pass(until: now + .seconds(20 * 86_400))
        note(.commitRefused, store.count(.unavailable))
        note(.commitConflict, store.count(.conflict))
        note(.commitUnknownWritten, store.count(.unknownWritten))
        note(.commitUnknownLost, store.count(.unknownLost))
        counts.add(network.counts)
        let checker = Checker(simulation: self, store: store)
        note(.expressionFailed, try checker.count(of: "expression.error"))
        note(.terminated, try checker.count(of: "terminated"))
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
        try pass(until: now + .seconds(20 * 86_400))
        return try Checker(simulation: self, store: store).violations()
    }

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

    /// An operator goes through all that waits for a person.
    private mutating func mendAll() {
        retryIncidents()
        decideTasks()
        let running = InstanceQuery(
            terms: [.status(.running)], now: now, before: nil, count: 1_000)
        for adapter in heldAdapters.sorted() {
            let resume = PauseAction.resume(reason: "forgotten")
            let request = Request.adapter(adapter.text, resume, actor: .system)
            enqueue(SimulatedClient.Plan(at: now, request: request, repeats: 0))
        }
        for workflow in heldWorkflows.sorted() {
            let resume = PauseAction.resume(reason: "forgotten")
            let request = Request.workflow(workflow.text, resume, actor: .system)
            enqueue(SimulatedClient.Plan(at: now, request: request, repeats: 0))
        }
        for row in (try? store.list(running))?.instances ?? [] {
            let resume = Input.operate(.resume, reason: "forgotten", actor: .system)
            enqueue(
                SimulatedClient.Plan(
                    at: now, request: .operate(row.name, resume, isDry: false), repeats: 0))
        }
    }

    /// People do all that is in their lists, one way or the other.
    private mutating func decideTasks() {
        for row in (try? store.tasks(TaskQuery(count: 1_000))) ?? [] {
            guard let stored = try? store.instance(row.instance),
                let definition = catalog.definition(stored.name.workflow, version: stored.version),
                let run = try? Run(decoding: stored, definition: definition),
                let activation = run.activations.first(where: { $0.number == row.activation }),
                let outcome = random.pick(definition.userTask(of: activation)?.outcomes ?? [])
            else { continue }
            let subject = [row.claimedBy, row.assignee].first { !$0.isEmpty } ?? "p-1"
            let decision = TaskDecision(
                outcome.name, form: outcome.form.example.mapValue.map(Value.map) ?? [:],
                comment: outcome.comment == .none ? "" : "so")
            let input = Input.task(
                row.activation, .decide(decision),
                actor: Actor(role: row.role.isEmpty ? "client" : row.role, subject: subject))
            enqueue(
                SimulatedClient.Plan(
                    at: now, request: .operate(row.name, input, isDry: false), repeats: 0))
        }
    }

    private mutating func retryIncidents() {
        guard let rows = try? store.incidents(cause: nil, after: 0, count: 1_000) else { return }
        for id in Set<InstanceID>(rows.map(\.instance)).sorted() {
            guard let row = try? store.instance(id) else { continue }
            enqueue(
                SimulatedClient.Plan(
                    at: now, request: .operate(row.name, .retry, isDry: false), repeats: 0))
        }
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
        case .corrupt, .unknownSchema: throw error
        }
        for effect in machine.failed(refusing: refusal) { perform(effect) }
    }

    private mutating func crashes(_ fault: SimulationFault) -> Bool {
        guard isFaulty, random.chance(12) else { return false }
        counts.note(fault)
        return true
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

    /// As the records say, whatever the engine makes of them.
    private static func held(
        _ collection: String, in store: any Store
    ) throws(StoreError) -> Set<ExactText> {
        let query = RecordQuery(collection: collection, selection: .all)
        let held = try store.records(query).records.filter {
            (try? PauseRecord(decoding: $0.body))?.pause != nil
        }
        return Set<ExactText>(held.map { ExactText($0.id) })
    }

    /// 22: of a workflow that a person holds no instance moves, from the commit on that says so.
    private mutating func watch(_ commit: Commit) {
        for write in commit.records where sameUTF8(write.collection, PauseRecord.ofWorkflows) {
            let pause = write.body.flatMap { try? PauseRecord(decoding: $0) }?.pause
            if pause == nil {
                heldWorkflows.remove(ExactText(write.id))
            } else {
                counts.note(.workflowPaused)
                heldWorkflows.insert(ExactText(write.id))
            }
        }
        guard let instance = commit.instance,
            heldWorkflows.contains(ExactText(instance.name.workflow))
        else { return }
        // Mails and undoing that one leaves behind that has ended hold nothing up, and are held by nothing.
        let name = instance.name
        let wasRunning =
            !instance.status.isTerminal || commit.history.contains { $0.kind == "ended" }
        guard wasRunning else { return }
        movedWhileHeld += commit.history.filter {
            guard let kind = HistoryKind(rawValue: $0.kind), Self.movements.contains(kind) else {
                return false
            }
            return !isAnswer($0, kind, toMail: catalog.notifier)
        }.map {
            "22: \(name) did \($0.kind) at \(now.rfc3339) although its workflow was paused"
        }
    }

    /// What came back of a mail that had left before: it is noted, and moves nothing.
    private func isAnswer(
        _ entry: HistoryEntry, _ kind: HistoryKind, toMail notifier: Notifier
    ) -> Bool {
        let mail = "\(notifier.adapter).\(notifier.operation)"
        return [.callCompleted, .callFailed].contains(kind) && entry.data["task"] == .string(mail)
    }

    private static let movements: Set<HistoryKind> = [
        .transition, .callStarted, .callCompleted, .callFailed, .childStarted, .childEnded,
        .timerFired, .eventApplied, .taskOpened, .taskDecided, .membersStarted,
        .compensationStarted,
        .cancelRequested,
    ]

    private mutating func watchRecovered(_ call: CallRow) throws(StoreError) {
        guard let name = try store.instance(call.id.instance)?.name,
            heldWorkflows.contains(ExactText(name.workflow))
        else { return }
        movedWhileHeld.append(
            "22: \(call.adapter).\(call.operation) of \(name) left at \(now.rfc3339) after a restart "
                + "although its workflow was paused")
    }

    private mutating func send(_ call: CallRow) {
        host.left(.call(call))
        network.submit(call, now: now)
        watchDepartures()
    }

    /// 17: no call leaves after its instance was paused, stopped or ended, or left the state that calls.
    /// 21: nor does any of an adapter that a person holds, whatever it is for.
    private mutating func watchDepartures() {
        for row in network.takeDepartures() {
            if heldAdapters.contains(ExactText(row.adapter)) {
                departedLate.append(
                    "21: \(row.adapter).\(row.operation) left at \(now.rfc3339) although "
                        + "the adapter was paused")
            }
            guard row.purpose == .perform else { continue }
            guard let stored = try? store.instance(row.id.instance),
                let definition = catalog.definition(stored.name.workflow, version: stored.version),
                let run = try? Run(decoding: stored, definition: definition)
            else { continue }
            let call = run.activations.first { $0.number == row.id.activation }?.call
            guard call.map({ run.recall(of: $0) != nil }) ?? true else { continue }
            departedLate.append(
                "17: \(row.adapter).\(row.operation) of \(run.name) left at \(now.rfc3339) "
                    + "although it had been taken back")
        }
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

    private mutating func enqueue(_ plan: SimulatedClient.Plan) {
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
        case .changed, .touched, .left, .told, .alarm, .unreferenced: break
        }
    }

    // MARK: Faults of the world outside

    private mutating func breakSomething() {
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
            case .schedule, .update, .attachment, .adapter, .workflow: nil
            case .event(let command):
                switch command.address {
                case .instance(let name): name.key
                case .correlate(let key, _): key ?? command.event.data["orderId"]?.stringValue
                }
            }
        return key?.utf8.contains { $0 >= 0x80 } ?? false
    }
}
