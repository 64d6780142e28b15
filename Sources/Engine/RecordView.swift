import Execution
import Sabotage
import Values

/// The business's records as decided: the store's, with the writes of unflushed commits on top.
///
/// Collections that are read whole (a table of settings) are kept in memory; the engine is the only writer,
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
        let record: RecordRow?
        var commits: Int
    }

    private var pending: [Key: Pending] = [:]
    /// In order of id.
    private var whole: [ExactText: [RecordRow]] = [:]

    private func read(_ query: RecordQuery, from store: any Store) throws(StoreError) -> RecordSet {
        let set = try readRightly(query, from: store)
        guard isMutant(.recordReadWrongly) else { return set }
        let records = set.records.map {
            RecordRow(
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
        let stored = try store.records(query.widened(by: changed))
        let unchanged = stored.records.filter { pending[Key($0.collection, $0.id)] == nil }
        let decided = pending.lazy.filter { $0.key.collection == collection }.compactMap(
            \.value.record)
        return query.answer(from: unchanged + decided)
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
                RecordRow(
                    collection: write.collection, id: write.id, group: write.group,
                    revision: write.expectedRevision + 1, body: $0.plain)
            }
            pending[key] = Pending(record: record, commits: (pending[key]?.commits ?? 0) + 1)
            replace(record, key)
        }
    }

    private mutating func replace(_ record: RecordRow?, _ key: Key) {
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

/// The records while one local operation is performed, which may call back as long as it runs.
final class RecordReads {
    /// nil: the operation is over.
    private var view: RecordView?
    private let store: any Store

    /// Takes the view over, so that what it remembers is not copied.
    init(_ view: inout RecordView, _ store: any Store) {
        self.view = view
        self.store = store
        view = RecordView()
    }

    func records(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        guard let set = try view?.records(query, from: store) else {
            throw .unavailable("the operation that reads is over")
        }
        return set
    }

    func end() -> RecordView {
        defer { view = nil }
        return view ?? RecordView()
    }
}
