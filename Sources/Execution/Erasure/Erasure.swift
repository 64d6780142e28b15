import Definition
import Values

/// That a person's data be erased: a record of the engine's own, of which the file beside the database has the first part.
package struct Erasure: Sendable, Hashable {
    package static let collection = "pawl.erasure"
    /// What has something left to do is looked up by this.
    package static let openGroup = "open"

    /// What was asked for; nothing changes it.
    package struct Order: Sendable, Hashable {
        package let number: Int64
        /// The search attribute that names the person.
        @ExactText package private(set) var person: String
        /// The person's id.
        @ExactText package private(set) var id: String
        package let reason: String
        package let by: Actor
        /// What began later is not concerned.
        package let at: Timestamp

        package init(
            number: Int64, person: String, id: String, reason: String, by: Actor, at: Timestamp
        ) {
            self.number = number
            self.person = person
            self.id = id
            self.reason = reason
            self.by = by
            self.at = at
        }

        /// As which a search attribute may have the id: `4` is a number to some workflows and a text to others.
        package var values: [Value] {
            [.string(id)] + (Int64(id).map { [.int($0)] } ?? [])
        }
    }

    package enum Status: String, Sendable, Hashable, CaseIterable {
        /// Instances are still looked for.
        case erasing
        /// Some have not ended.
        case waiting
        case done
    }

    package let order: Order
    /// Which of `order.values` is looked for; behind the last one all have been found.
    package private(set) var pass = 0
    /// Instances with smaller ids are still to be looked at.
    package private(set) var before: InstanceID?
    package internal(set) var erased: Int64 = 0
    package internal(set) var waiting: Int64 = 0
    package private(set) var endedAt: Timestamp?
    /// The row of the audit that was looked at last, once no instance is waited for; nil: all of them were.
    package private(set) var audit: Int64? = 0

    package init(_ order: Order) { self.order = order }

    package var isSearching: Bool { pass < order.values.count }

    package var status: Status {
        isSearching ? .erasing : waiting > 0 ? .waiting : audit == nil ? .done : .erasing
    }

    /// Nothing is left but what the audit says of the person.
    package var isAtAudit: Bool { !isSearching && waiting == 0 && audit != nil }

    package mutating func lookedAtAudit(upTo sequence: Int64?) { audit = sequence }

    /// - Parameter last: of a page; nil: there is no more.
    package mutating func looked(upTo last: InstanceID?) {
        before = last
        if last == nil { pass += 1 }
    }

    package mutating func count(erased: Int64 = 0, waiting: Int64 = 0) {
        self.erased += erased
        self.waiting = max(0, self.waiting + waiting)
    }

    /// An instance that it concerns has come back from where nobody could look for it.
    package mutating func waitAgain() {
        waiting += 1
        endedAt = nil
        audit = 0
    }

    package mutating func settle(at now: Timestamp) {
        if status == .done { endedAt = endedAt ?? now }
    }
}

/// An instance that an erasure waits for.
package struct AwaitedInstance: Sendable, Hashable {
    package static let collection = "pawl.erasure-waiting"

    package let erasure: Int64
    package let instance: InstanceID
    package let name: InstanceName
    /// Why it is not erased yet, as it was last seen.
    package let because: String
    package let since: Timestamp

    package init(
        erasure: Int64, instance: InstanceID, name: InstanceName, because: String, since: Timestamp
    ) {
        self.erasure = erasure
        self.instance = instance
        self.name = name
        self.because = because
        self.since = since
    }
}

// MARK: As records

extension Erasure.Order: ValueCodable {
    package var encoded: Value {
        [
            "number": .int(number), "person": .string(person), "id": .string(id),
            "reason": .string(reason), "by": by.encoded, "at": at.encoded,
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            number: try fields.int64("number"), person: try fields.string("person"),
            id: try fields.string("id"), reason: try fields.string("reason"),
            by: try fields.decode("by"), at: try fields.timestamp("at"))
    }
}

extension Erasure: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "asked": order.encoded, "pass": .int(Int64(pass)), "erased": .int(erased),
            "waiting": .int(waiting),
        ]
        map.set("before", before.map { .int($0.rawValue) })
        map.set("endedAt", endedAt?.encoded)
        map.set("audit", audit.map(Value.int))
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(try fields.decode("asked"))
        pass = try fields.int("pass")
        before = try fields.optionalInt64("before").map { InstanceID($0) }
        erased = try fields.int64("erased")
        waiting = try fields.int64("waiting")
        endedAt = try fields.optionalTimestamp("endedAt")
        audit = try fields.optionalInt64("audit") ?? (endedAt == nil ? 0 : nil)
    }

    /// The newest is the first in the order of ids, as of operations.
    package static func id(_ number: Int64) -> String { BulkOperation.id(number) }

    package static func number(ofRecord id: String) -> Int64? {
        BulkOperation.number(ofRecord: id)
    }

    package func write(at revision: Int64) -> RecordWrite {
        RecordWrite(
            collection: Self.collection, id: Self.id(order.number),
            group: status == .done ? "" : Self.openGroup, expectedRevision: revision, body: encoded)
    }
}

extension AwaitedInstance: ValueCodable {
    package var encoded: Value {
        [
            "erasure": .int(erasure), "instance": .int(instance.rawValue), "name": name.encoded,
            "because": .string(because), "since": since.encoded,
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            erasure: try fields.int64("erasure"),
            instance: InstanceID(try fields.int64("instance")), name: try fields.decode("name"),
            because: try fields.string("because"), since: try fields.timestamp("since"))
    }

    package static func id(_ erasure: Int64, _ instance: InstanceID) -> String {
        "\(erasure)/" + instance.rawValue.padded(to: 19)
    }

    package static func group(_ erasure: Int64) -> String { String(erasure) }

    package func write(at revision: Int64) -> RecordWrite {
        RecordWrite(
            collection: Self.collection, id: Self.id(erasure, instance),
            group: Self.group(erasure), expectedRevision: revision, body: encoded)
    }
}
