import Engine
import Execution
import Sandbox
import Values

/// The world of a replay: the sandbox in process, and the people of the actors script.
package struct ReplayWorld: VirtualWorld {
    package var outside: InProcessWorld
    private var actors: ScriptedActors

    package init(outside: InProcessWorld, script: ActorsScript) {
        self.outside = outside
        actors = ScriptedActors(script: script)
    }

    package mutating func submit(_ call: CallRow, now: Timestamp) { outside.submit(call, now: now) }

    package mutating func withdraw(_ call: CallID, recall: Int64, now: Timestamp) {
        outside.withdraw(call, recall: recall, now: now)
    }

    package mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp) {
        outside.setPaused(isPaused, adapter: adapter, now: now)
    }

    package mutating func setHolds(_ holds: MoneyHolds, now: Timestamp) {
        outside.setHolds(holds, now: now)
    }

    package var nextMoment: Timestamp? {
        [outside.nextMoment, actors.nextMoment].compactMap(\.self).min()
    }

    package mutating func arrivals(now: Timestamp) -> [VirtualArrival] {
        outside.arrivals(now: now) + actors.take(now: now).map(VirtualArrival.request)
    }

    package mutating func replied(to request: Request, _ reply: Reply, now: Timestamp) {
        outside.replied(to: request, reply, now: now)
    }

    package mutating func changed(_ change: InstanceChange, now: Timestamp) {
        actors.changed(change, now: now)
    }
}
