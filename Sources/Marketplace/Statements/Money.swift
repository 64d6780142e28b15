import Values

extension Value {
    /// How an amount stands in a statement: `{minor, currency, text}`.
    static func money(_ minor: Int64, _ currency: String) -> Value {
        [
            "minor": .int(minor), "currency": .string(currency),
            "text": .string(Currency(currency)?.text(minor) ?? "\(minor)"),
        ]
    }
}
