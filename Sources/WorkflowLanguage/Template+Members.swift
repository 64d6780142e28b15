import CEL

extension Template {
    /// A member that is written down as a text.
    func text(of name: String) -> String? {
        member(name)?.constant?.stringValue
    }
}
