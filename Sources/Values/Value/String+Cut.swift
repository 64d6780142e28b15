extension String {
    /// What stands before and behind the first of a separator; nil: it stands nowhere.
    ///
    /// An accent behind a separator makes one character of both, which `split` and `firstIndex` do not take for the
    /// separator any more. Here it is one, whatever follows.
    package func cut(at separator: Unicode.Scalar) -> (before: String, behind: String)? {
        guard let place = unicodeScalars.firstIndex(of: separator) else { return nil }
        return (
            String(unicodeScalars[..<place]), String(unicodeScalars[place...].dropFirst())
        )
    }

    /// The same for the first run of scalars of a kind, such as `>=`.
    package func cut(
        where isSeparator: (Unicode.Scalar) -> Bool
    ) -> (before: String, run: String, behind: String)? {
        guard let start = unicodeScalars.firstIndex(where: isSeparator) else { return nil }
        let rest = unicodeScalars[start...]
        let run = rest.prefix(while: isSeparator)
        return (
            String(unicodeScalars[..<start]), String(run), String(rest.dropFirst(run.count))
        )
    }
}
