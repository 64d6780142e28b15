import Guest
import Values

/// `reconciliation.differences {account, after?, count?} -> {items, next}`: those that no instance sees to yet.
struct ListDifferences: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let account = try call.input.text("account")
        let count = min(max(Int(clamping: call.input["count"]?.intValue ?? 100), 1), 1_000)
        let found = try records.page(
            of: Difference.self, group: Difference.group(account, .found),
            after: call.input["after"]?.stringValue, limit: count)
        return [
            "items": .list(found.map(\.output)),
            "next": found.count == count ? found.last.map { .string($0.id) } ?? .null : .null,
        ]
    }
}

/// `reconciliation.adopt {difference} -> {class, critical, amount, payout, …}`: an instance sees to it from now on. `payout` is
/// what the statement of a payout that came back is told: owed again, it is paid again once a person has mended the account.
struct AdoptDifference: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var difference = try Difference.find(call.input, &records)
        if difference.stage == .found {
            difference.stage = .adopted
            records.put(difference)
        }
        guard case .map(var output) = difference.output else { return difference.output }
        output["payout"] = try ReturnedPayout(difference, &records)?.event ?? .null
        return .map(output)
    }
}

extension Difference {
    var output: Value {
        let limit = Currency(currency)?.minor(units: 1) ?? 1
        return [
            "difference": .string(id), "class": .string(kind.rawValue),
            "critical": .bool(kind.isCritical), "amount": .int(amount),
            "currency": .string(currency), "text": .string(text),
            // Whole units, for a limit in them.
            "units": .int(Int64(clamping: amount.magnitude / max(limit, 1).magnitude)),
            "subject": .string(item ?? line ?? account),
        ]
    }
}
