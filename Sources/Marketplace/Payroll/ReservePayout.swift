import Guest
import Sabotage
import Values

/// `payroll.reservePayout {statement, account, payoutCap, accountCap, cycleCap, fourEyesAbove, approval?, released?} -> {key,
/// amount}`: what is due leaves the worker's account in the books before the bank hears of it. `key` is that of the
/// call that follows, which is the instance's next, so that a payout, its reservation and the bank's line have one name.
///
/// Refused, whole: `needs-approval`, `above-cap` with both figures, `approval-void` where it was given for something else,
/// `not-owed` where the books say that less is owed. The caps count what is in transit.
struct ReservePayout: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var statement = try PayStatement(call.input, &records)
        guard [.due, .declined, .returned].contains(statement.status) else {
            throw .status(statement, "to be paid")
        }
        let isKept = isMutant(.declineKeepsKey) && statement.status == .declined
        guard let key = isKept ? statement.key : PayoutKey.next(after: call.key) else {
            throw Refusal("key-unknown", "`\(call.key)` does not say what comes after it")
        }
        var payee = try Payee(statement.account, &records)
        try payee.admit(
            call.input.optionalTime("confirmedAt"),
            holding: .seconds(max(0, call.input.count("accountHold"))), at: call.now)
        var account = try PayAccount(statement.account, &records)
        var month = try PayCycle(statement.cycle, &records)
        try checkEyes(call.input, statement, payee)
        if call.input["released"]?.stringValue == nil {
            try checkCaps(call.input, statement, account, month)
        }
        let summary = try AccountSummary(of: Ledger.worker(statement.account), &records)
        guard -summary.amount(.balance, statement.currency) >= statement.due else {
            throw Refusal(
                "not-owed",
                "\(statement.text(statement.due)) is due, and the books owe "
                    + statement.text(-summary.amount(.balance, statement.currency)))
        }
        if !isMutant(.reservedAfterSending) {
            try statement.leave(under: key, Booking(call), &records)
        }
        account.reserve(statement.due)
        month?.count("reserved", statement.due, statement.currency)
        statement.become(.sent, at: call.now, ["key": .string(key)])
        if payee.changedAt != nil { payee.write(to: &records) }
        account.write(to: &records)
        month?.write(to: &records)
        statement.write(to: &records)
        return [
            "key": .string(key), "amount": .int(statement.due),
            "payTo": .string(payee.token ?? statement.account),
        ]
    }

    /// Above a limit a second person, who is neither paid by it nor has proposed any of it.
    private func checkEyes(
        _ input: Value, _ statement: PayStatement, _ payee: Payee
    ) throws(Refusal) {
        let limit = try Pay.minor(input.count("fourEyesAbove"), statement.currency)
        guard statement.due > limit else { return }
        guard let approval = input["approval"], let by = approval["by"]?.stringValue,
            !sameUTF8(by, statement.account),
            isMutant(.ownProposalApproved)
                || !statement.proposers.contains(where: { sameUTF8($0, by) })
        else {
            throw Refusal(
                "needs-approval",
                "\(statement.text(statement.due)) is above \(statement.text(limit)): a second person decides"
            )
        }
        guard sameUTF8(approval["payee"]?.stringValue ?? "", statement.account),
            approval["amount"]?.intValue == statement.due,
            sameUTF8(approval["hash"]?.stringValue ?? "", statement.hash),
            approval.moment("at").map({ at in payee.changedAt.map { $0 <= at } ?? true }) ?? true
        else {
            throw Refusal(
                "approval-void", "what \(by) has approved is not what `\(statement.id)` says")
        }
    }

    private func checkCaps(
        _ input: Value, _ statement: PayStatement, _ account: PayAccount, _ month: PayCycle?
    ) throws(Refusal) {
        let currency = statement.currency
        let figures: [(name: String, cap: String, amount: Int64)] = [
            ("one payout", "payoutCap", statement.due),
            (
                "one account and cycle", "accountCap",
                account.reserved(for: statement.cycle) + statement.due
            ),
            ("one cycle", "cycleCap", (month?.figure("reserved", currency) ?? 0) + statement.due),
        ]
        for figure in figures {
            let cap = try Pay.minor(input.count(figure.cap), currency)
            guard figure.amount > cap else { continue }
            throw .aboveCap(statement, figure.amount, "\(figure.name) may have", cap)
        }
        try checkGrowth(input.count("cycleGrowth"), statement, month)
    }

    /// More than so many per cent of what the last three cycles came to.
    private func checkGrowth(
        _ percent: Int64, _ statement: PayStatement, _ month: PayCycle?
    ) throws(Refusal) {
        guard percent > 0, let month, let usual = month.usual(statement.currency) else { return }
        let amount = month.figure("reserved", statement.currency) + statement.due
        let cap = Int64(clamping: Int128(usual) * Int128(percent) / 100)
        guard amount > cap else { return }
        throw .aboveCap(
            statement, amount, "\(percent) % of the mean of the last three cycles is", cap)
    }
}

extension Refusal {
    fileprivate static func aboveCap(
        _ statement: PayStatement, _ amount: Int64, _ what: String, _ cap: Int64
    ) -> Refusal {
        Refusal(
            "above-cap",
            "\(statement.text(amount)) would leave, and \(what) \(statement.text(cap)) at most")
    }
}

/// What the instance's next call is named: calls of one instance are numbered.
enum PayoutKey {
    static func next(after key: String) -> String? {
        guard let slash = key.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let start = key.utf8.index(after: slash)
        guard let number = Int64(key[start...]), number > 0, number < .max else { return nil }
        let next = String(number + 1)
        // A longer number leaves less of a name that is cut to fit.
        if next.utf8.count > key.utf8.distance(from: start, to: key.utf8.endIndex),
            key.utf8.count >= 199
        {
            return nil
        }
        return String(key[..<start]) + next
    }
}

extension PayStatement {
    /// From the worker's account to what is under way; the business date is the cycle's end.
    func leave(
        under key: String, _ booking: Booking, _ records: inout Records
    ) throws(Refusal) {
        var summary = try AccountSummary(of: Ledger.worker(account), &records)
        try summary.add(due, to: .balance, currency)
        let leaving = try transfer(
            "payout:\(key)", .payout, debit: Ledger.worker(account),
            credit: Ledger.house(.transit, currency), at: body.moment("until") ?? booking.booked)
        try leaving.post(booking, to: &records)
        summary.write(to: &records)
    }
}
