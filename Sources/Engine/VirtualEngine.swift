import Definition
import Execution
import Values

/// The world outside, for an engine on virtual time.
package protocol VirtualWorld {
    /// Takes a call that the engine made.
    mutating func submit(_ call: CallRow, now: Timestamp)
    /// The call must not leave any more; if it has not left it is answered as withdrawn.
    mutating func withdraw(_ call: CallID, recall: Int64, now: Timestamp)
    /// No call of the adapter leaves any more, or they do again.
    mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp)
    /// No call that one of these covers leaves any more; what waits or comes later is answered as held.
    mutating func setHolds(_ holds: MoneyHolds, now: Timestamp)
    /// When something next comes from the outside by itself (an answer, an event); nil: never.
    var nextMoment: Timestamp? { get }
    /// What has come by now, in order. Called until it returns nothing.
    mutating func arrivals(now: Timestamp) -> [VirtualArrival]
    /// What became of a request that arrived.
    mutating func replied(to request: Request, _ reply: Reply, now: Timestamp)
    /// An instance has changed, durably.
    mutating func changed(_ change: InstanceChange, now: Timestamp)
}

package enum VirtualArrival: Sendable {
    case answer(CallID, CallOutcome)
    case request(Request)
}

/// The real engine machine in a plain loop over virtual time: the clock jumps to the next timer, answer or
/// event. Used by `pawl replay`, `pawl test` and the simulator.
package struct VirtualEngine<World: VirtualWorld> {
    package private(set) var now: Timestamp
    package var world: World
    package let store: any Store
    package private(set) var machine: EngineMachine
    package private(set) var flushes = 0
    package let usual = UsualTimes()
    private var lastRequest: UInt64 = 0
    private var replies: [RequestID: Reply] = [:]
    private var arrived: [RequestID: Request] = [:]

    /// Moments in one `run` at most: a chart that polls for ever would never let time pass.
    private static var maximumMoments: Int { 10_000_000 }

    package init(
        catalog: Catalog, store: any Store, world: World, now: Timestamp
    ) throws(StoreError) {
        self.now = now
        self.world = world
        self.store = store
        machine = try EngineMachine(catalog: catalog, store: store, isAudited: false)
        for effect in try machine.recover(now: now) { perform(effect) }
        try settle()
    }

    /// Decides the request at the present moment, with all that follows from it at once.
    package mutating func ask(_ request: Request) throws(StoreError) -> Reply {
        let id = enqueue(request)
        try settle()
        return replies.removeValue(forKey: id)
            ?? .refused(Problem(.internalError, "the request was not answered"))
    }

    private mutating func enqueue(_ request: Request) -> RequestID {
        lastRequest += 1
        let id = RequestID(lastRequest)
        if let refusal = machine.submit(id, request) { perform(refusal) }
        return id
    }

    /// Lets time pass, stopping at every moment at which something is due.
    package mutating func run(until end: Timestamp) throws(StoreError) {
        for _ in 0..<Self.maximumMoments {
            guard let moment = nextMoment, moment <= end else { break }
            now = max(now, moment)
            try settle()
        }
        now = max(now, end)
    }

    /// When something next happens by itself.
    package var nextMoment: Timestamp? {
        switch (machine.nextTimer, world.nextMoment) {
        case (let timer?, let arrival?): min(timer, arrival)
        case (let timer, let arrival): timer ?? arrival
        }
    }

    /// Flushes and takes arrivals until nothing more happens at this moment.
    package mutating func settle() throws(StoreError) {
        for _ in 0..<Self.maximumMoments {
            let hadArrivals = takeArrivals()
            try machine.advance(now: now)
            guard let batch = machine.seal() else {
                if hadArrivals || machine.hasWork { continue }
                if let due = machine.nextTimer, due <= now { continue }
                return
            }
            for effect in try flush(batch) { perform(effect) }
        }
    }

    private mutating func flush(_ batch: Batch) throws(StoreError) -> [EngineEffect] {
        guard !batch.commits.isEmpty else { return machine.flushed(batch.number) }
        do throws(StoreError) {
            try store.commit(batch.commits)
        } catch .conflict(let reason) {
            return machine.conflicted(reason)
        }
        flushes += 1
        return machine.flushed(batch.number)
    }

    private mutating func takeArrivals() -> Bool {
        let arrivals = world.arrivals(now: now)
        for arrival in arrivals {
            switch arrival {
            case .answer(let id, let outcome): machine.answer(id, outcome)
            case .request(let request): enqueueArrived(request)
            }
        }
        return !arrivals.isEmpty
    }

    private mutating func enqueueArrived(_ request: Request) {
        // Known before it is queued: a full queue refuses at once.
        arrived[RequestID(lastRequest + 1)] = request
        _ = enqueue(request)
    }

    private mutating func perform(_ effect: EngineEffect) {
        switch effect {
        case .reply(let id, let reply):
            if let request = arrived.removeValue(forKey: id) {
                world.replied(to: request, reply, now: now)
            } else {
                replies[id] = reply
            }
        case .call(let row): world.submit(row, now: now)
        case .withdraw(let id, let recall): world.withdraw(id, recall: recall, now: now)
        case .setPaused(let isPaused, let adapter):
            world.setPaused(isPaused, adapter: adapter, now: now)
        case .setHolds(let holds): world.setHolds(holds, now: now)
        case .alarm, .touched, .told, .unreferenced: break
        case .left(let states): usual.note(states)
        case .changed(let change): world.changed(change, now: now)
        }
    }
}
