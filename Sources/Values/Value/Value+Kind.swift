extension Value {
    /// The kind in a sentence: `null`, `a list`.
    package var article: String {
        switch self {
        case .null: "null"
        case .int, .uint, .optional: "an \(typeName)"
        default: "a \(typeName)"
        }
    }
}
