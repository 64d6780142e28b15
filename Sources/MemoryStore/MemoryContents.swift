import Execution
import Synchronization
import Values

/// Content that ends with the process.
package final class MemoryContents: ContentStore {
    private let contents = Mutex<[ContentHash: [UInt8]]>([:])

    package init() {}

    package func begin(size: Int64) throws(StoreError) -> any IncomingContent {
        Incoming { hash, bytes in self.contents.withLock { $0[hash] = bytes } }
    }

    package func size(of hash: ContentHash) throws(StoreError) -> Int64? {
        contents.withLock { $0[hash].map { Int64($0.count) } }
    }

    package func read(
        _ hash: ContentHash, from offset: Int64, count: Int
    ) throws(StoreError) -> [UInt8] {
        guard let bytes = contents.withLock({ $0[hash] }) else {
            throw .unavailable("\(hash) is not there")
        }
        return Array(bytes.dropFirst(Int(clamping: offset)).prefix(max(count, 0)))
    }

    package func remove(_ hash: ContentHash) throws(StoreError) {
        contents.withLock { $0[hash] = nil }
    }

    package func list(
        after hash: ContentHash?, count: Int
    ) throws(StoreError) -> [ContentHash] {
        let all = contents.withLock { $0.keys.sorted() }
        let behind = all.filter { found in hash.map { $0 < found } ?? true }
        return Array(behind.prefix(max(count, 0)))
    }

    /// It ends with the process, so that none is old.
    package func age(of hash: ContentHash) throws(StoreError) -> Duration? {
        try size(of: hash) == nil ? nil : .zero
    }

    package func removeIncoming(olderThan age: Duration) throws(StoreError) -> Int { 0 }

    package func claimRemoval() throws(StoreError) -> (any AnyObject & Sendable)? { self }

    private final class Incoming: IncomingContent, Sendable {
        private let bytes = Mutex<[UInt8]>([])
        private let store: @Sendable (ContentHash, [UInt8]) -> Void

        init(_ store: @escaping @Sendable (ContentHash, [UInt8]) -> Void) { self.store = store }

        func append(_ bytes: [UInt8]) throws(StoreError) { self.bytes.withLock { $0 += bytes } }

        func keep(as hash: ContentHash) throws(StoreError) { store(hash, bytes.withLock { $0 }) }
    }
}
