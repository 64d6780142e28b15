import Values

extension Rule {
    /// The words of a rule's map.
    package static let words = ["cron", "every", "calendar", "from", "zone"]

    /// Reads `{cron: '0 6 * * 1', zone: Europe/Moscow}`, `{every: 15m, from: 2026-01-01T00:00:00Z}`
    /// or `{calendar: {frequency: monthly, days: [-1], at: '06:00'}, zone: …}`.
    ///
    /// A rule that would never be due is refused.
    /// - Parameters:
    ///   - defaultZone: the IANA name that holds where the map has no `zone`.
    ///   - others: further words of the same map, which the caller reads.
    package init(
        parsing value: Value, defaultZone: String, besides others: [String] = []
    ) throws(RuleError) {
        let fields = try Field(value, at: "").map(of: Self.words + others, "a schedule")
        let kinds = ["cron", "every", "calendar"].filter { fields[$0] != nil }
        guard let kind = kinds.first, let field = fields[kind] else {
            throw RuleError("a schedule needs 'cron', 'every' or 'calendar'", at: "")
        }
        if let other = kinds.dropFirst().first {
            throw RuleError(
                "a schedule has either '\(kind)' or '\(other)', not both", at: "/\(other)")
        }
        if kind == "every" {
            recurrence = .interval(try Interval(field, in: fields))
            return
        }
        let zone = try Zone(fields["zone"] ?? Field(.string(defaultZone), at: "/zone"))
        guard kind == "cron" else {
            recurrence = .pattern(try Pattern(calendar: field, from: fields["from"]), zone)
            return
        }
        if let from = fields["from"] {
            throw from.failure("'from' belongs to 'every' and 'calendar'; cron has no beginning")
        }
        var parser = try CronParser(field)
        recurrence = .pattern(try parser.pattern(), zone)
    }
}

extension Interval {
    fileprivate init(_ field: Field, in fields: Fields) throws(RuleError) {
        if let zone = fields["zone"] {
            throw zone.failure("'every' counts real time and has no zone")
        }
        let span = try field.duration("'every'")
        guard span >= .seconds(1) else { throw field.failure("'every' is at least one second") }
        guard span.components.attoseconds == 0 else {
            throw field.failure("'every' is a whole number of seconds")
        }
        length = span.components.seconds
        guard let from = fields["from"] else {
            anchor = 0
            return
        }
        let instant = try from.instant()
        guard instant.nanoseconds == 0 else { throw from.failure("'from' is a whole second") }
        anchor = instant.seconds
    }
}

extension Zone {
    init(_ field: Field) throws(RuleError) {
        let name = try field.text("'zone'")
        guard let zone = Zone(name: name) else {
            let hint = Zone.nearestName(to: name).map { "; did you mean '\($0)'?" } ?? ""
            throw field.failure("there is no time zone '\(name.quotable)'" + hint)
        }
        self = zone
    }
}

extension Field {
    fileprivate func instant() throws(RuleError) -> Timestamp {
        if case .timestamp(let instant) = value { return instant }
        guard case .string(let text) = value, let instant = Timestamp(rfc3339: text) else {
            throw failure(
                "'from' is a moment such as 2026-01-01T00:00:00Z, not \(value.article)")
        }
        return instant
    }
}
