import Values

/// The accessors of timestamps, with an optional time zone, and of durations.
enum TimeFunction: String, Sendable, CaseIterable {
    case getFullYear, getMonth, getDayOfYear, getDayOfMonth, getDate, getDayOfWeek
    case getHours, getMinutes, getSeconds, getMilliseconds

    func apply(_ value: Value, zone: Value?) throws(EvaluationError) -> Value {
        switch (value, zone) {
        case (.timestamp(let instant), nil): return field(instant.civil())
        case (.timestamp(let instant), .string(let name)?):
            guard let offset = zoneOffset(of: name, at: instant) else {
                throw EvaluationError(.invalidArgument, "unknown time zone '\(name)'")
            }
            return field(instant.civil(offset: offset))
        case (.duration(let span), nil):
            if let amount = amount(of: span) { return .int(amount) }
        default: break
        }
        throw EvaluationError.noOverload(rawValue, [value] + (zone.map { [$0] } ?? []))
    }

    /// Months, days of the month and days of the year count from 0, dates from 1, as the standard
    /// has it.
    private func field(_ time: CivilTime) -> Value {
        let number =
            switch self {
            case .getFullYear: time.year
            case .getMonth: time.month - 1
            case .getDayOfYear: time.dayOfYear
            case .getDayOfMonth: time.day - 1
            case .getDate: time.day
            case .getDayOfWeek: time.dayOfWeek
            case .getHours: time.hour
            case .getMinutes: time.minute
            case .getSeconds: time.second
            case .getMilliseconds: time.nanosecond / 1_000_000
            }
        return .int(Int64(number))
    }

    /// The whole duration in the unit; only milliseconds are those of the last second.
    private func amount(of span: Duration) -> Int64? {
        let (seconds, attoseconds) = span.boundedComponents
        return switch self {
        case .getHours: seconds / 3600
        case .getMinutes: seconds / 60
        case .getSeconds: seconds
        case .getMilliseconds: attoseconds / 1_000_000_000_000_000
        default: nil
        }
    }
}
