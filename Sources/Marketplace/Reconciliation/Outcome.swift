import Guest
import Values

/// Carries a verdict out: marks both sides, posts what is to be posted, notes what is a difference.
struct Outcome {
    let account: BankAccount
    let booking: Booking
    fileprivate(set) var counts = Counts()

    struct Counts {
        var matched: Int64 = 0
        var posted: Int64 = 0
        var differences: Int64 = 0
    }

    private var now: Timestamp { booking.booked }

    init(_ account: BankAccount, _ booking: Booking) {
        self.account = account
        self.booking = booking
    }

    /// Judges a line that is open, or in suspense, and does what follows.
    mutating func judge(_ line: StatementLine, _ records: inout Records) throws(Refusal) {
        let verdict = try Judge(account: account).verdict(on: line, &records)
        switch verdict {
        case .matched(let item, let rule): try match(line, item, rule: rule, &records)
        case .undone(let other): try undo(line, other, &records)
        case .booked: try book(line, &records)
        case .returned(let item): try giveBack(line, item, &records)
        case .chargedBack(let item): try chargeBack(line, item, &records)
        case .ambiguous(let items):
            for item in items { try contest(item, line.id, &records) }
            try note(.ambiguous, line, nil, &records)
        case .difference(.stillAsked, _): try note(.stillAsked, line, nil, &records)
        case .difference(.amountDiffers, .some(let item)):
            try bookOther(line, item, &records)
        case .difference(let kind, let item):
            try suspend(line, &records)
            if let item, kind != .twice { try contest(item, line.id, &records) }
            try note(kind, line, item, &records)
        }
    }

    private mutating func note(
        _ kind: Difference.Kind, _ line: StatementLine, _ item: BankItem?,
        _ records: inout Records
    ) throws(Refusal) {
        var difference = Difference.of(line: line, kind, at: now)
        difference.item = item?.id
        try difference.note(&records)
        counts.differences += 1
    }

    private func contest(
        _ item: BankItem, _ difference: String, _ records: inout Records
    ) throws(Refusal) {
        guard var item = try records.find(BankItem.self, id: item.id), item.isOpen,
            item.contested == nil
        else { return }
        item.contested = difference
        records.put(item)
    }

    // MARK: Both sides

    /// - Parameter rule: 0: a person says so.
    mutating func match(
        _ line: StatementLine, _ item: BankItem, rule: Int, _ records: inout Records
    ) throws(Refusal) {
        var (line, item) = (line, item)
        if line.state == .suspense {
            try transfer(
                line.amount, line.currency, .suspense, .bank, "\(line.posting)/matched",
                .cleared, at: line.booked, line, &records)
        }
        (line.state, line.reference, line.rule) = (.matched, item.id, rule)
        (item.line, item.rule, item.contested) = (line.id, rule, nil)
        records.put(line)
        records.put(item)
        let how = rule == 0 ? "match" : "rule \(rule)"
        try Difference.resolve(line.id, how, at: now, &records)
        try Difference.resolve(Difference.id(ofItem: item.id), how, at: now, &records)
        counts.matched += 1
    }

    private mutating func undo(
        _ line: StatementLine, _ other: StatementLine, _ records: inout Records
    ) throws(Refusal) {
        for (one, counterpart) in [(line, other), (other, line)] {
            var one = one
            if one.state == .suspense {
                try transfer(
                    one.amount, one.currency, .suspense, .bank, "\(one.posting)/undone",
                    .cleared, at: one.booked, one, &records)
            }
            (one.state, one.reference) = (.undone, counterpart.id)
            records.put(one)
            try Difference.resolve(one.id, "undone", at: now, &records)
        }
        counts.matched += 1
    }

    // MARK: Postings

    private func transfer(
        _ amount: Int64, _ currency: String, _ debit: Ledger.House, _ credit: Ledger.House,
        _ id: String, _ kind: Ledger.Kind, at moment: Timestamp, _ line: StatementLine,
        _ records: inout Records
    ) throws(Refusal) {
        let transaction = try Ledger.transfer(
            amount, currency, debit: Ledger.house(debit, currency),
            credit: Ledger.house(credit, currency), id: id, kind: kind, at: moment,
            memo: Self.memo(line))
        try transaction.post(booking, to: &records)
    }

    private static func memo(_ line: StatementLine) -> ValueMap {
        var memo: ValueMap = ["statementLine": .string(line.id)]
        if let key = line.key { memo["bankKey"] = .string(key) }
        return memo
    }

    /// The bank's, and a person finds out whose.
    private mutating func suspend(
        _ line: StatementLine, _ records: inout Records
    ) throws(Refusal) {
        guard line.state == .open else { return }
        try transfer(
            line.amount, line.currency, .bank, .suspense, line.posting, .suspense,
            at: line.booked, line, &records)
        try become(.suspense, line, line.posting, &records)
    }

    private mutating func become(
        _ state: StatementLine.State, _ line: StatementLine, _ reference: String,
        _ records: inout Records
    ) throws(Refusal) {
        var line = line
        (line.state, line.reference) = (state, reference)
        records.put(line)
        if state == .posted || state == .suspense { counts.posted += 1 }
    }

    /// What the bank took is booked; what it took too much or too little is in suspense.
    private mutating func bookOther(
        _ line: StatementLine, _ item: BankItem, _ records: inout Records
    ) throws(Refusal) {
        var (line, item) = (line, item)
        // Already in suspense as something unknown: all of it but what we had booked leaves.
        let amount = line.state == .suspense ? 0 - item.amount : line.amount - item.amount
        try transfer(
            amount, line.currency, .bank, .suspense,
            line.state == .suspense ? "\(line.posting)/differs" : line.posting, .suspense,
            at: line.booked, line, &records)
        (line.state, line.reference, line.rule) = (.matched, item.id, 1)
        (item.line, item.rule, item.contested) = (line.id, 1, nil)
        records.put(line)
        records.put(item)
        try Difference.resolve(
            Difference.id(ofItem: item.id), "amount-differs", at: now, &records)
        try note(.amountDiffers, line, item, &records)
    }

    private mutating func book(
        _ line: StatementLine, _ records: inout Records
    ) throws(Refusal) {
        try transfer(
            line.amount, line.currency, .bank, .fees, line.posting,
            line.kind == .fee ? .fee : .interest, at: line.booked, line, &records)
        try become(.posted, line, line.posting, &records)
        let limit = Currency(line.currency)?.minor(units: account.feeLimit) ?? 0
        if line.amount.magnitude > limit.magnitude { try note(.largeFee, line, nil, &records) }
    }

    /// Owed again, to that statement alone; a person mends the account.
    private mutating func giveBack(
        _ line: StatementLine, _ item: BankItem, _ records: inout Records
    ) throws(Refusal) {
        let worker = item.party ?? ""
        let reference = "payout:\(item.key ?? line.id)/returned"
        // Whoever saw it first has posted it.
        if try Ledger.find(reference, &records) == nil {
            try leave(line, &records)
            var summary = try AccountSummary(of: Ledger.worker(worker), &records)
            try summary.add(0 - line.amount, to: .balance, line.currency)
            try Ledger.transfer(
                line.amount, line.currency, debit: Ledger.house(.bank, line.currency),
                credit: Ledger.worker(worker), id: reference, kind: .payoutReturned,
                at: line.booked, memo: Self.memo(line)
            ).post(booking, to: &records)
            summary.write(to: &records)
        }
        try become(.posted, line, reference, &records)
        try note(.returned, line, item, &records)
    }

    /// The client owes again what the bank gave back; the invoice is overdue, for a person.
    private mutating func chargeBack(
        _ line: StatementLine, _ item: BankItem, _ records: inout Records
    ) throws(Refusal) {
        let client = item.party ?? ""
        try leave(line, &records)
        var summary = try AccountSummary(of: Ledger.client(client), &records)
        try summary.add(0 - line.amount, to: .balance, line.currency)
        try summary.add(line.amount, to: .paid, line.currency)
        let reference = line.state == .suspense ? "\(line.posting)/chargeback" : line.posting
        try Ledger.transfer(
            0 - line.amount, line.currency, debit: Ledger.client(client),
            credit: Ledger.house(.bank, line.currency), id: reference, kind: .chargeback,
            at: line.booked, memo: Self.memo(line)
        ).post(booking, to: &records)
        summary.write(to: &records)
        try Payment.chargeBack(line, client, &records)
        if let name = try Ledger.find(item.id, &records)?.transaction.memo["invoice"]?.stringValue,
            var invoice = try records.find(Invoice.collection, id: name).map(Invoice.init),
            invoice.status == .paid
        {
            invoice.become(.overdue, at: now, ["chargeback": .string(line.id)])
            invoice.write(to: &records)
        }
        try become(.posted, line, reference, &records)
        try note(.chargedBack, line, item, &records)
    }

    /// What was in suspense leaves it for where it belongs.
    private func leave(_ line: StatementLine, _ records: inout Records) throws(Refusal) {
        guard line.state == .suspense else { return }
        try transfer(
            line.amount, line.currency, .suspense, .bank, "\(line.posting)/matched", .cleared,
            at: line.booked, line, &records)
    }
}

extension Payment {
    /// What a client took back was not paid.
    fileprivate static func chargeBack(
        _ line: StatementLine, _ client: String, _ records: inout Records
    ) throws(Refusal) {
        records.put(
            collection, id: line.posting, group: client,
            [
                "amount": .int(line.amount), "currency": .string(line.currency),
                "bankCharge": .string(line.line), "at": .string(line.booked.rfc3339),
            ])
    }
}

extension Outcome {
    /// Booked here, and the bank's statement has all of that time without it.
    mutating func miss(
        _ item: BankItem, _ account: String, _ records: inout Records
    ) throws(Refusal) {
        let id = Difference.id(ofItem: item.id)
        guard try records.find(Difference.self, id: id) == nil else { return }
        records.add(
            Difference(
                id: id, account: account, kind: .notAtBank, line: nil, item: item.id,
                amount: item.amount, currency: item.currency, foundAt: booking.booked))
        counts.differences += 1
    }
}
