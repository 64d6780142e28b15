import Definition
import Values

/// Somebody holds money: no call of its scope is sent until it is released, by somebody else.
///
/// A record of the engine's own, by its number, written before anybody is told that it is so. A process that begins reads
/// all that stand before it sends or decides anything.
package struct MoneyHold: Sendable, Hashable {
    package static let collection = "pawl.money-hold"
    /// Where the last number is kept: none is used again.
    package static let counter = "pawl.money-hold.counter"
    /// The records' groups.
    package static let standing = "standing"
    package static let ended = "released"

    package let number: Int64
    package let scope: MoneyScope
    package let placed: StandingPause
    package private(set) var released: StandingPause?

    package init(_ number: Int64, _ scope: MoneyScope, _ placed: StandingPause) {
        self.number = number
        self.scope = scope
        self.placed = placed
    }

    package mutating func release(_ standing: StandingPause) { released = standing }

    /// Who placed it does not release it. What the engine placed by itself anybody may release.
    package func mayBeReleased(by actor: Actor) -> Bool {
        !sameUTF8(placed.by.subject, actor.subject) || placed.by == .system
    }

    package var recordID: String { Self.id(number) }

    package static func id(_ number: Int64) -> String { number.padded(to: 12) }

    package func write(at revision: Int64) -> RecordWrite {
        RecordWrite(
            collection: Self.collection, id: recordID,
            group: released == nil ? Self.standing : Self.ended, expectedRevision: revision,
            body: encoded)
    }

    /// A record that cannot be read holds all money: what must not leave is worse than what waits.
    package init(of record: RecordRow) {
        do throws(DecodingFailure) {
            try self.init(decoding: record.body)
        } catch {
            self.init(
                Int64(record.id) ?? 0, .all,
                StandingPause(
                    reason:
                        "the record of this hold is damaged (\(error)): restore it from a backup",
                    by: .system, at: Timestamp(milliseconds: 0)))
        }
    }
}

extension MoneyHold: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "number": .int(number), "scope": .string(scope.text), "placed": placed.encoded,
        ]
        map.set("released", released?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let text = try fields.string("scope")
        guard let scope = MoneyScope(parsing: text) else {
            throw DecodingFailure(message: "no scope: \(text)", path: "scope")
        }
        self.init(try fields.int64("number"), scope, try fields.decode("placed"))
        released = try fields.decodeOptional("released")
    }
}

/// The holds that stand, in order of their numbers. They add up: what one of them covers is held.
package struct MoneyHolds: Sendable, Hashable {
    package private(set) var list: [MoneyHold] = []

    package init(_ list: [MoneyHold] = []) {
        self.list = list.sorted { $0.number < $1.number }
    }

    package init(_ store: any Store) throws(StoreError) {
        let query = RecordQuery(
            collection: MoneyHold.collection, selection: .group(MoneyHold.standing))
        self.init(try store.records(query).records.map { MoneyHold(of: $0) })
    }

    package var isEmpty: Bool { list.isEmpty }

    package mutating func place(_ hold: MoneyHold) { self = MoneyHolds(list + [hold]) }

    package mutating func release(_ number: Int64) { list.removeAll { $0.number == number } }

    /// The first that covers it.
    package func hold(
        of adapter: String, _ operation: OperationManifest?, _ input: Value
    ) -> MoneyHold? {
        guard !list.isEmpty, let operation else { return nil }
        return list.first { $0.scope.covers(adapter, operation, input) }
    }
}

extension Catalog {
    /// What holds an attempt of this call; nil: it may leave.
    package func hold(of call: Work.Call, _ input: Value) -> MoneyHold? {
        guard !holds.isEmpty else { return nil }
        return holds.hold(of: call.adapter, operation(call.adapter, call.operation), input)
    }

    /// What holds this row of the outbox. An asking moves no money.
    package func hold(of row: CallRow) -> MoneyHold? {
        guard row.purpose == .perform, !holds.isEmpty else { return nil }
        return holds.hold(of: row.adapter, operation(row.adapter, row.operation), row.input)
    }
}
