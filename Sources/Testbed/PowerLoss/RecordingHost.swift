import Execution
import SQLiteStore

/// A machine whose disk keeps a record, and the witness of what left it at which point of that record.
///
/// Its process is killed every now and then, between two system calls, in the midst of a commit, of a
/// checkpoint and of the next start; what the page cache holds then is found by the next process.
final class RecordingHost: SimulatedHost {
    /// The world at a moment from which it can go on.
    struct Snapshot {
        let simulation: Simulation
        /// Operations on the disk that belong to it: a commit begins, and has returned.
        let first: Int
        var last: Int
    }

    /// What the database held once, whole.
    struct State {
        let position: Int
        let fingerprint: String
    }

    let disk: SimulatedDisk
    private let durability: Durability
    /// A deliberate bug: replies and calls do not wait for the flush.
    private let isHasty: Bool
    private var random: SeededRandom
    private var isCalm = false
    private var livesAtStart = 0
    private var starts = 0
    private var writingAt = 0
    private let shell: SQLiteShell

    private(set) var departures: [(position: Int, departure: Departure)] = []
    private(set) var states: [State] = []
    private(set) var snapshots: [Snapshot] = []
    private(set) var kills = 0

    init(seed: UInt64, durability: Durability, isHasty: Bool) throws(StoreError) {
        disk = SimulatedDisk(seed: seed)
        random = SeededRandom(seed: seed ^ 0x5EED)
        self.durability = durability
        self.isHasty = isHasty
        shell = try SQLiteShell()
    }

    func open() throws(StoreError) -> any Store {
        livesAtStart = disk.lives
        starts += 1
        if starts > 1, !isCalm {
            disk.kill(after: 1 + random.below(random.pick([20, 4_000]) ?? 20))
        }
        return try SQLiteStore.open(
            directory: PowerLoss.directory, mode: .readWrite, disk: disk, durability: durability)
    }

    var isDead: Bool { disk.lives != livesAtStart }

    func end() {
        if isDead { kills += 1 } else { commitReturned() }
        disk.killNoMore()
        // Else it is stopped in good order.
        if random.chance(700) { disk.kill() }
    }

    func calmDown() {
        isCalm = true
        disk.killNoMore()
    }

    func writing(_ simulation: Simulation) {
        noteState()
        writingAt = disk.position
        guard random.chance(150) else { return }
        snapshots.append(Snapshot(simulation: simulation, first: writingAt, last: writingAt))
    }

    func left(_ departure: Departure) {
        commitReturned()
        departures.append((isHasty ? writingAt : disk.position, departure))
    }

    private func commitReturned() {
        guard let last = snapshots.indices.last, snapshots[last].first == writingAt else { return }
        if snapshots[last].last == writingAt { snapshots[last].last = disk.position }
    }

    func noteState() {
        guard let fingerprint = try? shell.fingerprint(of: disk) else { return }
        states.append(State(position: disk.position, fingerprint: fingerprint))
    }
}

/// A machine into which a disk was put that has lost its power.
final class RestoredHost: SimulatedHost {
    private let disk: SimulatedDisk
    private let durability: Durability

    init(_ disk: SimulatedDisk, _ durability: Durability) {
        self.disk = disk
        self.durability = durability
    }

    func open() throws(StoreError) -> any Store {
        try SQLiteStore.open(
            directory: PowerLoss.directory, mode: .readWrite, disk: disk, durability: durability)
    }
}
