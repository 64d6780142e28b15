import Values
import WorkflowLanguage

/// Workflows whose expressions fail now and then, at any place of them, until a moment: each by the millisecond at
/// which it is evaluated, so that a seed gives the same failures and a later try succeeds.
package enum FaultyExpressions {
    /// One evaluation in so many fails.
    private static let oneIn = 53

    /// Each `${…}` of a quoted scalar, where the language allows another expression in its place.
    package static func spoil(_ text: String, until end: Timestamp) -> String {
        var spoilt = text
        var place = 0
        var from = spoilt.startIndex
        while let found = next(in: spoilt, from: from) {
            place += 1
            let source = String(spoilt[found])
            let failing =
                "now < timestamp(\"\(end.rfc3339)\") && now.getMilliseconds() % \(oneIn) == \(place % oneIn)"
                + " ? [0][1] : (\(source))"
            var candidate = spoilt
            candidate.replaceSubrange(found, with: failing)
            let offset = spoilt.utf8.distance(from: spoilt.startIndex, to: found.lowerBound)
            if WorkflowLanguage.parseWorkflow(candidate, file: "spoilt.yaml").value != nil {
                spoilt = candidate
                from = spoilt.utf8.index(spoilt.startIndex, offsetBy: offset + failing.utf8.count)
            } else {
                from = spoilt.utf8.index(spoilt.startIndex, offsetBy: offset + source.utf8.count)
            }
        }
        return spoilt
    }

    /// The expression between `${` and `}` of the next scalar in single quotes that holds no quote itself.
    private static func next(in text: String, from start: String.Index) -> Range<String.Index>? {
        var from = start
        while let open = text[from...].firstRange(of: "${") {
            guard let close = text[open.upperBound...].firstIndex(of: "}") else { return nil }
            let line = text[text.startIndex..<open.lowerBound].lastIndex(of: "\n")
            let head = text[
                (line.map { text.index(after: $0) } ?? text.startIndex)..<open.lowerBound]
            let source = text[open.upperBound..<close]
            let isQuoted = head.count { $0 == "'" } % 2 == 1
            if isQuoted, !source.contains("'"), !source.contains("{"), !source.contains("\n") {
                return open.upperBound..<close
            }
            from = open.upperBound
        }
        return nil
    }
}
