import Engine
import Execution
import MemoryStore

/// The machine that the simulated server runs on: what stays when its process dies.
package protocol SimulatedHost: AnyObject {
    /// A process starts.
    func open() throws(StoreError) -> any Store
    /// The process ends; its store is let go of next.
    func end()
    /// The process was killed while the store was at work.
    var isDead: Bool { get }
    /// A batch is about to be written.
    func writing(_ simulation: Simulation)
    /// Something has left the process and can never be taken back.
    func left(_ departure: Departure)
    /// Faults stop.
    func calmDown()
}

extension SimulatedHost {
    package var isDead: Bool { false }
    package func end() {}
    package func writing(_ simulation: Simulation) {}
    package func left(_ departure: Departure) {}
    package func calmDown() {}
}

/// What the world outside has seen of the server.
package enum Departure: Sendable {
    case reply(Request, Reply)
    case call(CallRow)
}

/// Memory that outlives the process.
package final class MemoryHost: SimulatedHost {
    private let store = MemoryStore()

    package init() {}

    package func open() throws(StoreError) -> any Store { store }
}
