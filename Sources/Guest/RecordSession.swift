package import Execution
import Sabotage
import Values

/// What one performance of an operation has read and changed.
package final class RecordSession {
    package enum Failure {
        /// A read failed: nothing that was made of it counts.
        case store(StoreError)
        case broken(String)
    }

    private struct Key: Hashable {
        let collection: ExactText
        let id: ExactText

        init(_ collection: String, _ id: String) {
            self.collection = ExactText(collection)
            self.id = ExactText(id)
        }
    }

    private let read: RecordReader
    package private(set) var failure: Failure?
    /// As read; 0: there was none.
    private var revisions: [Key: Int64] = [:]
    /// Of which this is a copy: what that one has read is known here, and not copied for each of many tries.
    private var outer: RecordSession?
    private var changed: [Key: RecordChange] = [:]
    /// In the order in which they were changed first.
    private var order: [Key] = []
    /// Of those that were looked for since they changed: with their indexes, which a long operation asks for often.
    private var overlaid: [Key: OverlaidRecord] = [:]
    /// Those that must not be there.
    private var added: Set<Key> = []

    private let indexes: RecordIndexes

    package init(_ read: @escaping RecordReader, indexes: RecordIndexes = RecordIndexes()) {
        self.read = read
        self.indexes = indexes
    }

    /// Knows what this one knows, and goes its own way from here.
    func copy() -> RecordSession {
        let copy = RecordSession(read, indexes: indexes)
        copy.outer = self
        copy.failure = failure
        copy.changed = changed
        copy.order = order
        copy.added = added
        return copy
    }

    /// What was read in vain by a copy was read in vain.
    func takeOver(failureOf copy: RecordSession) { failure = failure ?? copy.failure }

    // MARK: Reading

    func find(_ collection: String, id: String) throws(Refusal) -> RecordEntry? {
        let key = Key(collection, id)
        if let change = changed[key] { return change.entry }
        return try stored(RecordQuery(collection: collection, selection: .id(id), limit: 1))
            .records.first.map(RecordEntry.init)
    }

    func page(
        of collection: String, group: String?, after id: String?, limit: Int
    ) throws(Refusal) -> [RecordEntry] {
        let query = RecordQuery(
            collection: collection, selection: group.map { .group($0) } ?? .all, after: id,
            limit: limit)
        return try answer(query).records.map(RecordEntry.init)
    }

    /// An operation that asks for an index which nobody declares would find nothing for ever.
    func require(_ declaration: IndexDeclaration) throws(Refusal) {
        guard !indexes.contains(declaration) else { return }
        throw breaks(
            "\(declaration.collection) has no index over \(declaration.text); list it in the "
                + "`indexes` of its record type, and the type among the records of the business")
    }

    func scan(
        _ scan: IndexScan, _ collection: String, limit: Int
    ) throws(Refusal) -> [(position: IndexPosition, entry: RecordEntry)] {
        let set = try answer(
            RecordQuery(collection: collection, selection: .index(scan), limit: limit))
        return zip(set.records, set.keys).map {
            (IndexPosition(key: $1, id: $0.id), RecordEntry($0))
        }
    }

    /// With the operation's own changes.
    private func answer(_ query: RecordQuery) throws(Refusal) -> RecordSet {
        let collection = ExactText(query.collection)
        let changes = order.filter { $0.collection == collection }.compactMap(overlay)
        guard !changes.isEmpty else { return try stored(query) }
        do throws(StoreError) {
            return try query.answer(
                over: changes, isChanged: { changed[Key(query.collection, $0)] != nil },
                read: { (query) throws(StoreError) in
                    do throws(Refusal) { return try stored(query) } catch {
                        throw .unavailable(error.message)
                    }
                })
        } catch {
            throw .void
        }
    }

    private func overlay(_ key: Key) -> OverlaidRecord? {
        if let known = overlaid[key] { return known }
        guard let change = changed[key] else { return nil }
        let made = OverlaidRecord(
            id: change.id, row: change.row,
            entries: indexes.entries(of: change.body, in: change.collection))
        overlaid[key] = made
        return made
    }

    private func stored(_ query: RecordQuery) throws(Refusal) -> RecordSet {
        if failure != nil, !isMutant(.failedReadTakenAsNothing) { throw .void }
        let set: RecordSet
        do throws(StoreError) { set = try read(query) } catch {
            if !isMutant(.failedReadTakenAsNothing) { failure = .store(error) }
            throw .void
        }
        for row in set.records { revisions[Key(row.collection, row.id)] = row.revision }
        if case .id(let id) = query.selection, set.records.isEmpty {
            revisions[Key(query.collection, id)] = 0
        }
        return set
    }

    // MARK: Changing

    func change(_ change: RecordChange) {
        let key = Key(change.collection, change.id)
        overlaid[key] = nil
        if changed.updateValue(change, forKey: key) == nil { order.append(key) }
    }

    func add(_ change: RecordChange) {
        let key = Key(change.collection, change.id)
        if let earlier = changed[key] {
            guard earlier.body == nil else {
                _ = breaks(twice: change)
                return
            }
        } else {
            guard known(key) ?? 0 == 0 else {
                _ = breaks(twice: change)
                return
            }
            added.insert(key)
        }
        self.change(change)
    }

    private func breaks(twice change: RecordChange) -> Refusal {
        breaks("it adds the record \(change.collection)/\(change.id), which is there: put replaces")
    }

    var changes: [RecordChange] { order.compactMap { changed[$0] } }

    /// The operation is wrong, whatever it goes on to say.
    func breaks(_ reason: String) -> Refusal {
        failure = failure ?? .broken(reason)
        return .void
    }

    /// Every change with the revision that it is over: what was not read is looked up.
    package func writes() throws(StoreError) -> [RecordWrite] {
        var writes: [RecordWrite] = []
        for key in order {
            guard let change = changed[key] else { continue }
            let revision = try revision(of: key)
            if change.body == nil, revision == 0 { continue }
            writes.append(indexes.indexed(change.write(over: revision)))
        }
        return writes
    }

    private func known(_ key: Key) -> Int64? { revisions[key] ?? outer?.known(key) }

    private func revision(of key: Key) throws(StoreError) -> Int64 {
        if let known = known(key) { return known }
        // The engine says that it is there, should it be.
        if added.contains(key) { return 0 }
        let query = RecordQuery(
            collection: key.collection.text, selection: .id(key.id.text), limit: 1)
        return try read(query).records.first?.revision ?? 0
    }
}

extension RecordSession {
    /// Over a store without a record.
    package static func empty() -> RecordSession {
        RecordSession { (query) throws(StoreError) in query.answer(from: []) }
    }

    /// Over nothing, or over what another session has changed.
    static func inMemory(
        _ base: RecordSession? = nil, indexes: RecordIndexes = RecordIndexes()
    ) -> RecordSession {
        let rows = base?.changes.compactMap(\.row) ?? []
        let table = RecordTable(rows, indexes: indexes)
        let session = RecordSession(
            { (query) throws(StoreError) in table.answer(query) }, indexes: indexes)
        session.failure = base?.failure
        return session
    }
}

extension Refusal {
    /// Nobody reads it: what failed is said by the session.
    fileprivate static let void = Refusal("unavailable", "a record could not be read")
}

extension RecordEntry {
    fileprivate init(_ row: RecordRow) { self.init(id: row.id, group: row.group, body: row.body) }
}

extension RecordChange {
    /// - Parameter revision: what is there; 0: nothing is.
    package func write(over revision: Int64) -> RecordWrite {
        RecordWrite(
            collection: collection, id: id, group: group, expectedRevision: revision, body: body)
    }

    /// nil: it is deleted.
    fileprivate var entry: RecordEntry? {
        body.map { RecordEntry(id: id, group: group, body: $0) }
    }

    fileprivate var row: RecordRow? {
        body.map {
            RecordRow(collection: collection, id: id, group: group, revision: 1, body: $0)
        }
    }
}
