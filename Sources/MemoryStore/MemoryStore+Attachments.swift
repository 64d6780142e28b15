import Execution
import Values

extension MemoryStore {
    package func attachment(_ hash: ContentHash) throws(StoreError) -> AttachmentRow? {
        try read { (state) throws(StoreError) in state.attachments[RowKey(hash)] }
    }

    package func attachments(
        after hash: ContentHash?, count: Int
    ) throws(StoreError) -> [AttachmentRow] {
        try read { (state) throws(StoreError) in
            state.attachments.rows(after: hash.map { RowKey($0) } ?? RowKey(), count: max(count, 0))
                .map(\.row)
        }
    }

    package func references(
        to hash: ContentHash, count: Int
    ) throws(StoreError) -> [ReferenceRow] {
        try read { (state) throws(StoreError) in
            state.references.rows(prefix: RowKey(hash)).prefix(max(count, 0)).map(\.row)
        }
    }

    package func references(of name: InstanceName) throws(StoreError) -> [ReferenceRow] {
        try read { (state) throws(StoreError) in
            state.references.rows(prefix: RowKey()).map(\.row).filter { $0.instance == name }
        }
    }
}

extension MemoryState {
    mutating func writeAttachments(_ commit: Commit) {
        for row in commit.attachmentsSet {
            attachments[RowKey(row.sha256)] = AttachmentRow(
                sha256: row.sha256, size: row.size, type: row.type, putBy: row.putBy,
                putAt: Timestamp(milliseconds: row.putAt.milliseconds),
                condemnedAt: row.condemnedAt.map { Timestamp(milliseconds: $0.milliseconds) })
        }
        for row in commit.referencesCleared { references[RowKey(row)] = nil }
        for row in commit.referencesSet { references[RowKey(row)] = row }
        for hash in commit.attachmentsDropped { attachments[RowKey(hash)] = nil }
    }
}

extension RowKey {
    init(_ hash: ContentHash) { self.init(.text(hash.text)) }

    init(_ row: ReferenceRow) {
        self.init(
            .text(row.sha256.text), .text(row.instance.workflow), .text(row.instance.key))
    }
}
