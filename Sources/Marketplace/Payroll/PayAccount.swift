import Guest
import Values

/// How a worker stands between two statements: one record, so that a cycle finds whom to pay without looking at others.
struct PayAccount {
    static let collection = "payroll.account"
    /// The group of those with lines that no statement has, or with a negative month behind them.
    static let open = "open"

    let worker: String
    /// Fixed by the first line.
    private(set) var currency: String?
    /// That no statement has, whatever they come to.
    private(set) var lines: Int64
    /// What a negative month left; never positive.
    private(set) var carry: Int64
    /// Left us, and not known as applied.
    private(set) var transit: Int64
    /// What left for the cycle that paid last.
    private var paid: (cycle: String, amount: Int64)

    /// One that is not there yet is empty.
    init(_ worker: String, _ records: inout Records) throws(Refusal) {
        self.worker = worker
        let body = try records.find(Self.collection, id: worker)?.body
        currency = body?["currency"]?.stringValue
        lines = body?.count("lines") ?? 0
        carry = body?.count("carry") ?? 0
        transit = body?.count("transit") ?? 0
        paid = (body?["cycle"]?.stringValue ?? "", body?.count("paid") ?? 0)
    }

    static func exists(_ worker: String, _ records: inout Records) throws(Refusal) -> Bool {
        try records.find(collection, id: worker) != nil
    }

    mutating func add(_ line: PayLine) throws(Refusal) {
        if let currency, !sameUTF8(currency, line.currency) {
            throw Refusal(
                "currency-differs",
                "`\(worker)` is paid in \(currency): nothing in \(line.currency) goes there")
        }
        currency = line.currency
        lines += 1
    }

    mutating func took(_ count: Int, carry: Int64) {
        lines -= Int64(count)
        self.carry = carry
    }

    /// What would have left for a cycle, with what is under way for any.
    func reserved(for cycle: String) -> Int64 {
        let settled = sameUTF8(paid.cycle, cycle) ? paid.amount : 0
        return settled + transit
    }

    mutating func reserve(_ amount: Int64) { transit += amount }

    mutating func settle(_ amount: Int64, of cycle: String, isPaid: Bool) {
        transit -= amount
        guard isPaid else { return }
        paid = (cycle, (sameUTF8(paid.cycle, cycle) ? paid.amount : 0) + amount)
    }

    func write(to records: inout Records) {
        let isOpen = lines > 0 || carry != 0
        records.put(
            Self.collection, id: worker, group: isOpen ? Self.open : "",
            [
                "currency": currency.map { .string($0) } ?? .null, "lines": .int(lines),
                "carry": .int(carry), "transit": .int(transit), "cycle": .string(paid.cycle),
                "paid": .int(paid.amount),
            ])
    }
}

extension PayLine {
    /// Posts it and has it wait for a statement, once; a line of zero is printed and not posted.
    /// - Parameter counter: the account on the other side.
    /// - Returns: what the worker is owed in all, in transit left out; negative: the worker owes.
    func post(
        _ counter: Ledger.House, _ kind: Ledger.Kind, _ booking: Booking, to records: inout Records
    ) throws(Refusal) -> Int64 {
        var summary = try AccountSummary(of: Ledger.worker(worker), &records)
        guard try Ledger.find(id, &records) == nil, try records.find(Self.self, id: id) == nil
        else { return -summary.amount(.balance, currency) }
        var account = try PayAccount(worker, &records)
        try account.add(self)
        if amount != 0 {
            try summary.add(-amount, to: .balance, currency)
            let transaction = try Ledger.transfer(
                amount, currency, debit: Ledger.house(counter, currency),
                credit: Ledger.worker(worker), id: id, kind: kind, at: at, memo: facts)
            try transaction.post(booking, to: &records)
            summary.write(to: &records)
        }
        records.add(self)
        account.write(to: &records)
        return -summary.amount(.balance, currency)
    }
}
