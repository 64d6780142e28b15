import Guest
import Values

/// A payout that its payee's bank sent back, and the statement that it had paid.
struct ReturnedPayout {
    private let key: String
    private let line: StatementLine
    private let memo: ValueMap

    /// nil: the difference is another one, or nobody's statement was paid by it.
    init?(_ difference: Difference, _ records: inout Records) throws(Refusal) {
        guard difference.kind == .returned, let line = try difference.statementLine(&records),
            let key = try difference.bankItem(&records)?.key,
            let left = try Ledger.find("payout:\(key)", &records),
            left.transaction.memo["statement"] != nil
        else { return nil }
        self.key = key
        self.line = line
        memo = left.transaction.memo
    }

    /// Of `payout.returned`, which begins a `worker-payout`.
    var event: Value {
        [
            "account": memo["account"] ?? .null, "cycle": memo["cycle"] ?? .null,
            "returned": [
                "statement": memo["statement"] ?? .null, "key": .string(key),
                "line": .string(line.line), "at": .string(line.booked.rfc3339),
            ],
        ]
    }

    /// Under another key, which is another payout.
    func isPaidAgain(_ records: inout Records) throws(Refusal) -> Bool {
        let statement = try PayStatement(
            ["statement": memo["statement"] ?? .null, "account": memo["account"] ?? .null], &records
        )
        return statement.status == .paid && !sameUTF8(statement.key, key)
    }
}
