import Definition
import Values

/// An `Idempotency-Key` that a start came with, as the IETF's draft of that header means it.
///
/// A start already names its instance by the business's own key, and a repeat of it finds that instance. This is for those
/// who have no such name, or who must not start a second thing under another name either: what was started under the
/// key is a record of the engine's own, written by the commit that started it. It goes when its instance goes.
package struct StartKey: Sendable, Hashable {
    package static let collection = "pawl.start-key"

    /// Of workflow and key, so that nobody's words are kept.
    @ExactText package private(set) var id: String
    /// Of the body that came with it, whatever the order of its members.
    @ExactText package private(set) var fingerprint: String

    package init(_ key: String, workflow: String, body: Value) {
        id = SHA256.hex(of: workflow + "\n" + key)
        var hash = StableHash()
        hash.combine(body)
        fingerprint = hash.hexadecimal
    }

    /// Those that belong to an instance.
    package static func group(_ instance: InstanceID) -> String {
        instance.rawValue.padded(to: 19)
    }

    /// - Parameter revision: of a record whose instance is gone; 0: there is none.
    package func write(
        _ instance: InstanceID, isNew: Bool, at revision: Int64
    ) -> RecordWrite {
        RecordWrite(
            collection: Self.collection, id: id, group: Self.group(instance),
            expectedRevision: revision,
            body: [
                "instance": .int(instance.rawValue), "fingerprint": .string(fingerprint),
                "isNew": .bool(isNew),
            ])
    }
}

/// What was started under a key before.
package struct StartedBefore: Sendable, Hashable {
    package let instance: InstanceID
    package let isNew: Bool
    @ExactText package private(set) var fingerprint: String

    /// nil: the record says nothing that could be read.
    package init?(_ record: RecordRow) {
        guard let instance = record.body["instance"]?.intValue,
            let isNew = record.body["isNew"]?.boolValue,
            let fingerprint = record.body["fingerprint"]?.stringValue
        else { return nil }
        self.instance = InstanceID(instance)
        self.isNew = isNew
        self.fingerprint = fingerprint
    }
}
