import Sabotage
import Values

/// A sum in parts, of which no unit is lost.
package enum Split {
    /// By the largest remainder: each gets its share rounded down, and the units that are left go to those whose shares
    /// were cut most; of equal ones to the smaller id by bytes. So the parts do not depend on the order of those who share.
    /// - Parameter weights: none negative.
    /// - Returns: the part of each, in their order; nil: no weight at all, or one below zero.
    package static func byLargestRemainder(
        _ total: Int64, among weights: [(id: String, weight: Int64)]
    ) -> [Int64]? {
        let sum = weights.reduce(Int128(0)) { $0 + Int128($1.weight) }
        guard sum > 0, !weights.contains(where: { $0.weight < 0 }) else { return nil }
        // The parts of a negative sum are the mirror of those of its positive one.
        let amount = Int128(total.magnitude)
        var parts: [Int128] = []
        var cuts: [(index: Int, remainder: Int128)] = []
        for (index, entry) in weights.enumerated() {
            let (part, remainder) = (amount * Int128(entry.weight)).quotientAndRemainder(
                dividingBy: sum)
            parts.append(part)
            cuts.append((index, remainder))
        }
        let left = Int(amount - parts.reduce(0, +))
        if isMutant(.remainderToTheFirst) {
            parts[0] += Int128(left)
        } else {
            cuts.sort { one, other in
                (other.remainder, ExactText(weights[one.index].id))
                    < (one.remainder, ExactText(weights[other.index].id))
            }
            for cut in cuts.prefix(left) { parts[cut.index] += 1 }
        }
        return parts.map { Int64(clamping: total < 0 ? -$0 : $0) }
    }
}
