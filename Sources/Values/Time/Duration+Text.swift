extension Duration {
    /// CEL's widest span, 10,000 years, either way.
    static let maximumSeconds: Int64 = 315_576_000_000

    /// Reads `15m`, `7d`, `1h30m`, `1.5s`, `-250ms`, or ISO 8601 `PT15M`, `P1DT2H`, `P2W`.
    ///
    /// A day is 24 hours. Years and months are refused, for their length depends on a calendar; so
    /// is anything beyond 10,000 years.
    public init?(parsing text: String) {
        var reader = DurationReader(bytes: Array(text.utf8))
        guard let nanoseconds = reader.nanoseconds() else { return nil }
        self.init(checkedNanoseconds: nanoseconds)
    }

    public init(milliseconds: Int64) {
        self = .milliseconds(milliseconds)
    }

    package init?(checkedNanoseconds total: Int128) {
        let limit = Int128(Self.maximumSeconds) * 1_000_000_000
        guard total >= -limit, total <= limit else { return nil }
        let (whole, rest) = total.quotientAndRemainder(dividingBy: 1_000_000_000)
        self = .seconds(Int64(whole)) + .nanoseconds(Int64(rest))
    }

    /// Rounded up, so that nothing is ever early; saturating.
    public var milliseconds: Int64 {
        let (whole, atto) = boundedComponents
        let (thousands, overflow) = whole.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return whole < 0 ? .min : .max }
        let (rest, part) = atto.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let (sum, beyond) = thousands.addingReportingOverflow(rest + (part > 0 ? 1 : 0))
        return beyond ? (whole < 0 ? .min : .max) : sum
    }

    /// Seconds and attoseconds; spans that no `Int64` of seconds can hold become the widest.
    package var boundedComponents: (seconds: Int64, attoseconds: Int64) {
        if self > .seconds(Int64.max) { return (.max, 0) }
        if self < .seconds(Int64.min) { return (.min, 0) }
        let parts = components
        return (parts.seconds, parts.attoseconds)
    }

    package var wholeNanoseconds: Int128 {
        let (whole, atto) = boundedComponents
        return Int128(whole) * 1_000_000_000 + Int128(atto / 1_000_000_000)
    }

    /// As CEL's `string()` writes it: `3600s`, `-1.5s`.
    package var celString: String {
        let total = wholeNanoseconds
        let magnitude = total.magnitude
        let (whole, rest) = magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        var text = (total < 0 ? "-" : "") + String(whole)
        if rest != 0 {
            var digits: [UInt8] = []
            digits.appendDecimal(Int(rest), width: 9)
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
            text += "." + String(decoding: digits, as: UTF8.self)
        }
        return text + "s"
    }

    /// For people: `3 d 4 h`, `40 min`, `2.5 s`, `850 ms`; two units at most, the rest cut off.
    public var shortText: String {
        if self < .zero { return "-" + (Duration.zero - self).shortText }
        let total = milliseconds
        let second: Int64 = 1000
        let minute = 60 * second
        let hour = 60 * minute
        let day = 24 * hour
        switch total {
        case ..<second: return "\(total) ms"
        case ..<minute: return Self.secondsText(total)
        case ..<hour: return Self.pair(total, minute, "min", second, "s")
        case ..<day: return Self.pair(total, hour, "h", minute, "min")
        default: return Self.pair(total, day, "d", hour, "h")
        }
    }

    private static func secondsText(_ milliseconds: Int64) -> String {
        let tenth = milliseconds % 1000 / 100
        return "\(milliseconds / 1000)" + (tenth == 0 ? "" : ".\(tenth)") + " s"
    }

    private static func pair(
        _ total: Int64, _ large: Int64, _ largeName: String, _ small: Int64, _ smallName: String
    ) -> String {
        let rest = total % large / small
        return "\(total / large) \(largeName)" + (rest == 0 ? "" : " \(rest) \(smallName)")
    }
}

/// Reads both notations into nanoseconds. Numbers are cut to 18 digits before and 9 after the
/// point, so that the sums fit 128 bits.
private struct DurationReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    mutating func nanoseconds() -> Int128? {
        let negative = skip("-")
        if !negative { _ = skip("+") }
        let total = skip("P") ? isoParts() : unitParts()
        return total.map { negative ? -$0 : $0 }
    }

    private mutating func unitParts() -> Int128? {
        if position < bytes.count, position == bytes.count - 1, skip("0") { return 0 }
        var total: Int128 = 0
        var parts = 0
        while position < bytes.count {
            guard let amount = amount(), let unit = unit(), parts < 16 else { return nil }
            total += amount.nanoseconds(of: unit)
            parts += 1
        }
        return parts > 0 ? total : nil
    }

    private mutating func isoParts() -> Int128? {
        var total: Int128 = 0
        var parts = 0
        var inTime = false
        var units: ArraySlice<(name: Unicode.Scalar, inTime: Bool, nanoseconds: Int128)> = [
            ("W", false, 604_800_000_000_000), ("D", false, 86_400_000_000_000),
            ("H", true, 3_600_000_000_000), ("M", true, 60_000_000_000), ("S", true, 1_000_000_000),
        ]
        while position < bytes.count {
            if !inTime, skip("T") {
                inTime = true
                guard position < bytes.count else { return nil }
            }
            guard let amount = amount(), let name = next else { return nil }
            while let unit = units.first, unit.inTime != inTime || UInt8(ascii: unit.name) != name {
                units.removeFirst()
            }
            guard let unit = units.popFirst() else { return nil }
            position += 1
            total += amount.nanoseconds(of: unit.nanoseconds)
            parts += 1
        }
        return parts > 0 ? total : nil
    }

    private struct Amount {
        var whole: Int128 = 0
        /// In billionths.
        var fraction: Int128 = 0

        func nanoseconds(of unit: Int128) -> Int128 {
            whole * unit + fraction * unit / 1_000_000_000
        }
    }

    private mutating func amount() -> Amount? {
        var amount = Amount()
        let start = position
        while let digit = next, (48...57).contains(digit) {
            guard position - start < 18 else { return nil }
            amount.whole = amount.whole * 10 + Int128(digit - 48)
            position += 1
        }
        let wholeDigits = position - start
        guard skip(".") else { return wholeDigits > 0 ? amount : nil }
        var place: Int128 = 100_000_000
        let fractionStart = position
        while let digit = next, (48...57).contains(digit) {
            amount.fraction += Int128(digit - 48) * place
            place /= 10
            position += 1
        }
        return wholeDigits + position - fractionStart > 0 ? amount : nil
    }

    /// The unit's length in nanoseconds.
    private mutating func unit() -> Int128? {
        let start = position
        while let byte = next, !(48...57).contains(byte), byte != UInt8(ascii: ".") {
            position += 1
        }
        switch String(decoding: bytes[start..<position], as: UTF8.self) {
        case "ns": return 1
        case "us", "\u{B5}s", "\u{3BC}s": return 1000
        case "ms": return 1_000_000
        case "s": return 1_000_000_000
        case "m": return 60_000_000_000
        case "h": return 3_600_000_000_000
        case "d": return 86_400_000_000_000
        case "w": return 604_800_000_000_000
        default: return nil
        }
    }
}
