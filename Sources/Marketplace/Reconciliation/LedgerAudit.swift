import Guest
import Values

/// What must hold of the books beside the bank, whatever has happened (invariants 8 and 19): for tests, simulations and
/// whoever wants to know. It reads all there is.
package enum LedgerAudit {
    /// What it reads.
    package static let collections = [
        Ledger.collection, StatementLine.collection, BankItem.collection, Difference.collection,
    ]

    /// Differences that nobody has settled: class and what it is about.
    package static func open(_ records: (String) -> [RecordEntry]) -> [String] {
        records(Difference.collection).compactMap(read(Difference.self))
            .filter { $0.stage != .settled }.map { "\($0.kind.rawValue) \($0.id)" }
    }

    /// - Parameter records: all of a collection.
    /// - Returns: what does not hold; nothing when all is well.
    package static func violations(_ records: (String) -> [RecordEntry]) -> [String] {
        let posted = records(Ledger.collection).compactMap(Posted.init)
        return transit(posted) + bank(posted, records)
    }

    /// 8: `transit:out` is the sum of calls that were sent and whose outcome is not booked; each was booked once at most.
    private static func transit(_ transactions: [Posted]) -> [String] {
        var open: [ExactText: Int64] = [:]
        for posted in transactions {
            let amount = posted.amount(
                on: Ledger.house(.transit, posted.transaction.currency))
            if amount != 0 { open[call(posted.id), default: 0] &+= amount }
        }
        return open.sorted { $0.key < $1.key }.filter { $0.value > 0 }.map {
            "8: \($0.key.text) came out of transit with \($0.value) more than went in"
        }
    }

    private static func call(_ reference: String) -> String {
        for tail in ["/applied", "/back"]
        where reference.utf8.reversed().starts(with: tail.utf8.reversed()) {
            return String(reference.unicodeScalars.dropLast(tail.unicodeScalars.count))
        }
        return reference
    }

    /// 19: the bank's account in the books is the statement's balance but for listed differences, and each item of
    /// suspense has one open difference.
    private static func bank(
        _ transactions: [Posted], _ records: (String) -> [RecordEntry]
    ) -> [String] {
        let lines = records(StatementLine.collection).compactMap(read(StatementLine.self))
        let items = records(BankItem.collection).compactMap(read(BankItem.self))
        let differences = records(Difference.collection).compactMap(read(Difference.self))
        var open: [ExactText: Int] = [:]
        for difference in differences where difference.stage != .settled {
            open[ExactText(difference.line ?? difference.id), default: 0] +=
                difference.kind == .altered || difference.kind == .unreadable ? 0 : 1
        }
        var result = balances(transactions, lines, items)
        result += suspense(transactions, lines, items, differences)
        for line in lines where line.state == .suspense || line.state == .open {
            let count = open[ExactText(line.id)] ?? 0
            if count != 1 {
                result.append("19: \(line.id) is \(line.state) with \(count) open differences")
            }
        }
        return result
    }

    /// What we have booked is what the bank has told of, but for lines that are not booked and bookings without a line.
    private static func balances(
        _ transactions: [Posted], _ lines: [StatementLine], _ items: [BankItem]
    ) -> [String] {
        var off: [ExactText: Int64] = [:]
        var done = Set<ExactText>()
        for item in items where !item.isOpen { done.insert(item.id) }
        for posted in transactions {
            let currency = posted.transaction.currency
            let amount = posted.amount(on: Ledger.house(.bank, currency))
            guard amount != 0 else { continue }
            let waits = !BankItem.isOfStatement(posted) && !done.contains(posted.id)
            let isBalance = posted.id.utf8.starts(with: "difference:balance:".utf8)
            if !waits, !isBalance { off[currency, default: 0] &+= amount }
        }
        for line in lines where line.state != .open && line.state != .undone {
            off[line.currency, default: 0] &-= line.amount
        }
        return off.sorted { $0.key < $1.key }.filter { $0.value != 0 }.map {
            "19: the books have \($0.value) \($0.key.text) more at the bank than its lines and the listed differences say"
        }
    }

    private static func suspense(
        _ transactions: [Posted], _ lines: [StatementLine], _ items: [BankItem],
        _ differences: [Difference]
    ) -> [String] {
        var off: [ExactText: Int64] = [:]
        for posted in transactions {
            off[posted.transaction.currency, default: 0] &+= posted.amount(
                on: Ledger.house(.suspense, posted.transaction.currency))
        }
        for line in lines where line.state == .suspense {
            off[line.currency, default: 0] &+= line.amount
        }
        for difference in differences
        where difference.kind == .amountDiffers && difference.stage != .settled {
            guard let line = lines.first(where: { sameUTF8($0.id, difference.line) }),
                let item = items.first(where: { sameUTF8($0.id, difference.item) })
            else { continue }
            off[line.currency, default: 0] &+= line.amount - item.amount
        }
        return off.sorted { $0.key < $1.key }.filter { $0.value != 0 }.map {
            "19: suspense has \($0.value) \($0.key.text) that no open difference is about"
        }
    }

    private static func read<R: Record>(_ type: R.Type) -> (RecordEntry) -> R? {
        { entry in
            do throws(ValueMismatch) { return try R(id: entry.id, entry.body) } catch { return nil }
        }
    }
}
