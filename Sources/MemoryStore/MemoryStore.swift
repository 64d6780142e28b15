// MemoryStore: the store of scenarios, tests and simulations.
//
// Theory of operation. It keeps the contract of `Store` on plain tables in order of their keys. What a
// real store writes as JSON is JSON here too, so that a type that does not come back as it was shows in
// the simulator. All that it holds is one value: a snapshot is a copy, and a simulated crash puts an
// older copy back.

import Execution
import Synchronization
import Values

package final class MemoryStore: Store {
    private let state: Mutex<MemoryState>

    package init() {
        state = Mutex(MemoryState())
    }

    /// All rows, as a value.
    package struct Snapshot: Sendable {
        fileprivate let state: MemoryState
    }

    package var snapshot: Snapshot { state.withLock { Snapshot(state: $0) } }

    /// Puts back what a snapshot held: whatever was committed since is lost.
    package func restore(_ snapshot: Snapshot) {
        state.withLock { $0 = snapshot.state }
    }

    package func commit(_ commits: [Commit]) throws(StoreError) {
        try state.withLock { (state) throws(StoreError) in
            do throws(StoreError) {
                for commit in commits { try state.write(commit) }
            } catch {
                state.takeBack()
                throw error
            }
            state.keep()
        }
    }

    /// What nothing of can fail.
    func write(_ change: (inout MemoryState) -> Void) {
        state.withLock {
            change(&$0)
            $0.keep()
        }
    }

    package func set(_ name: String, to value: Value) throws(StoreError) {
        state.withLock {
            $0.settings[RowKey(.text(name))] = JSON.encode(value)
            $0.keep()
        }
    }

    package func expireKept(by moment: Timestamp, limit: Int) throws(StoreError) -> Int {
        state.withLock { state in
            defer { state.keep() }
            return state.expireKept(by: moment.milliseconds, limit: limit)
        }
    }

    package func publish(_ definitions: [StoredDefinition]) throws(StoreError) {
        try state.withLock { (state) throws(StoreError) in
            var known = state.definitions
            for definition in definitions {
                let key = RowKey(
                    .text(definition.kind.rawValue), .text(definition.name),
                    .number(Int64(definition.version)))
                let isReplaced = definition.kind != .workflow && definition.version == 0
                if !isReplaced, let old = known[key] {
                    guard old.hash == definition.hash else {
                        let label = "\(definition.name) version \(definition.version)"
                        throw .conflict("\(label) exists with another source")
                    }
                    continue
                }
                known[key] = definition
            }
            state.definitions = known
            state.keep()
        }
    }

    func read<T: Sendable>(
        _ body: (borrowing MemoryState) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        try state.withLock { (state) throws(StoreError) in try body(state) }
    }
}
