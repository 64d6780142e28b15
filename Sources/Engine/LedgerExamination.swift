import Execution
import Values

/// Every transaction of every ledger once more: what the store refuses to take could have been written by something else.
enum LedgerExamination {
    private static let page = 1_000

    /// One sentence each, of a hundred at most a ledger.
    static func findings(_ store: any Store) throws(StoreError) -> [String] {
        var findings: [String] = []
        for ledger in try store.ledgers() { findings += try Self.findings(ledger, store) }
        return findings
    }

    private static func findings(
        _ ledger: String, _ store: any Store
    ) throws(StoreError) -> [String] {
        let rules = LedgerRules([ledger])
        var findings: [String] = []
        var booked: [Int64: Timestamp] = [:]
        var cursor: String?
        while true {
            let rows = try store.records(
                RecordQuery(collection: ledger, selection: .all, after: cursor, limit: page)
            ).records
            for row in rows {
                let write = RecordWrite(
                    collection: ledger, id: row.id, group: row.group, expectedRevision: 0,
                    body: row.body)
                if let fault = rules.fault(of: write) {
                    findings.append(fault)
                    continue
                }
                let number = row.body["sequence"]?.intValue ?? 0
                if booked.updateValue(
                    LedgerRules.booked(row.body) ?? Timestamp(seconds: 0), forKey: number) != nil
                {
                    findings.append("\(ledger) has two transactions with the number \(number)")
                }
            }
            guard rows.count == page, let last = rows.last else { break }
            cursor = last.id
        }
        return Array((findings + order(booked, ledger)).prefix(100))
    }

    /// 1 to n, none booked before the one before.
    private static func order(_ booked: [Int64: Timestamp], _ ledger: String) -> [String] {
        var findings: [String] = []
        var before: Timestamp?
        var expected: Int64 = 1
        for (number, moment) in booked.sorted(by: { $0.key < $1.key }) {
            if number != expected {
                findings.append("\(ledger) lacks the numbers \(expected) to \(number - 1)")
            }
            if let before, moment < before {
                findings.append("\(ledger) has \(number) booked before \(number - 1)")
            }
            (before, expected) = (moment, number + 1)
        }
        return findings
    }
}
