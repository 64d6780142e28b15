/// A moment in UTC, to the nanosecond, within CEL's range: the years 1 to 9999.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z; negative before.
    public let seconds: Int64
    /// 0 to 999,999,999, always counted forwards.
    public let nanoseconds: Int32

    /// 0001-01-01T00:00:00Z.
    public static let distantPast = Timestamp(inRange: minimumSeconds, 0)
    /// 9999-12-31T23:59:59.999999999Z.
    public static let distantFuture = Timestamp(inRange: maximumSeconds, 999_999_999)

    static let minimumSeconds: Int64 = -62_135_596_800
    static let maximumSeconds: Int64 = 253_402_300_799

    /// Carries nanoseconds over into seconds; what lies outside the range becomes its end.
    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self =
            Timestamp(checkedSeconds: seconds, Int64(nanoseconds))
            ?? (seconds < 0 ? .distantPast : .distantFuture)
    }

    public init(milliseconds: Int64) {
        let (seconds, rest) = milliseconds.flooredDivision(by: 1000)
        self.init(seconds: seconds, nanoseconds: Int32(rest) * 1_000_000)
    }

    /// Milliseconds since 1970, rounded down.
    public var milliseconds: Int64 { seconds * 1000 + Int64(nanoseconds) / 1_000_000 }

    public static func < (a: Timestamp, b: Timestamp) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }

    /// A whole millisecond, not earlier.
    package var ceilingToMilliseconds: Timestamp {
        let floored = Timestamp(milliseconds: milliseconds)
        return floored < self ? Timestamp(milliseconds: milliseconds + 1) : floored
    }

    private init(inRange seconds: Int64, _ nanoseconds: Int32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Nil outside the range.
    package init?(checkedSeconds seconds: Int64, _ nanoseconds: Int64) {
        let (carry, rest) = nanoseconds.flooredDivision(by: 1_000_000_000)
        let (total, overflow) = seconds.addingReportingOverflow(carry)
        guard !overflow, (Self.minimumSeconds...Self.maximumSeconds).contains(total) else {
            return nil
        }
        self.init(inRange: total, Int32(rest))
    }
}

extension Timestamp {
    /// The moment that much later; nil outside the range.
    package func adding(_ span: Duration) -> Timestamp? {
        let (whole, atto) = span.boundedComponents
        let (sum, overflow) = seconds.addingReportingOverflow(whole)
        guard !overflow else { return nil }
        return Timestamp(checkedSeconds: sum, Int64(nanoseconds) + atto / 1_000_000_000)
    }

    /// Saturates at the ends of the range.
    public static func + (instant: Timestamp, span: Duration) -> Timestamp {
        instant.adding(span) ?? (span < .zero ? .distantPast : .distantFuture)
    }

    /// Saturates at the ends of the range.
    public static func - (instant: Timestamp, span: Duration) -> Timestamp {
        instant.subtracting(span) ?? (span < .zero ? .distantFuture : .distantPast)
    }

    public static func - (a: Timestamp, b: Timestamp) -> Duration {
        .seconds(a.seconds - b.seconds) + .nanoseconds(Int64(a.nanoseconds - b.nanoseconds))
    }

    package func subtracting(_ span: Duration) -> Timestamp? {
        let (whole, atto) = span.boundedComponents
        let (rest, overflow) = seconds.subtractingReportingOverflow(whole)
        guard !overflow else { return nil }
        return Timestamp(checkedSeconds: rest, Int64(nanoseconds) - atto / 1_000_000_000)
    }
}

extension Int64 {
    /// The quotient rounded down and the remainder, which has the (positive) divisor's sign.
    package func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
