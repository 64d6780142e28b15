import Execution
import Values

/// Which erasures are to be looked at, and when: what their records say, in memory. It wakes behind the flush, for what
/// is looked for is looked for in the store.
struct ErasureClock {
    /// What nothing tells of is looked at again after so long.
    private static let rest = Duration.seconds(10)

    private var wakes: [Int64: Timestamp] = [:]
    private var queued: Set<Int64> = []
    /// By the instances that are waited for.
    private var watched: [InstanceID: Set<Int64>] = [:]
    /// Those to look at, by erasure.
    private var changed: [Int64: Set<InstanceID>] = [:]
    /// Those to look at again by and by.
    private var doubtful: [Int64: Set<InstanceID>] = [:]
    /// Nothing was read yet.
    private var isFresh = true

    /// The first moment at which some erasure is to be looked at, once they were read.
    var next: Timestamp? {
        guard !wakes.isEmpty else { return nil }
        return wakes.lazy.filter { !queued.contains($0.key) }.map(\.value).min()
    }

    mutating func due(now: Timestamp, store: any Store) throws(StoreError) -> [Int64] {
        if isFresh { try load(store) }
        guard let next, next <= now else { return [] }
        let due = wakes.filter { $0.value <= now && !queued.contains($0.key) }.keys.sorted()
        for number in due {
            changed[number, default: []].formUnion(doubtful.removeValue(forKey: number) ?? [])
        }
        queued.formUnion(due)
        return due
    }

    /// Everything that is open is looked at, and what became of those that were waited for is found.
    private mutating func load(_ store: any Store) throws(StoreError) {
        let open = RecordQuery(
            collection: Erasure.collection, selection: .group(Erasure.openGroup))
        var found = ErasureClock()
        for record in try store.records(open).records {
            guard let number = Erasure.number(ofRecord: record.id) else { continue }
            found.wakes[number] = .distantPast
            for item in try AwaitedInstance.all(of: number, in: store) {
                found.watch(item.instance, for: number)
                found.changed[number, default: []].insert(item.instance)
            }
        }
        found.isFresh = false
        self = found
    }

    mutating func watch(_ instance: InstanceID, for number: Int64) {
        watched[instance, default: []].insert(number)
    }

    mutating func doubt(_ instance: InstanceID, for number: Int64) {
        doubtful[number, default: []].insert(instance)
    }

    mutating func forget(_ instance: InstanceID, for number: Int64) {
        watched[instance]?.remove(number)
        if watched[instance]?.isEmpty == true { watched[instance] = nil }
    }

    /// Something is durable that some erasure may have to look at.
    mutating func flushed(_ commit: Commit) {
        for write in commit.records
        where write.expectedRevision == 0 && sameUTF8(write.collection, Erasure.collection) {
            if let number = Erasure.number(ofRecord: write.id) { wakes[number] = .distantPast }
        }
        for write in commit.records
        where write.expectedRevision == 0 && sameUTF8(write.collection, AwaitedInstance.collection)
        {
            wake(write)
        }
        guard !watched.isEmpty, let id = commit.instance?.id, let numbers = watched[id] else {
            return
        }
        for number in numbers {
            changed[number, default: []].insert(id)
            wakes[number] = .distantPast
        }
    }

    /// One that somebody else has it wait for.
    private mutating func wake(_ write: RecordWrite) {
        guard let item = write.body.flatMap({ try? AwaitedInstance(decoding: $0) }),
            watched[item.instance]?.contains(item.erasure) != true
        else { return }
        watch(item.instance, for: item.erasure)
        changed[item.erasure, default: []].insert(item.instance)
        wakes[item.erasure] = .distantPast
    }

    /// Instances to look at in one look, in order.
    mutating func takeChanged(of number: Int64, atMost count: Int) -> [InstanceID] {
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
        doubtful[number] = nil
    }

    /// - Parameter isSearching: there is more to look for.
    mutating func looked(_ number: Int64, isSearching: Bool, now: Timestamp) {
        queued.remove(number)
        let isBusy = isSearching || changed[number] != nil
        wakes[number] =
            isBusy ? .distantPast : doubtful[number] == nil ? nil : now + Self.rest
    }

    /// The store does not take what came of it.
    mutating func postpone(_ number: Int64, until moment: Timestamp) {
        queued.remove(number)
        wakes[number] = moment
    }
}

extension AwaitedInstance {
    /// What is to be erased before it goes.
    static func ofOpenErasures(in store: any Store) throws(StoreError) -> Set<InstanceID> {
        let open = RecordQuery(
            collection: Erasure.collection, selection: .group(Erasure.openGroup))
        var found: Set<InstanceID> = []
        for record in try store.records(open).records {
            guard let number = Erasure.number(ofRecord: record.id) else { continue }
            found.formUnion(try all(of: number, in: store).map(\.instance))
        }
        return found
    }

    /// In order of their ids.
    static func all(
        of erasure: Int64, in store: any Store
    ) throws(StoreError) -> [AwaitedInstance] {
        var found: [AwaitedInstance] = []
        var last: String?
        while true {
            let page = try store.records(
                RecordQuery(
                    collection: collection, selection: .group(group(erasure)), after: last,
                    limit: 1_000)
            ).records
            found += page.compactMap { try? AwaitedInstance(decoding: $0.body) }
            guard page.count == 1_000, let end = page.last else { return found }
            last = end.id
        }
    }
}
