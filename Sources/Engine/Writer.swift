import Dispatch
import Execution

/// The one writer: a thread of its own, because a flush blocks.
final class Writer: Sendable {
    private let store: any Store
    private let queue = DispatchQueue(label: "pawl.writer", qos: .userInitiated)
    private let done: @Sendable (UInt64, StoreError?) -> Void

    init(store: any Store, done: @escaping @Sendable (UInt64, StoreError?) -> Void) {
        self.store = store
        self.done = done
    }

    func write(_ batch: Batch) {
        queue.async { [self] in
            do throws(StoreError) {
                if !batch.commits.isEmpty { try store.commit(batch.commits) }
                done(batch.number, nil)
            } catch {
                done(batch.number, error)
            }
        }
    }
}
