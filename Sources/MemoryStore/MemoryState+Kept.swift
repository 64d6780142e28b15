import Execution
import Values

extension MemoryState {
    /// - Returns: how many have gone.
    mutating func expireKept(by moment: Int64, limit: Int) -> Int {
        let expired = kept.rows(prefix: RowKey()).filter { $0.row.expiresAt <= moment }
            .sorted { $0.row.expiresAt < $1.row.expiresAt }.prefix(limit)
        for (key, _) in expired {
            kept[key] = nil
            let name = RowKey(Array(key.parts.prefix(2)))
            guard kept.rows(from: name, prefix: name, count: 1).isEmpty, names[name] == nil else {
                continue
            }
            for (reference, row) in references.rows(prefix: RowKey())
            where RowKey(row.instance) == name { references[reference] = nil }
        }
        return expired.count
    }
}
