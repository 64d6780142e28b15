import Execution
import Sabotage
import Values

/// Receipts, kept events and attachments that are decided and not durable yet.
struct Unflushed {
    private struct ReceiptKey: Hashable {
        let name: InstanceName
        let eventID: ExactText

        init(_ name: InstanceName, _ eventID: String) {
            self.name = name
            self.eventID = ExactText(eventID)
        }
    }

    private var receipts: [ReceiptKey: ReceiptRow] = [:]
    private var kept: [InstanceName: [KeptRow]] = [:]
    private var taken: Set<InstanceName> = []
    /// The last word on some content, and how many commits have one; nil: it was dropped.
    private var attachments: [ContentHash: (row: AttachmentRow?, commits: Int)] = [:]
    /// How many references to it are decided. One that is cleared again is not missed: it may be counted a moment longer.
    private var references: [ContentHash: Int] = [:]
    /// Instances that are gone, although the store has them still.
    private var removed: Set<InstanceID> = []

    mutating func decided(_ commit: Commit) {
        if let row = commit.receipt {
            receipts[ReceiptKey(row.name, row.eventID)] = row
        }
        for row in commit.keptAdded { kept[row.name, default: []].append(row) }
        if let name = commit.keptTaken { taken.insert(name) }
        for row in commit.attachmentsSet { note(row.sha256, row) }
        for hash in commit.attachmentsDropped { note(hash, nil) }
        for row in commit.referencesSet { references[row.sha256, default: 0] += 1 }
        for row in commit.removed { removed.insert(row.id) }
    }

    private mutating func note(_ hash: ContentHash, _ row: AttachmentRow?) {
        attachments[hash] = (row, (attachments[hash]?.commits ?? 0) + 1)
    }

    mutating func flushed(_ commit: Commit) {
        if let row = commit.receipt {
            receipts[ReceiptKey(row.name, row.eventID)] = nil
        }
        for row in commit.keptAdded {
            kept[row.name]?.removeAll { $0 == row }
            if kept[row.name]?.isEmpty == true { kept[row.name] = nil }
        }
        if let name = commit.keptTaken { taken.remove(name) }
        for hash in commit.attachmentsSet.map(\.sha256) + commit.attachmentsDropped {
            guard let entry = attachments[hash] else { continue }
            attachments[hash] = entry.commits > 1 ? (entry.row, entry.commits - 1) : nil
        }
        for row in commit.referencesSet {
            guard let count = references[row.sha256] else { continue }
            references[row.sha256] = count > 1 ? count - 1 : nil
        }
        for row in commit.removed { removed.remove(row.id) }
    }

    func isRemoved(_ id: InstanceID) -> Bool { !removed.isEmpty && removed.contains(id) }

    func attachment(
        _ hash: ContentHash, store: any Store
    ) throws(StoreError) -> AttachmentRow? {
        if let entry = attachments[hash] { return entry.row }
        return try store.attachment(hash)
    }

    func isReferred(to hash: ContentHash) -> Bool { references[hash] != nil }

    func receipt(
        _ name: InstanceName, eventID: String, store: any Store
    ) throws(StoreError) -> ReceiptRow? {
        if let row = receipts[ReceiptKey(name, eventID)],
            !isMutant(.unflushedReceiptsUnseen)
        {
            return row
        }
        return try store.receipt(name, eventID: eventID)
    }

    /// In order of arrival.
    func kept(_ name: InstanceName, store: any Store) throws(StoreError) -> [KeptRow] {
        guard !taken.contains(name) else { return [] }
        // The writer may have flushed some of them already, and nobody has said so yet.
        let stored = try store.kept(name)
        return stored
            + (kept[name] ?? []).filter { row in
                !stored.contains { sameUTF8($0.event.id, row.event.id) }
            }
    }

    /// Counted up to `limit`. What was taken by a start that is not flushed yet counts still, and what is being
    /// flushed may count twice.
    func keptCount(
        of workflow: String, upTo limit: Int, store: any Store
    ) throws(StoreError) -> Int {
        let added = kept.reduce(0) {
            sameUTF8($1.key.workflow, workflow) ? $0 + $1.value.count : $0
        }
        return try added + store.keptCount(of: workflow, upTo: limit)
    }
}
