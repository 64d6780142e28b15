import CEL

extension Template {
    /// The keys of a template that is a map; nil when only running it would tell.
    var memberNames: [String]? {
        constant?.mapValue?.keys.compactMap(\.stringValue)
    }

    /// A member that is written down as a text.
    func text(of name: String) -> String? {
        constant?[name]?.stringValue
    }
}
