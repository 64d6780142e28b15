import Marketplace
import Testing
import Values

@Suite("Shares and remainders [R-45]")
struct SplitTests {
    private func split(_ total: Int64, _ weights: [Int64]) -> [Int64]? {
        let ids = weights.indices.map { "line-\(1_000 + $0)" }
        return Split.byLargestRemainder(
            total, among: zip(ids, weights).map { (id: $0, weight: $1) })
    }

    @Test("As it was worked out by hand")
    func worked() {
        #expect(split(1_000, [3_333, 3_333, 3_334]) == [333, 333, 334])
        #expect(split(10_000, [30, 50, 70]) == [2_000, 3_333, 4_667])
        #expect(split(1_000, [1, 1, 1]) == [334, 333, 333])
        #expect(split(-1_000, [1, 1, 1]) == [-334, -333, -333])
        #expect(split(1_000, [0, 1]) == [0, 1_000])
        #expect(split(1_000, [0, 0]) == nil)
        #expect(split(1_000, []) == nil)
    }

    /// 1 to 200 weights, zeros and equals among them, sums of either sign.
    @Test("Whole, each within one unit of its exact share, and the same in any order")
    func anySplit() {
        var random = Seeded(seed: 48)
        for round in 0..<10_000 {
            let count = round % 50 == 0 ? 200 : Int.random(in: 1...12, using: &random)
            let top = Int64.random(in: 1...1_000_000_000, using: &random)
            var entries = (0..<count).map { number in
                (id: "id-\(number)", weight: Int64.random(in: 0...top, using: &random))
            }
            if Bool.random(using: &random) {
                for index in entries.indices.dropFirst(count / 2) {
                    entries[index].weight = entries[0].weight
                }
            }
            let total = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
            let sum = entries.reduce(Int128(0)) { $0 + Int128($1.weight) }
            guard let parts = Split.byLargestRemainder(total, among: entries) else {
                #expect(sum == 0)
                continue
            }
            #expect(parts.reduce(0, +) == total)
            for (entry, part) in zip(entries, parts) {
                let error = Int128(part) * sum - Int128(total) * Int128(entry.weight)
                #expect(error.magnitude < sum.magnitude)
            }
            let order = Array(entries.indices).shuffled(using: &random)
            let again = Split.byLargestRemainder(total, among: order.map { entries[$0] })
            #expect(again == order.map { parts[$0] })
        }
    }

    /// Rates in thousandths; ties are forced in half of the cases.
    @Test("Half to even, as an exact fraction says, and the mirror for what is negative")
    func halfEven() throws {
        var random = Seeded(seed: 49)
        for round in 0..<10_000 {
            let share: Int64
            let amount: Int64
            if round.isMultiple(of: 2) {
                // Of 125 and 8 n + 4 the product is an odd multiple of 500.
                share = [125, 375, 625, 875].randomElement(using: &random) ?? 125
                amount =
                    Int64.random(in: -100_000_000_000...100_000_000_000, using: &random) * 8 + 4
            } else {
                share = Int64.random(in: 0...1_000, using: &random)
                amount = Int64.random(
                    in: -1_000_000_000_000...1_000_000_000_000, using: &random)
            }
            let part = try Pay.part(share, of: amount)
            let error = Int128(part) * 1_000 - Int128(amount) * Int128(share)
            #expect(error.magnitude <= 500)
            if error.magnitude == 500 { #expect(part.isMultiple(of: 2)) }
            #expect(try Pay.part(share, of: -amount) == -part)
        }
    }

    @Test("What is paid and what is carried on are all that there was, and never both")
    func dueAndCarry() {
        var random = Seeded(seed: 50)
        for _ in 0..<10_000 {
            var carry: Int64 = 0
            var (paid, sum): (Int64, Int64) = (0, 0)
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                let month = Int64.random(in: -30_000...40_000, using: &random)
                sum += month
                let (due, left) = Pay.split(carry + month)
                #expect(left <= 0 && due >= 0 && (due == 0 || left == 0))
                (carry, paid) = (left, paid + due)
                #expect(paid + carry == sum)
            }
        }
    }
}
