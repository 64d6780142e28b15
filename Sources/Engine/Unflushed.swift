import Execution
import Sabotage
import Values

/// Receipts and kept events that are decided and not durable yet.
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

    mutating func decided(_ commit: Commit) {
        if let row = commit.receipt {
            receipts[ReceiptKey(row.name, row.eventID)] = row
        }
        for row in commit.keptAdded { kept[row.name, default: []].append(row) }
        if let name = commit.keptTaken { taken.insert(name) }
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
    }

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
        return try store.kept(name) + (kept[name] ?? [])
    }
}
