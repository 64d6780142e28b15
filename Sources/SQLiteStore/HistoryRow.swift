import Encryption
import Execution
import Values

// A commit's history entries as one row of JSON, `[[sequence, at, kind, data], …]`: most commits have several, and a
// row of its own for each would cost more than what it holds.

extension [HistoryEntry] {
    /// UTF-8.
    var encodedJSON: [UInt8] {
        var json = JSONText(capacity: 960)
        json.list(self) { json, entry in
            json.list {
                $0.value(entry.sequence)
                $0.value(entry.at.milliseconds)
                $0.value(entry.kind)
                $0.value(entry.data)
            }
        }
        return json.bytes
    }
}

extension Statement {
    /// A row of `SQL.history`.
    /// - Parameter last: the column of that number.
    func history(
        of instance: InstanceID, last column: Int32 = 1
    ) throws(StoreError) -> [HistoryEntry] {
        let entries = try value(
            0, at: .history(instance, last: int64(column)),
            of: "the history of instance \(instance)")
        var result: [HistoryEntry] = []
        for entry in entries.listValue ?? [] {
            guard let fields = entry.listValue, fields.count == 4,
                let sequence = fields[0].intValue,
                let at = fields[1].intValue, let kind = fields[2].stringValue
            else { throw .corrupt("pawl.db: a history entry of instance \(instance) is damaged") }
            result.append(
                HistoryEntry(
                    instance: instance, sequence: sequence, at: Timestamp(milliseconds: at),
                    kind: kind, data: fields[3]))
        }
        return result
    }

    /// A row of `SQL.journal`.
    func journalRow() throws(StoreError) -> JournalRow {
        // What is gone, and the engine itself, has no name.
        let name =
            isNull(3)
            ? nil : InstanceName(workflow: try text(3), key: try text(4))
        return JournalRow(
            position: int64(1), name: name, entries: try history(of: InstanceID(int64(2)), last: 5))
    }
}
