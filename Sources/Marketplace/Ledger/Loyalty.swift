/// The discount of those who have paid much.
package enum Loyalty {
    /// In units: the threshold, and the step.
    package static let step: Int64 = 10_000
    static let firstPercent: Int64 = 5
    static let maximumPercent: Int64 = 12

    /// More than 10,000 units: 5 %, and 1 % more for every further 10,000; 12 % at most.
    /// - Parameters:
    ///   - paid: in minor units, before the cycle.
    ///   - unit: minor units of a unit.
    package static func percent(paid: Int64, unit: Int64 = 100) -> Int64 {
        let step = step * unit
        guard paid > step else { return 0 }
        return min(maximumPercent, firstPercent + (paid - step) / step)
    }
}

/// Rounding of money: half to even, on the line.
package enum Rounding {
    /// A percentage of an amount in minor units; exact in 128 bits, so that nothing can overflow.
    /// - Parameter percent: from 0 to 100.
    package static func percentage(_ percent: Int64, of amount: Int64) -> Int64 {
        Int64(clamping: halfEven(Int128(amount) * Int128(percent), by: 100))
    }

    /// - Parameter divisor: positive.
    static func halfEven(_ number: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        let twice = Int128(remainder.magnitude) * 2
        guard twice > divisor || (twice == divisor && quotient % 2 != 0) else { return quotient }
        return quotient + (number < 0 ? -1 : 1)
    }
}
