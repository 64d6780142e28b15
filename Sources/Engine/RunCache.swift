import Execution
import Values

/// Runs as last decided. The engine is the only writer, so what is here is never older than the store; what
/// is not flushed yet is never dropped.
struct RunCache {
    private struct Entry {
        var run: Run
        /// Commits of the instance that are decided and not flushed.
        var unflushed: Int

        mutating func replace(_ run: Run, _ commits: Int) {
            self.run = run
            unflushed += commits
        }

        mutating func flushed() { unflushed = max(0, unflushed - 1) }
    }

    private var entries: [InstanceID: Entry] = [:]
    private var ids: [InstanceName: InstanceID] = [:]
    private let capacity: Int

    init(capacity: Int = 4_096) { self.capacity = capacity }

    subscript(id: InstanceID) -> Run? { entries[id]?.run }

    func run(named name: InstanceName) -> Run? { ids[name].flatMap { entries[$0]?.run } }

    /// A run read from the store.
    mutating func insert(_ run: Run) { put(run, unflushed: 0) }

    /// A run as a decision left it.
    mutating func decided(_ run: Run) { put(run, unflushed: 1) }

    private mutating func put(_ run: Run, unflushed: Int) {
        if entries[run.id]?.replace(run, unflushed) != nil { return }
        makeRoom()
        entries[run.id] = Entry(run: run, unflushed: unflushed)
        ids[run.name] = run.id
    }

    /// What has ended and awaits nothing is hardly ever asked for again.
    mutating func flushed(_ id: InstanceID) {
        entries[id]?.flushed()
        guard let entry = entries[id], entry.unflushed == 0, entry.run.status.isTerminal,
            entry.run.activations.isEmpty
        else { return }
        entries[id] = nil
        ids[entry.run.name] = nil
    }

    /// - Returns: false when something of it is not flushed yet.
    mutating func forget(_ id: InstanceID) -> Bool {
        guard let entry = entries[id] else { return true }
        guard entry.unflushed == 0 else { return false }
        entries[id] = nil
        ids[entry.run.name] = nil
        return true
    }

    /// Nothing of what was decided was written: the store is right again.
    mutating func forgetAll() {
        entries = [:]
        ids = [:]
    }

    /// Which flushed run goes makes no difference to any decision, only to what is read again.
    private mutating func makeRoom() {
        guard entries.count >= capacity else { return }
        for id in entries.keys.sorted() where entries[id]?.unflushed == 0 {
            if let entry = entries.removeValue(forKey: id) { ids[entry.run.name] = nil }
            if entries.count <= capacity / 2 { return }
        }
    }
}
