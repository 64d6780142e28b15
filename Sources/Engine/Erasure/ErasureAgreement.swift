import Execution
import Values

/// What the file of erasures and the records of a database say of each other. They are written one after the other, the file
/// first; what only one of them has, the other is to have.
package struct ErasureAgreement: Sendable, Hashable {
    /// Of the file alone: the database was restored from a backup that is older, or a crash came in between.
    package let unknown: [Erasure.Order]
    /// Of the database alone: the file was lost.
    package let unwritten: [Erasure.Order]

    package init(_ orders: [Erasure.Order], _ store: any Store) throws(StoreError) {
        let known = try Self.records(store).map(\.order)
        unknown = orders.filter { order in !known.contains { $0.isSame(as: order) } }
        unwritten = known.filter { order in !orders.contains { $0.isSame(as: order) } }
            .sorted { $0.number < $1.number }
    }

    package static func records(_ store: any Store) throws(StoreError) -> [Erasure] {
        var found: [Erasure] = []
        var last: String?
        while true {
            let page = try store.records(
                RecordQuery(
                    collection: Erasure.collection, selection: .all, after: last, limit: 1_000)
            ).records
            found += page.compactMap { try? Erasure(decoding: $0.body) }
            guard page.count == 1_000, let end = page.last else { return found }
            last = end.id
        }
    }

    /// What somebody should see to, a sentence each.
    package var remarks: [String] {
        unknown.map {
            "the file pawl.erasures has an erasure of \($0.person)=\($0.id), asked for on "
                + "\($0.at.rfc3339), that the database does not know: the server does it again when it starts"
        }
            + unwritten.map {
                "the erasure \($0.number) of \($0.person)=\($0.id) is not in the file pawl.erasures: the "
                    + "server writes it there when it starts"
            }
    }

    /// Before the engine begins, which then does again what the database does not know.
    /// - Returns: what is done again.
    @discardableResult
    package static func make(
        _ log: any ErasureLog, _ store: any Store
    ) throws(StoreError) -> [Erasure.Order] {
        let found = try ErasureAgreement(try log.orders(), store)
        try log.append(found.unwritten)
        guard !found.unknown.isEmpty else { return [] }
        let counter = RecordQuery(collection: Erasure.counter, selection: .id("last"), limit: 1)
        let last = try store.records(counter).records.first
        let taken = Set<Int64>(try records(store).map(\.order.number))
        var number = taken.max() ?? 0
        number = max(number, last?.body.intValue ?? 0)
        var commit = Commit()
        for order in found.unknown {
            // Its number is another's where the database went another way after its backup.
            let isFree = !taken.contains(order.number)
            if !isFree { number += 1 }
            number = max(number, order.number)
            commit.records.append(
                Erasure(isFree ? order : order.numbered(number)).write(at: 0))
        }
        commit.records.append(
            RecordWrite(
                collection: Erasure.counter, id: "last", group: "",
                expectedRevision: last?.revision ?? 0, body: .int(number)))
        try store.commit([commit])
        return found.unknown
    }
}

extension Erasure.Order {
    /// Whatever its number.
    fileprivate func isSame(as other: Erasure.Order) -> Bool {
        sameUTF8(person, other.person) && sameUTF8(id, other.id)
            && at.milliseconds == other.at.milliseconds
    }

    fileprivate func numbered(_ number: Int64) -> Erasure.Order {
        Erasure.Order(number: number, person: person, id: id, reason: reason, by: by, at: at)
    }
}
