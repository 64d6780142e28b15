internal import Execution
import Values

/// The records as one operation sees and leaves them.
///
/// It sees its own changes. What it read stays as it was read until its changes are written, and so does what it
/// looked for and did *not* find. Nothing is read without a limit. When a read fails, whatever the operation gives
/// counts for nothing, also where it swallowed the error, and the engine performs it again later.
///
/// It lives as long as the call: it can be neither copied nor kept.
public struct Records: ~Copyable {
    /// Of records that one read gives.
    public static let maximumLimit = 10_000

    package let session: RecordSession

    package init(_ session: RecordSession) { self.session = session }

    // MARK: Records with a type

    /// - Returns: nil when there is none.
    public mutating func find<R: Record>(_ type: R.Type, id: String) throws(Refusal) -> R? {
        guard let entry = try find(R.collection, id: id) else { return nil }
        return try read(entry)
    }

    /// In order of ids.
    /// - Parameters:
    ///   - group: nil: of any.
    ///   - id: the last one of the page before; nil: from the first.
    ///   - limit: 1 to ``maximumLimit``; fewer are the last page.
    public mutating func page<R: Record>(
        of type: R.Type, group: String? = nil, after id: String? = nil, limit: Int
    ) throws(Refusal) -> [R] {
        var result: [R] = []
        for entry in try page(of: R.collection, group: group, after: id, limit: limit) {
            result.append(try read(entry))
        }
        return result
    }

    /// Adds it, or replaces the one of that id.
    public mutating func put<R: Record>(_ record: R) {
        guard let body = body(of: record) else { return }
        put(R.collection, id: record.id, group: record.group, body)
    }

    /// Adds one that must not be there yet.
    public mutating func add<R: Record>(_ record: R) {
        guard let body = body(of: record) else { return }
        add(R.collection, id: record.id, group: record.group, body)
    }

    /// Also when there is none.
    public mutating func delete<R: Record>(_ type: R.Type, id: String) {
        delete(R.collection, id: id)
    }

    // MARK: Records without a type

    /// - Returns: nil when there is none.
    public mutating func find(_ collection: String, id: String) throws(Refusal) -> RecordEntry? {
        try session.find(collection, id: id)
    }

    /// In order of ids; the parameters are those of ``page(of:group:after:limit:)``.
    public mutating func page(
        of collection: String, group: String? = nil, after id: String? = nil, limit: Int
    ) throws(Refusal) -> [RecordEntry] {
        try session.page(
            of: collection, group: group, after: id, limit: min(max(limit, 1), Self.maximumLimit))
    }

    /// Adds it, or replaces the one of that id.
    public mutating func put(_ collection: String, id: String, group: String = "", _ body: Value) {
        session.change(RecordChange(collection: collection, id: id, group: group, body: body))
    }

    /// Adds one that must not be there yet.
    public mutating func add(_ collection: String, id: String, group: String = "", _ body: Value) {
        session.add(RecordChange(collection: collection, id: id, group: group, body: body))
    }

    /// Also when there is none.
    public mutating func delete(_ collection: String, id: String) {
        session.change(RecordChange(collection: collection, id: id, body: nil))
    }

    // MARK: Trying

    /// Does something and takes back all that it has written: what it would come to. A dry run is the real one, tried.
    public mutating func trying<T>(
        _ body: (inout Records) throws(Refusal) -> T
    ) throws(Refusal) -> T {
        let copy = session.copy()
        defer { session.takeOver(failureOf: copy) }
        var records = Records(copy)
        return try body(&records)
    }

    // MARK: For tests

    /// Records in memory, for a test of one operation; what indexes their types declare can be asked for.
    public static func holding(
        _ records: [any Record] = [], indexesOf types: [any Record.Type] = []
    ) -> Records {
        let base = RecordSession.inMemory()
        for record in records { hold(record, base) }
        let declared = records.map { type(of: $0) } + types
        return Records(RecordSession.inMemory(base, indexes: RecordIndexes(of: declared)))
    }

    /// Records without a type, in memory.
    public static func holding(
        untyped records: [RecordChange], indexesOf types: [any Record.Type] = []
    ) -> Records {
        let base = RecordSession.inMemory()
        for record in records { base.change(record) }
        return Records(RecordSession.inMemory(base, indexes: RecordIndexes(of: types)))
    }

    private static func hold<R: Record>(_ record: R, _ base: RecordSession) {
        var records = Records(base)
        records.put(record)
    }

    /// What was changed so far, one a record, in the order in which they were changed first.
    public var writes: [RecordChange] { session.changes }

    // MARK: Types

    func read<R: Record>(_ entry: RecordEntry) throws(Refusal) -> R {
        do throws(ValueMismatch) { return try R(id: entry.id, entry.body) } catch {
            throw session.breaks("record \(R.collection)/\(entry.id): \(error)")
        }
    }

    private func body<R: Record>(of record: R) -> Value? {
        do throws(ValueMismatch) { return try record.value } catch {
            _ = session.breaks("record \(R.collection)/\(record.id): \(error)")
            return nil
        }
    }
}
