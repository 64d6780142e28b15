import Guest
import Values

/// A cycle that is tried: its own operations, with what they write taken back. No number is given, no mail sent and nobody
/// called; the real run differs from it only by what is booked after `sequence`.
struct TriedRun {
    let from: Timestamp?
    let until: Timestamp
    /// As the cycle's instances are told of it: the local day.
    let cycle: String
    private let workflow: String
    private let now: Timestamp

    /// - Parameter workflow: of the cycle. The statement's id is `next`, or the moment of another cut-off.
    /// - Returns: nil: there is no such cycle.
    init?(_ request: StatementRequest, of workflow: ExactText) throws(Refusal) {
        let span = request.spans[workflow]
        if sameUTF8(request.id, "next") {
            guard let until = span?.until, let key = span?.key else { return nil }
            self.until = until
            cycle = key.hasSuffix("T00:00") ? String(key.dropLast(6)) : key
        } else {
            guard let until = Timestamp(rfc3339: request.id) else { return nil }
            self.until = until
            cycle = String(until.rfc3339.prefix(19))
        }
        from = span?.from
        if let from, until <= from {
            throw Refusal("covered-by", "a cycle goes to \(from.rfc3339) already")
        }
        self.workflow = workflow.text
        now = max(request.now, until)
    }

    /// What an operation of the cycle, or of one of its members, is called with.
    func call(_ input: ValueMap) -> Call<Value> {
        Call(
            input: .map(input), key: "dry-run/1", workflow: workflow,
            instance: "\(workflow)/\(cycle)", now: now)
    }

    /// Of a member.
    func input(_ account: String) -> ValueMap {
        [
            "account": .string(account), "cycle": .string(cycle),
            "from": from.map { .string($0.rfc3339) } ?? .null, "until": .string(until.rfc3339),
        ]
    }
}

/// The accounts of a tried run, in order. Sums and the hash are of all of them, whatever the page.
struct RunReport {
    struct Row {
        let account: String
        let currency: String
        /// That would be asked for, or paid.
        let amount: Int64
        let members: ValueMap
    }

    private var rows: [Value] = []
    private var last: String?
    private var hasMore = false
    private var total: Int64 = 0
    private var sums: [(currency: String, amount: Int128)] = []
    private var hashes = ""

    mutating func add(_ row: Row, _ request: StatementRequest) {
        total += 1
        if let index = sums.firstIndex(where: { sameUTF8($0.currency, row.currency) }) {
            sums[index].amount += Int128(row.amount)
        } else {
            sums.append((row.currency, Int128(row.amount)))
        }
        hashes += (row.members["hash"]?.stringValue ?? "") + "\n"
        if let after = request.after, ExactText(row.account) <= ExactText(after) { return }
        guard rows.count < request.limit else {
            hasMore = true
            return
        }
        rows.append(.map((["account": .string(row.account)] as ValueMap).merging(row.members)))
        last = row.account
    }

    func page(_ run: TriedRun, _ records: inout Records) throws(Refusal) -> StatementPage {
        StatementPage(
            [
                "cycle": .string(run.cycle),
                "cycleFrom": run.from.map { .string($0.rfc3339) } ?? .null,
                "cutOff": .string(run.until.rfc3339),
                "sequence": .int(try Ledger.lastSequence(&records)),
                "sums": .list(
                    sums.map { ["sum": .money(Int64(clamping: $0.amount), $0.currency)] }),
                "hash": .string(SHA256.hex(of: hashes)), "accounts": .list(rows),
            ], list: "accounts", total: total, next: hasMore ? last : nil)
    }
}
