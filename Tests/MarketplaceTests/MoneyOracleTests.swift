import Marketplace
import Testing
import Values

/// The same ten thousand cases each as `Tests/oracle/money_cases.py` works out with exact fractions. Where one differs,
/// `python3 Tests/oracle/money_cases.py rounding` prints its cases.
@Suite("Rounding, splits and discounts, against exact fractions [R-41], [R-45]")
struct MoneyOracleTests {
    private static let cases = 10_000
    private static let limit: UInt64 = 1_000_000_000_000

    private func digest(_ lines: [String]) -> String {
        SHA256.hex(of: lines.map { $0 + "\n" }.joined())
    }

    @Test func rounding() throws {
        var random = Seeded(seed: 1)
        var lines: [String] = []
        for number in 0..<Self.cases {
            let share: Int64
            let amount: Int64
            if number.isMultiple(of: 2) {
                share = [125, 375, 625, 875][Int(random.below(4))]
                amount = (random.below(Self.limit / 5) - Int64(Self.limit / 10)) * 8 + 4
            } else {
                share = random.below(1_001)
                amount = random.below(2 * Self.limit + 1) - Int64(Self.limit)
            }
            lines.append("\(amount) \(share) \(try Pay.part(share, of: amount))")
        }
        #expect(
            digest(lines) == "123e53b99cba7ef03eef6ab3481b572fc3b7cb8ca8cb2233b32cdc33858583e6")
    }

    @Test func splits() {
        var random = Seeded(seed: 2)
        var lines: [String] = []
        for _ in 0..<Self.cases {
            let count = Int(1 + random.below(12))
            var weights: [Int64] = []
            for _ in 0..<count { weights.append(random.below(1_000_001)) }
            if random.below(2) == 1 {
                for index in (count / 2)..<count { weights[index] = weights[0] }
            }
            let total = random.below(2 * Self.limit + 1) - Int64(Self.limit)
            let entries = weights.enumerated().map { index, weight in
                (id: "id-\(1_000 + index)", weight: weight)
            }
            let parts = Split.byLargestRemainder(total, among: entries)
            lines.append(
                "\(total) [\(text(weights))] " + (parts.map { "[\(text($0))]" } ?? "nothing"))
        }
        #expect(
            digest(lines) == "3317e6c5512cd2867d13404104ac944e5a688c8ee7172a48274b3f9c6584216a")
    }

    @Test func discounts() {
        var random = Seeded(seed: 3)
        var lines: [String] = []
        for number in 0..<Self.cases {
            let paid =
                number.isMultiple(of: 2)
                ? random.below(12_000_000)
                : random.below(10) * 1_000_000 + random.below(5) - 2
            lines.append("\(paid) \(Loyalty.percent(paid: paid))")
        }
        #expect(
            digest(lines) == "03a71c63307174d8518a3343bcddcf9066bb3db9605ce388d0e0355fe092e856")
    }

    private func text(_ numbers: [Int64]) -> String {
        numbers.map { String($0) }.joined(separator: ", ")
    }
}

extension Seeded {
    fileprivate mutating func below(_ limit: UInt64) -> Int64 { Int64(next() % limit) }
}
