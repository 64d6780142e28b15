import Execution
import Values

/// Which operations on many instances are to be looked at, and when: what their records say, in memory.
struct OperationClock {
    private struct Item: Hashable {
        let operation: Int64
        let index: Int
    }

    /// When the next item is due; absent: not before something happens.
    private var wakes: [Int64: Timestamp] = [:]
    private var queued: Set<Int64> = []
    /// Items that were accepted, by the instances that tell what became of them.
    private var watched: [InstanceID: Set<Item>] = [:]
    /// Those to judge, by operation.
    private var changed: [Int64: Set<Int>] = [:]
    /// Nothing was read yet.
    private var isFresh = true

    /// The first moment at which some operation is to be looked at, once they were read.
    var next: Timestamp? {
        guard !wakes.isEmpty else { return nil }
        return wakes.lazy.filter { !queued.contains($0.key) }.map(\.value).min()
    }

    /// Those to look at now, in order; each once until it was looked at.
    mutating func due(now: Timestamp, store: any Store) throws(StoreError) -> [Int64] {
        if isFresh { try load(store) }
        guard let next, next <= now else { return [] }
        let due = wakes.filter { $0.value <= now && !queued.contains($0.key) }.keys.sorted()
        queued.formUnion(due)
        return due
    }

    /// Everything that is open is looked at, and what became of its items meanwhile is found.
    private mutating func load(_ store: any Store) throws(StoreError) {
        let open = RecordQuery(
            collection: BulkOperation.collection, selection: .group(BulkOperation.openGroup))
        var found = OperationClock()
        for record in try store.records(open).records {
            // One that is damaged is looked at, and said so.
            guard let number = BulkOperation.number(ofRecord: record.id) else { continue }
            found.wakes[number] = .distantPast
            let items = RecordQuery(
                collection: BulkItem.collection, selection: .group(BulkItem.group(number)))
            for row in try store.records(items).records {
                guard let item = try? BulkItem(decoding: row.body) else { continue }
                if item.state == .accepted || item.state == .effective { found.watch(item) }
            }
        }
        found.isFresh = false
        self = found
    }

    /// An item was accepted: what becomes of it is judged now, and whenever its instance changes.
    mutating func watch(_ item: BulkItem) {
        watched[item.instance, default: []].insert(
            Item(operation: item.operation, index: item.index))
        changed[item.operation, default: []].insert(item.index)
    }

    mutating func forget(_ item: BulkItem) {
        let key = Item(operation: item.operation, index: item.index)
        watched[item.instance]?.remove(key)
        if watched[item.instance]?.isEmpty == true { watched[item.instance] = nil }
    }

    /// Something was decided that some operation may have to look at.
    mutating func note(_ commit: Commit) {
        for write in commit.records where sameUTF8(write.collection, BulkOperation.collection) {
            if let number = BulkOperation.number(ofRecord: write.id) {
                wakes[number] = .distantPast
            }
        }
        guard !watched.isEmpty, let id = commit.instance?.id, let items = watched[id] else {
            return
        }
        for item in items {
            changed[item.operation, default: []].insert(item.index)
            wakes[item.operation] = .distantPast
        }
    }

    /// Items to judge in one look, in order.
    mutating func takeChanged(of number: Int64, atMost count: Int) -> [Int] {
        let taken = (changed[number] ?? []).sorted().prefix(count)
        changed[number]?.subtract(taken)
        if changed[number]?.isEmpty == true { changed[number] = nil }
        return Array(taken)
    }

    /// It cannot be read: nothing of it is looked at again.
    mutating func lost(_ number: Int64) {
        queued.remove(number)
        wakes[number] = nil
        changed[number] = nil
    }

    /// - Parameter next: when it acts again; nil: not by itself.
    mutating func looked(_ number: Int64, next: Timestamp?) {
        queued.remove(number)
        wakes[number] = changed[number] == nil ? next : .distantPast
    }
}
