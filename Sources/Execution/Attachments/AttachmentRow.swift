import Values

/// Content that was put, and by whom. The bytes are in the content store, and there before this row is; it leaves
/// before they do.
package struct AttachmentRow: Sendable, Hashable {
    package let sha256: ContentHash
    package let size: Int64
    package let type: MediaType
    /// Who may refer to it because they had it, the last one last; `role/subject` each.
    package private(set) var putBy: [String]
    package private(set) var putAt: Timestamp
    /// Nothing refers to it, and its bytes are about to go.
    package var condemnedAt: Timestamp?

    /// Of those who put the same content: the rest has to put it again to refer to it.
    package static let maximumPutters = 100

    package init(
        sha256: ContentHash, size: Int64, type: MediaType, putBy: [String], putAt: Timestamp,
        condemnedAt: Timestamp? = nil
    ) {
        self.sha256 = sha256
        self.size = size
        self.type = type
        self.putBy = putBy
        self.putAt = putAt
        self.condemnedAt = condemnedAt
    }

    package func wasPut(by actor: Actor) -> Bool { putBy.contains(exactly: actor.description) }

    /// Somebody put the same content again, which brings it back if it was about to go.
    package mutating func put(by actor: Actor, at now: Timestamp) {
        putBy.removeAll { sameUTF8($0, actor.description) }
        putBy.append(actor.description)
        putBy.removeFirst(max(0, putBy.count - Self.maximumPutters))
        putAt = now
        condemnedAt = nil
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.sha256 == right.sha256 && left.size == right.size && left.type == right.type
            && left.putAt == right.putAt && left.condemnedAt == right.condemnedAt
            && left.putBy.map { ExactText($0) } == right.putBy.map { ExactText($0) }
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(sha256) }
}

/// That an instance, or an event that waits for one, speaks of some content. Derived from the run, like timers.
package struct ReferenceRow: Sendable, Hashable {
    package let sha256: ContentHash
    package let instance: InstanceName

    package init(sha256: ContentHash, instance: InstanceName) {
        self.sha256 = sha256
        self.instance = instance
    }
}

extension Run {
    /// What the store's table of references must hold for this run: exactly this.
    package var referenceRows: [ReferenceRow] {
        attachments.map { ReferenceRow(sha256: $0, instance: name) }
    }
}
