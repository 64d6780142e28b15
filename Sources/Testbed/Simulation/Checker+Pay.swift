import Execution
import Guest
import Marketplace
import Values

/// What workers are paid, judged by the bank's own lines and by the books.
extension Checker {
    /// 23: what a worker earned is paid, owed to a statement, carried or waits for the next one; nothing that was due before
    /// a cycle's end was overlooked by it; and a payout has one name at the bank and in the books, and left them once.
    func pay() throws(StoreError) -> [String] {
        let transactions = try transactions()
        var result = payoutsAgree(transactions)
        result += try overlooked()
        for entry in LedgerCheck.accounts(transactions) {
            if entry.account.hasPrefix("transit:"), entry.amount != 0 {
                result.append("23: \(entry.amount) stay in \(entry.account)")
            }
            guard let worker = Ledger.worker(of: entry.account) else { continue }
            let owed = try owed(to: worker)
            if owed != -entry.amount {
                result.append(
                    "23: the books owe \(worker) \(-entry.amount), and \(owed) is known of")
            }
        }
        return result
    }

    private func rows(_ collection: String) throws(StoreError) -> [RecordRow] {
        try store.records(
            RecordQuery(collection: collection, selection: .all, limit: 1_000_000)
        ).records
    }

    /// Of lines that wait, of statements that are not paid, and of what a negative month left.
    private func owed(to worker: String) throws(StoreError) -> Int64 {
        var sum: Int64 = 0
        for line in try rows("payroll.line") where sameUTF8(line.group, worker) {
            sum += line.body["amount"]?.intValue ?? 0
        }
        for statement in try rows("payroll.statement") where sameUTF8(statement.group, worker) {
            guard ["due", "declined", "returned"].contains(statement.body["status"]?.stringValue)
            else { continue }
            sum += statement.body["due"]?.intValue ?? 0
        }
        for account in try rows("payroll.account") where sameUTF8(account.id, worker) {
            sum += account.body["carry"]?.intValue ?? 0
        }
        return sum
    }

    private func overlooked() throws(StoreError) -> [String] {
        let ends = try rows("billing.cycle").filter { sameUTF8($0.group, "worker") }.compactMap {
            $0.body["until"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
        }
        guard let last = ends.max() else { return ["23: no month of pay was closed"] }
        return try rows("payroll.line").filter { line in
            line.body["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)).map { $0 < last } ?? true
        }.map { "23: \($0.id) of \($0.group) is on no statement" }
    }

    /// The bank's file is the judge: each of its payouts was reserved and booked under its key, and no other was.
    private func payoutsAgree(_ transactions: [RecordEntry]) -> [String] {
        var paid: [ExactText: Int64] = [:]
        for line in bankLines where line.kind == .payout && line.status == .posted {
            paid[ExactText("payout:\(line.key)"), default: 0] += line.amount
        }
        let posted = transactions.compactMap(Posted.init)
        let reserved = Set<ExactText>(
            posted.filter { $0.transaction.kind == .payout }.map { ExactText($0.id) })
        var result = paid.keys.filter { !reserved.contains($0) }.sorted().map {
            "23: the bank paid \($0.text), which never left the books"
        }
        for entry in posted where entry.transaction.kind == .payoutApplied {
            let name = String(entry.id.dropLast("/applied".count))
            let amount = entry.transaction.lines.map(\.amount).max() ?? 0
            if paid.removeValue(forKey: ExactText(name)) != amount {
                result.append("23: \(entry.id) books \(amount), the bank says something else")
            }
        }
        return result
            + paid.keys.sorted().map { "23: the bank paid \($0.text), and nobody booked it" }
    }
}
