import Assembly
import Execution
import Guest
import MemoryStore
import Pawl
import Synchronization
import Values

/// A disk that loses its word once somebody says so: nobody knows whether the commit is on it.
final class BrokenStore: StoreDecorator {
    let base: any Execution.Store = MemoryStore()
    private let isBroken = Mutex(false)

    func breakDown() { isBroken.withLock { $0 = true } }

    func commit(_ commits: [Commit]) throws(StoreError) {
        if isBroken.withLock({ $0 }) { throw .outcomeUnknown("fsync failed") }
        try base.commit(commits)
    }
}

func lamps(over store: BrokenStore) throws -> Pawl {
    let texts = Dictionary(
        lampFiles.map { (ExactText($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    let composition = try Composition(
        Project(files: texts), at: .memory, configuration: PawlConfiguration(),
        operations: OperationTable(Lamps().operations), logger: quiet, over: store)
    return try Pawl(composition, place: "lamps")
}
