import Guest
import Values

/// `reconciliation.settle {difference} -> {outcome}`: looks at the books and the statement again. Where they differ still it is
/// refused by the name of what differs, with both sides in two columns, the rule that failed, what was near and what
/// would settle it: an incident that says so.
struct SettleDifference: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var difference = try Difference.find(call.input, &records)
        if difference.stage != .settled {
            let account = try BankAccount.find(difference.account, &records)
            try look(difference, account, Booking(call), &records)
            difference = try Difference.find(call.input, &records)
            guard difference.stage == .settled else {
                throw try DifferenceText(difference, account, &records).refusal
            }
        }
        return ["outcome": .string(difference.outcome ?? "")]
    }

    private func look(
        _ difference: Difference, _ account: BankAccount, _ booking: Booking,
        _ records: inout Records
    ) throws(Refusal) {
        switch difference.kind {
        case .balance:
            guard account.unexplained.amount(difference.currency) == 0 else { return }
        case .incomplete:
            guard let closed = account.closed, closed > difference.foundAt else { return }
        case .unreadable:
            guard try difference.statementLine(&records) != nil else { return }
            var account = account
            account.unreadable = max(0, account.unreadable - 1)
            records.put(account)
        case .notAtBank:
            guard try difference.bankItem(&records)?.isOpen == false else { return }
        case .returned:
            guard let payout = try ReturnedPayout(difference, &records),
                try payout.isPaidAgain(&records)
            else { return }
        case .altered, .chargedBack, .largeFee, .amountDiffers: return
        case .atBankOnly, .stillAsked, .closedHere, .currencyDiffers, .twice, .ambiguous:
            guard let line = try difference.statementLine(&records),
                [.open, .suspense].contains(line.state)
            else { return }
            var outcome = Outcome(account, booking)
            return try outcome.judge(line, &records)
        }
        try Difference.resolve(difference.id, "resolved", at: booking.booked, &records)
    }
}
