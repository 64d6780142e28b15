import Values

/// What has gone of a workflow: a record of the engine's own, by the workflow's name.
package struct RetentionRecord: Sendable, Hashable, ValueCodable {
    package static let collection = "pawl.retention"

    /// Instances, since the database began.
    package let removed: Int64
    /// nil: none ever did.
    package let lastAt: Timestamp?
    /// How far the archive goes; nil: there is none.
    package let mark: ArchiveMark?

    package init(removed: Int64, lastAt: Timestamp?, mark: ArchiveMark? = nil) {
        self.removed = removed
        self.lastAt = lastAt
        self.mark = mark
    }

    package var encoded: Value {
        var map: ValueMap = ["removed": .int(removed)]
        map.set("lastAt", lastAt?.encoded)
        map.set("archive", mark?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        removed = try fields.int64("removed")
        lastAt = try fields.optionalTimestamp("lastAt")
        mark = try fields.decodeOptional("archive")
    }
}

/// Somebody had an instance put back from the archive: a record of the engine's own, by the instance's number, for as long as
/// the instance is there.
package struct Restoration: Sendable, Hashable, ValueCodable {
    package static let collection = "pawl.restored"

    package static func id(_ instance: InstanceID) -> String { String(instance.rawValue) }

    package let name: InstanceName
    package let by: Actor
    package let at: Timestamp
    /// It does not go before.
    package let until: Timestamp

    package init(name: InstanceName, by: Actor, at: Timestamp, until: Timestamp) {
        self.name = name
        self.by = by
        self.at = at
        self.until = until
    }

    package var encoded: Value {
        [
            "name": name.encoded, "by": by.encoded, "at": at.encoded, "until": until.encoded,
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        name = try fields.decode("name")
        by = try fields.decode("by")
        at = try fields.timestamp("at")
        until = try fields.timestamp("until")
    }
}
