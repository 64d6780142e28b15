import Guest
import Values

/// `reconciliation.close {run, isLast} -> {isComplete, why}`: whether the statement tells all of its span: its pages ended, what it
/// opened with and its lines come to what it closed with, and it opened with what the one before closed with. Only then
/// what is not in it is called missing. What is wrong is a difference when nobody will ask again (`isLast`).
struct CloseStatement: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var run = try StatementRun.find(call.input, &records)
        var account = try BankAccount.find(run.account, &records)
        if run.isComplete { return ["isComplete": true, "why": ""] }
        let fault = Self.fault(run, &account)
        run.isComplete = fault == nil
        if run.isComplete {
            account.closed = max(account.closed ?? run.until, run.until)
            account.unexplained = .map(ValueMap())
        } else if call.input["isLast"]?.boolValue == true, let fault {
            try note(fault, run, account, at: call.now, &records)
        }
        records.put(run)
        records.put(account)
        return ["isComplete": .bool(run.isComplete), "why": .string(fault?.text ?? "")]
    }

    private enum Fault {
        case cut
        case unreadable
        /// Another one was begun meanwhile, and has lines that this one has not.
        case overtaken
        case sum(Value)
        case balance(Value)

        var text: String {
            switch self {
            case .cut: "its last page did not come"
            case .unreadable: "a line of it cannot be read"
            case .overtaken: "another statement was asked for meanwhile"
            case .sum(let off):
                "what it opened with and its lines differ from what it closed with by \(JSON.string(off))"
            case .balance(let off):
                "it closed with \(JSON.string(off)) more than all lines so far come to"
            }
        }
    }

    private static func fault(_ run: StatementRun, _ account: inout BankAccount) -> Fault? {
        guard run.isOver else { return .cut }
        guard run.unreadable == 0, account.unreadable == 0 else { return .unreadable }
        let off = run.closing.less(run.opening, run.sums)
        guard off.isNothing || off.less(run.altered).isNothing else { return .sum(off) }
        guard run.until == account.latest else { return .overtaken }
        if account.closed == nil {
            // The first one: what the account had before is what it says.
            account.base = run.closing.less(account.total)
            if !off.isNothing { account.base = account.base.less(account.altered) }
        }
        let more = run.closing.less(account.base, account.total)
        account.unexplained = more
        return more.isNothing || more.less(account.altered).isNothing ? nil : .balance(more)
    }

    private func note(
        _ fault: Fault, _ run: StatementRun, _ account: BankAccount, at now: Timestamp,
        _ records: inout Records
    ) throws(Refusal) {
        switch fault {
        case .overtaken, .unreadable: return
        case .balance(let off):
            for currency in off.currencies where off.amount(currency) != 0 {
                let amount = off.amount(currency)
                try Difference(
                    id: "balance:\(account.id)/\(currency)/\(amount)", account: account.id,
                    kind: .balance, line: nil, item: nil, amount: amount, currency: currency,
                    foundAt: now, detail: fault.text
                ).note(&records)
            }
        case .cut, .sum:
            let since = account.closed?.rfc3339 ?? "the beginning"
            try Difference(
                id: "incomplete:\(account.id)/\(since)", account: account.id, kind: .incomplete,
                line: nil, item: nil, amount: 0, currency: Ledger.defaultCurrency,
                foundAt: now, detail: fault.text
            ).note(&records)
        }
    }
}
