import Definition
import Execution
import Values

/// That an erasure went through the archive: a record of the engine's own, by the number of the erasure.
package struct ArchiveErasure: Sendable, Hashable, ValueCodable {
    package static let collection = "pawl.archive-erasure"

    /// Lines of the archive.
    package let erased: Int64
    package let at: Timestamp

    package init(erased: Int64, at: Timestamp) {
        self.erased = erased
        self.at = at
    }

    package var encoded: Value { ["erased": .int(erased), "at": at.encoded] }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(erased: try fields.int64("erased"), at: try fields.timestamp("at"))
    }

    /// nil: it did not go there yet.
    package static func find(
        _ erasure: Int64, in store: any Store
    ) throws(StoreError) -> ArchiveErasure? {
        let query = RecordQuery(
            collection: collection, selection: .id(Erasure.id(erasure)), limit: 1)
        return try store.records(query).records.first.flatMap {
            try? ArchiveErasure(decoding: $0.body)
        }
    }

    /// Those that have found all there is in the database, and did not go through the archive.
    static func pending(_ store: any Store) throws(StoreError) -> [Erasure.Order] {
        let erasures = try store.records(
            RecordQuery(collection: Erasure.collection, selection: .all)
        ).records
        guard !erasures.isEmpty else { return [] }
        let done = try store.records(RecordQuery(collection: collection, selection: .all)).records
        let ids = Set<ExactText>(done.map { ExactText($0.id) })
        return erasures.reversed().compactMap { record in
            guard !ids.contains(ExactText(record.id)),
                let erasure = try? Erasure(decoding: record.body), !erasure.isSearching
            else { return nil }
            return erasure.order
        }
    }

    func update(of erasure: Int64) -> RecordUpdate {
        RecordUpdate(.engine) { (_, _) throws(StoreError) in
            .changed([
                RecordWrite(
                    collection: Self.collection, id: Erasure.id(erasure), group: "",
                    expectedRevision: 0, body: encoded)
            ])
        }
    }
}

extension ArchiveStore {
    /// - Returns: how many lines were changed.
    func erase(
        _ order: Erasure.Order, _ catalog: Catalog, at now: Timestamp
    ) throws(StoreError) -> Int {
        var count = 0
        // As it stands in JSON.
        let id = String(
            decoding: JSON.encode(.string(order.id)).dropFirst().dropLast(), as: UTF8.self)
        for workflow in workflows {
            let personal = catalog.personal(workflow)
            guard personal.isPerson(order.person) else { continue }
            count += try rewrite(workflow, where: id) { (document) throws(StoreError) in
                try document.erased(for: order, personal, catalog, at: now)
            }
        }
        return count
    }
}

extension InstanceDocument {
    fileprivate func erased(
        for order: Erasure.Order, _ personal: Personal, _ catalog: Catalog, at now: Timestamp
    ) throws(StoreError) -> InstanceDocument? {
        guard let definition = catalog.definition(name.workflow, version: version) else {
            throw .unavailable(
                "\(name) ran on version \(version) of \(name.workflow), which is not loaded")
        }
        do throws(DecodingFailure) {
            return try erased(for: order, personal, definition, at: now)
        } catch {
            throw .corrupt("the archive's copy of \(name) cannot be read: \(error)")
        }
    }
}
