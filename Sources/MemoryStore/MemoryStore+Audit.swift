import Execution

extension MemoryStore {
    package func audit(after sequence: Int64, count: Int) throws(StoreError) -> [AuditRow] {
        try read { state in
            Array(state.audit.rows(after: RowKey(.number(sequence)), count: count).map(\.row))
        }
    }

    package func audit(before sequence: Int64?, count: Int) throws(StoreError) -> [AuditRow] {
        try read { state in
            let end = min(sequence ?? .max, (state.auditEnd?.sequence ?? 0) + 1)
            let first = max(1, end - Int64(count))
            guard first < end else { return [] }
            return (first..<end).reversed().compactMap { state.audit[RowKey(.number($0))] }
        }
    }
}

extension MemoryState {
    var auditEnd: AuditRow? { audit[RowKey(.number(Int64(audit.count)))] }

    mutating func writeAudit(_ commit: Commit) throws(StoreError) {
        for row in commit.audit {
            let end = auditEnd
            guard row.sequence == (end?.sequence ?? 0) + 1,
                row.previous == end?.hash ?? AuditRow.genesis
            else { throw .conflict("audit: row \(row.sequence) does not follow the last one") }
            audit[RowKey(.number(row.sequence))] = row
        }
        for erasure in commit.auditErased {
            let key = RowKey(.number(erasure.sequence))
            guard var row = audit[key] else { continue }
            row.fields[erasure.part.rawValue] = .erased(commitment: erasure.commitment)
            audit[key] = row
        }
    }
}
