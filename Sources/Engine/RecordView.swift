import Execution
import Sabotage
import Values

/// The business's records as decided: the store's, with the writes of unflushed commits on top.
///
/// Collections that are read whole (the table of workers) are kept in memory; the engine is the only writer,
/// so its own writes keep them right.
struct RecordView {
    private struct Key: Hashable {
        let collection: ExactText
        let id: ExactText

        init(_ collection: String, _ id: String) {
            self.collection = ExactText(collection)
            self.id = ExactText(id)
        }

        static func == (left: Key, right: Key) -> Bool {
            if isMutant(.lookAlikeKey), left.id.text == right.id.text { return true }
            return left.collection == right.collection && left.id == right.id
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(collection)
            if !isMutant(.lookAlikeKey) { hasher.combine(id) }
        }
    }

    private struct Pending {
        /// nil: deleted.
        let record: Record?
        var commits: Int
    }

    private var pending: [Key: Pending] = [:]
    /// In order of id.
    private var whole: [ExactText: [Record]] = [:]

    private func read(_ query: RecordQuery, from store: any Store) throws(StoreError) -> RecordSet {
        let set = try readRightly(query, from: store)
        guard isMutant(.recordReadWrongly) else { return set }
        let records = set.records.map {
            Record(
                collection: $0.collection, id: $0.id, group: $0.group, revision: $0.revision + 1,
                body: $0.body)
        }
        return RecordSet(query: query, records: records)
    }

    private func readRightly(
        _ query: RecordQuery, from store: any Store
    ) throws(StoreError) -> RecordSet {
        let collection = ExactText(query.collection)
        let changed = pending.keys.count { $0.collection == collection }
        guard changed > 0 else { return try store.records(query) }
        // As many more as may have been deleted since: a page that is too short would look like the last one.
        let stored = try store.records(
            RecordQuery(
                collection: query.collection, selection: query.selection, after: query.after,
                limit: query.limit + changed))
        var records = stored.records.filter {
            pending[Key($0.collection, $0.id)] == nil
        }
        for key in pending.keys where key.collection == collection {
            if let record = pending[key]?.record, query.matches(record) { records.append(record) }
        }
        records.sort { compareUTF8($0.id, $1.id) < 0 }
        return RecordSet(query: query, records: Array(records.prefix(query.limit)))
    }

    mutating func records(
        _ query: RecordQuery, from store: any Store
    ) throws(StoreError) -> RecordSet {
        guard query.selection == .all else { return try read(query, from: store) }
        if let records = whole[query.collection] {
            let rest = records.lazy.filter(query.isBehind).prefix(query.limit)
            return RecordSet(query: query, records: Array(rest))
        }
        let set = try read(query, from: store)
        if query.after == nil, set.records.count < query.limit {
            whole[query.collection] = set.records
        }
        return set
    }

    /// False when a revision moved on since it was read.
    func accepts(_ write: RecordWrite, from store: any Store) throws(StoreError) -> Bool {
        let query = RecordQuery(collection: write.collection, selection: .id(write.id), limit: 1)
        let current = try read(query, from: store).records.first?.revision ?? 0
        if isMutant(.recordRevisionIgnored) { return true }
        return current == write.expectedRevision
    }

    mutating func decided(_ writes: [RecordWrite]) {
        for write in writes {
            let key = Key(write.collection, write.id)
            let record = write.body.map {
                Record(
                    collection: write.collection, id: write.id, group: write.group,
                    revision: write.expectedRevision + 1, body: $0.plain)
            }
            pending[key] = Pending(record: record, commits: (pending[key]?.commits ?? 0) + 1)
            replace(record, key)
        }
    }

    private mutating func replace(_ record: Record?, _ key: Key) {
        guard var records = whole.removeValue(forKey: key.collection) else { return }
        let position = records.firstIndex { compareUTF8($0.id, key.id.text) >= 0 }
        let index = position ?? records.endIndex
        if index < records.endIndex, sameUTF8(records[index].id, key.id.text) {
            if let record { records[index] = record } else { records.remove(at: index) }
        } else if let record {
            records.insert(record, at: index)
        }
        whole[key.collection] = records
    }

    mutating func flushed(_ writes: [RecordWrite]) {
        for write in writes {
            let key = Key(write.collection, write.id)
            guard var entry = pending[key] else { continue }
            entry.commits -= 1
            pending[key] = entry.commits > 0 ? entry : nil
        }
    }

    mutating func forgetAll() {
        pending = [:]
        whole = [:]
    }
}

extension RecordQuery {
    fileprivate func isBehind(_ record: Record) -> Bool {
        after.map { compareUTF8($0, record.id) < 0 } ?? true
    }

    fileprivate func matches(_ record: Record) -> Bool {
        guard isBehind(record) else { return false }
        return switch selection {
        case .id(let id): sameUTF8(id, record.id)
        case .group(let group): sameUTF8(group, record.group)
        case .all: true
        }
    }
}
