import Definition
import Execution
import Synchronization

/// Passes everything on, and remembers the batches that were written.
final class RecordingStore: StoreDecorator {
    let base: any Store
    private let recorded = Mutex<[[Commit]]>([])

    init(_ base: any Store) { self.base = base }

    var batches: [[Commit]] { recorded.withLock { $0 } }

    func commit(_ commits: [Commit]) throws(StoreError) {
        try base.commit(commits)
        recorded.withLock { $0.append(commits) }
    }
}
