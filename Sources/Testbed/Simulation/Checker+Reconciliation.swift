import Execution
import Guest
import Marketplace
import Values

/// What the bank's statement says of the books.
extension Checker {
    /// 25: when all is quiet the statement and the books differ in nothing, whatever the bank lost and repeated; and what is
    /// in transit or in suspense is what somebody still looks at.
    func reconciled() throws(StoreError) -> [String] {
        var all: [ExactText: [RecordEntry]] = [:]
        for name in LedgerAudit.collections {
            all[ExactText(name)] = try store.records(
                RecordQuery(collection: name, selection: .all, limit: 1_000_000)
            ).records.map { RecordEntry(id: $0.id, group: $0.group, body: $0.body) }
        }
        let records = { (name: String) in all[ExactText(name)] ?? [] }
        return LedgerAudit.violations(records).map { "25: \($0)" }
            + LedgerAudit.open(records).map { "25: the bank and the books differ: \($0)" }
    }
}
