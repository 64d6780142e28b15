import Dispatch
import Execution
import Values

/// The one writer. It has a thread of its own, so that the next batch is decided while one is being flushed.
final class Writer: Sendable {
    private let store: any Store
    private let queue = DispatchQueue(label: "pawl.writer", qos: .userInitiated)
    private let vitals: Vitals
    private let done: @Sendable (UInt64, StoreError?) -> Void

    init(store: any Store, vitals: Vitals, done: @escaping @Sendable (UInt64, StoreError?) -> Void)
    {
        self.store = store
        self.vitals = vitals
        self.done = done
    }

    func write(_ batch: Batch) {
        queue.async { [self] in done(batch.number, writeNow(batch)) }
    }

    /// A setting that may be lost, after what is under way.
    func keep(_ setting: String, _ value: Value) {
        queue.async { [store] in try? store.set(setting, to: value) }
    }

    /// On the caller's thread, while `write` has nothing under way.
    func writeNow(_ batch: Batch) -> StoreError? {
        guard !batch.commits.isEmpty else { return nil }
        do throws(StoreError) {
            let begun = ContinuousClock.now
            try store.commit(batch.commits)
            vitals.noteFlush(of: batch.commits.count, taking: .now - begun)
            return nil
        } catch {
            return error
        }
    }
}
