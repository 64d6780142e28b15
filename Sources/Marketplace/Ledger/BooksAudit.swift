import Guest
import Values

/// The books as a whole: what every account, bill and number must add up to, however it came about.
struct BooksAudit: Audit {
    func findings(_ records: inout Records) throws(Refusal) -> [String] {
        let posted = try records.all(of: Ledger.collection)
        var findings = LedgerCheck.balance(posted).filter { $0.amount != 0 }.map {
            "the books do not sum to zero: \($0.amount) \($0.currency)"
        }
        findings += Self.balances(posted, try records.all(of: AccountSummary.collection))
        findings += Self.bills(
            try records.all(of: Invoice.collection), try records.all(of: BillingLine.collection))
        var all: [ExactText: [RecordEntry]] = [:]
        for collection in LedgerAudit.collections {
            all[collection] = try records.all(of: collection)
        }
        return findings + LedgerAudit.violations { all[$0] ?? [] }
    }

    /// What is kept beside the books is what they come to.
    private static func balances(
        _ posted: [RecordEntry], _ summaries: [RecordEntry]
    ) -> [String] {
        var kept: [ExactText: Int64] = [:]
        for record in summaries {
            let summary = AccountSummary(record)
            kept[record.id] = summary.currency.map { summary.amount(.balance, $0) } ?? 0
        }
        var findings: [String] = []
        for (account, amount) in LedgerCheck.accounts(posted)
        where Ledger.client(of: account) != nil || Ledger.worker(of: account) != nil {
            let own = kept.removeValue(forKey: ExactText(account)) ?? 0
            if own != amount {
                findings.append(
                    "\(account) is said to stand at \(own), and the books come to \(amount)")
            }
        }
        return findings
            + kept.filter { $0.value != 0 }.keys.sorted().map {
                "\($0.text) is said to stand at \(kept[$0] ?? 0), and nothing was posted"
            }
    }

    /// A bill's lines come to its total, its number is one of 1…n, and its lines are on it alone.
    private static func bills(_ invoices: [RecordEntry], _ lines: [RecordEntry]) -> [String] {
        var findings: [String] = []
        var numbers: [ExactText: [Int64]] = [:]
        var taken = Set<ExactText>()
        for record in invoices {
            let invoice = Invoice(record)
            let own = invoice.body["lines"]?.listValue ?? []
            let net = own.reduce(Int64(0)) { $0 &+ $1.count("amount") &- $1.count("discount") }
            if net != invoice.body.count("total") {
                findings.append(
                    "invoice \(invoice.id) says \(invoice.total), its lines come to \(net)")
            }
            if let number = invoice.body["number"]?.stringValue,
                let dash = number.lastIndex(of: "-"),
                let last = Int64(number[number.index(after: dash)...])
            {
                numbers[String(number[..<dash]), default: []].append(last)
            }
            guard invoice.status != .voided else { continue }
            for line in own.compactMap({ $0["transaction"]?.stringValue })
            where !taken.insert(ExactText(line)).inserted {
                findings.append("\(line) is on two bills")
            }
        }
        for record in lines
        where record.body["invoice"] == nil && taken.contains(ExactText(record.id)) {
            findings.append("\(record.id) is on a bill, and waits for one")
        }
        for (series, own) in numbers.sorted(by: { $0.key < $1.key })
        where own.sorted() != Array(1...Int64(own.count)) {
            findings.append("the numbers of \(series.text) have a gap, or one stands twice")
        }
        return findings
    }
}
