import CEL
import Execution

/// Runs as last decided. The engine is the only writer, so what is here is never older than the store; what
/// is not flushed yet is never dropped.
struct RunCache {
    private var runs: [InstanceID: Run] = [:]
    private var ids: [InstanceName: InstanceID] = [:]
    /// Commits of the instance that are decided and not flushed.
    private var unflushed: [InstanceID: Int] = [:]
    private let capacity: Int

    init(capacity: Int = 4_096) { self.capacity = capacity }

    subscript(id: InstanceID) -> Run? { runs[id] }

    func run(named name: InstanceName) -> Run? { ids[name].flatMap { runs[$0] } }

    /// A run read from the store.
    mutating func insert(_ run: Run) {
        makeRoom()
        runs[run.id] = run
        ids[run.name] = run.id
    }

    /// A run as a decision left it.
    mutating func decided(_ run: Run) {
        insert(run)
        unflushed[run.id, default: 0] += 1
    }

    mutating func flushed(_ id: InstanceID) {
        guard let count = unflushed[id] else { return }
        unflushed[id] = count > 1 ? count - 1 : nil
    }

    /// Nothing of what was decided was written: the store is right again.
    mutating func forgetAll() {
        runs = [:]
        ids = [:]
        unflushed = [:]
    }

    /// Which flushed run goes makes no difference to any decision, only to what is read again.
    private mutating func makeRoom() {
        guard runs.count >= capacity else { return }
        for id in runs.keys.sorted() where unflushed[id] == nil {
            if let run = runs.removeValue(forKey: id) { ids[run.name] = nil }
            if runs.count <= capacity / 2 { return }
        }
    }
}
