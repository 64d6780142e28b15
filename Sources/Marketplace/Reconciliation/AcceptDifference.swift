import Guest
import Values

/// `reconciliation.accept {difference, to?, reason, by} -> {outcome, transaction}`: a person says where the money belongs: what is in
/// suspense, or was booked and never came, goes `to` fees, losses, goodwill or revenue. What needs no posting is only
/// noted.
struct AcceptDifference: LocalOperation {
    /// Where a difference may end. Suspense is where it comes from.
    private static let ends: [Ledger.House] = [.fees, .losses, .goodwill, .revenue]

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var difference = try Difference.find(call.input, &records)
        guard difference.stage != .settled else { return try Self.output(difference, &records) }
        let by = try call.input.text("by")
        let reason = try call.input.text("reason")
        if let item = try clearing(difference, &records) {
            let name = try call.input.text("to")
            guard let end = Ledger.House(rawValue: name), Self.ends.contains(end) else {
                throw .invalid("to", Self.ends.map(\.rawValue).joined(separator: ", "))
            }
            try post(item, difference, end, Booking(call, by: by), &records)
        }
        try close(difference, &records)
        difference = try Difference.find(call.input, &records)
        difference.settle("accept", at: call.now, by: by, reason: reason)
        records.put(difference)
        return try Self.output(difference, &records)
    }

    private static func output(
        _ difference: Difference, _ records: inout Records
    ) throws(Refusal) -> Value {
        let id = "difference:\(difference.id)"
        let transaction = try Ledger.find(id, &records)
        return [
            "outcome": .string(difference.outcome ?? ""),
            "transaction": transaction.map { .string($0.id) } ?? .null,
        ]
    }

    /// What has no place in the books yet: an amount, as a debit, of which account.
    private struct Clearing {
        let amount: Int64
        let of: Ledger.House
        let at: Timestamp
        let line: String?
    }

    private func clearing(
        _ difference: Difference, _ records: inout Records
    ) throws(Refusal) -> Clearing? {
        let line = try difference.statementLine(&records)
        let item = try difference.bankItem(&records)
        switch difference.kind {
        case .returned, .chargedBack, .largeFee, .altered, .unreadable, .incomplete: return nil
        case .amountDiffers:
            guard let line, let item, line.amount != item.amount else { return nil }
            return Clearing(
                amount: line.amount - item.amount, of: .suspense, at: line.booked, line: line.id)
        case .notAtBank:
            guard let item, item.isOpen else { return nil }
            return Clearing(amount: 0 - item.amount, of: .bank, at: item.at, line: nil)
        case .balance:
            return Clearing(
                amount: difference.amount, of: .bank, at: difference.foundAt, line: nil)
        case .atBankOnly, .stillAsked, .closedHere, .currencyDiffers, .twice, .ambiguous:
            guard let line, [.open, .suspense].contains(line.state) else { return nil }
            return Clearing(
                amount: line.amount, of: line.state == .suspense ? .suspense : .bank,
                at: line.booked, line: line.id)
        }
    }

    private func post(
        _ clearing: Clearing, _ difference: Difference, _ end: Ledger.House, _ booking: Booking,
        _ records: inout Records
    ) throws(Refusal) {
        var memo: ValueMap = ["difference": .string(difference.id)]
        if let line = clearing.line { memo["statementLine"] = .string(line) }
        try Ledger.transfer(
            clearing.amount, difference.currency,
            debit: Ledger.house(clearing.of, difference.currency),
            credit: Ledger.house(end, difference.currency), id: "difference:\(difference.id)",
            kind: .cleared, at: clearing.at, memo: memo
        ).post(booking, to: &records)
    }

    /// Neither side waits for it any more.
    private func close(
        _ difference: Difference, _ records: inout Records
    ) throws(Refusal) {
        let reference = "difference:\(difference.id)"
        if var line = try difference.statementLine(&records),
            [.open, .suspense].contains(line.state), difference.kind != .altered
        {
            (line.state, line.reference) = (.posted, reference)
            records.put(line)
        }
        if difference.kind == .notAtBank, var item = try difference.bankItem(&records),
            item.isOpen
        {
            item.cleared = reference
            records.put(item)
        }
        var account = try BankAccount.find(difference.account, &records)
        switch difference.kind {
        case .unreadable: account.unreadable = max(0, account.unreadable - 1)
        case .balance:
            try account.base.add(difference.amount, difference.currency)
            account.unexplained = .map(ValueMap())
        default: return
        }
        records.put(account)
    }
}
