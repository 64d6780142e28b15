import Values

/// So many calls, and how much they are about, for each currency.
package struct MoneyTally: Sendable, Hashable {
    package private(set) var calls = 0
    /// Of which nobody knows how much they are about.
    package private(set) var unknown = 0
    private var sums: [ExactText: Int64] = [:]

    package init() {}

    package mutating func add(_ amount: MoneyAmount?) {
        calls += 1
        guard let amount else {
            unknown += 1
            return
        }
        let code = ExactText(amount.currency)
        let (sum, isOverflowing) = (sums[code] ?? 0).addingReportingOverflow(amount.minor)
        guard !isOverflowing else {
            unknown += 1
            return
        }
        sums[code] = sum
    }

    /// In order of currencies.
    package var amounts: [MoneyAmount] {
        sums.keys.sorted().map { MoneyAmount(sums[$0] ?? 0, $0.text) }
    }

    package var document: Value {
        [
            "calls": .int(Int64(calls)), "unknown": .int(Int64(unknown)),
            "amounts": .list(amounts.map(\.document)),
        ]
    }
}
