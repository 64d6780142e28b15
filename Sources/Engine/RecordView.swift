import Execution
import Sabotage
import Values

/// The business's records as decided: the store's, with the writes of unflushed commits on top.
///
/// Nothing that the store has is kept here, so that it may have any number of records.
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
        let record: OverlaidRecord
        var commits: Int
    }

    /// By collection, then by id.
    private var pending: [ExactText: [Key: Pending]] = [:]

    private func read(_ query: RecordQuery, from store: any Store) throws(StoreError) -> RecordSet {
        let set = try readRightly(query, from: store)
        guard isMutant(.recordReadWrongly) else { return set }
        let records = set.records.map {
            RecordRow(
                collection: $0.collection, id: $0.id, group: $0.group, revision: $0.revision + 1,
                body: $0.body)
        }
        return RecordSet(query: query, records: records, keys: set.keys)
    }

    private func readRightly(
        _ query: RecordQuery, from store: any Store
    ) throws(StoreError) -> RecordSet {
        if isMutant(.unflushedEntryUnseen), case .index = query.selection {
            return try store.records(query)
        }
        guard let changes = pending[query.collection] else { return try store.records(query) }
        return try query.answer(
            over: changes.values.map(\.record),
            isChanged: { changes[Key(query.collection, $0)] != nil },
            read: { (query) throws(StoreError) in try store.records(query) })
    }

    func records(_ query: RecordQuery, from store: any Store) throws(StoreError) -> RecordSet {
        try read(query, from: store)
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
            let row = write.body.map {
                RecordRow(
                    collection: write.collection, id: write.id, group: write.group,
                    revision: write.expectedRevision + 1, body: $0.plain)
            }
            let commits = pending[write.collection]?[key]?.commits ?? 0
            pending[write.collection, default: [:]][key] = Pending(
                record: OverlaidRecord(id: write.id, row: row, entries: write.entries),
                commits: commits + 1)
        }
    }

    mutating func flushed(_ writes: [RecordWrite]) {
        for write in writes {
            let key = Key(write.collection, write.id)
            guard var entry = pending[write.collection]?[key] else { continue }
            entry.commits -= 1
            pending[write.collection]?[key] = entry.commits > 0 ? entry : nil
            if pending[write.collection]?.isEmpty == true { pending[write.collection] = nil }
        }
    }

    mutating func forgetAll() { pending = [:] }
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
