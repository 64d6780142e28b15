import Execution
import Values

/// Rows of content beside the database, and of who speaks of it.
extension StoreSuite {
    static func hash(_ digit: Character) throws -> ContentHash {
        guard let hash = ContentHash(String(repeating: digit, count: 64)) else {
            throw Violation(description: "\(digit) is no digit of hex")
        }
        return hash
    }

    private static func attachment(
        _ digit: Character, size: Int64 = 5, condemned: Int64? = nil
    ) throws -> AttachmentRow {
        AttachmentRow(
            sha256: try hash(digit), size: size, type: .jpeg,
            putBy: ["client/caf\u{e9}", "client/cafe\u{301}"], putAt: instant(3),
            condemnedAt: condemned.map(instant))
    }

    static let attachmentCases: [StoreCase] = [
        StoreCase("attachments are found by hash and listed in order, until they are dropped") {
            store in
            let rows = [
                try attachment("1"), try attachment("a", condemned: 9), try attachment("f"),
            ]
            try store.commit([commit(nil) { $0.attachmentsSet = rows.reversed() }])
            try expectEqual(try store.attachment(hash("a")), rows[1], "one")
            try expect(try store.attachment(hash("b")) == nil, "one that is not there")
            try expectEqual(try store.attachments(after: nil, count: 9), rows, "all")
            try expectEqual(
                try store.attachments(after: hash("1"), count: 1), [rows[1]], "a page")
            let again = try attachment("a")
            let dropped = try hash("1")
            try store.commit([
                commit(nil) {
                    $0.attachmentsSet = [again]
                    $0.attachmentsDropped = [dropped]
                }
            ])
            try expectEqual(
                try store.attachments(after: nil, count: 9), [again, rows[2]], "after a change")
        },
        StoreCase("references are found by content and by instance, and go when cleared") { store in
            func row(_ digit: Character, _ key: String) throws -> ReferenceRow {
                ReferenceRow(
                    sha256: try hash(digit), instance: InstanceName(workflow: "order", key: key))
            }
            let rows = [
                try row("1", "cafe\u{301}"), try row("1", "caf\u{e9}"), try row("a", "caf\u{e9}"),
            ]
            try store.commit([commit(instance(1)) { $0.referencesSet = rows }])
            try store.commit([commit(instance(1, revision: 2)) { $0.referencesSet = [rows[0]] }])
            try expectEqual(
                try store.references(to: hash("1"), count: 9), [rows[0], rows[1]], "of content")
            try expectEqual(try store.references(to: hash("1"), count: 1), [rows[0]], "the first")
            try expectEqual(
                try store.references(of: rows[1].instance), [rows[1], rows[2]], "of an instance")
            let unknown = try row("f", "x")
            try store.commit([
                commit(instance(1, revision: 3)) {
                    $0.referencesCleared = [rows[1], unknown]
                }
            ])
            try expectEqual(try store.references(of: rows[1].instance), [rows[2]], "when cleared")
            try expectEqual(try store.references(to: hash("1"), count: 9), [rows[0]], "the other's")
        },
        StoreCase("a commit that is refused puts no content and speaks of none") { store in
            try store.commit([commit(instance(1)) { $0.history = [entry(1, 1)] }])
            let name = InstanceName(workflow: "order", key: "k1")
            let content = try attachment("1")
            let refused = commit(instance(1, revision: 2)) {
                $0.history = [entry(1, 1)]
                $0.attachmentsSet = [content]
                $0.referencesSet = [ReferenceRow(sha256: content.sha256, instance: name)]
            }
            try expectConflict(store, [refused], "an entry again")
            try expectEqual(try store.attachments(after: nil, count: 9), [], "content")
            try expectEqual(try store.references(of: name), [], "references")
        },
    ]
}
