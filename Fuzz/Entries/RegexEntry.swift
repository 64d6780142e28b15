import LinearRegex
import Values

/// A pattern, and behind a line of dashes the text that is looked through.
enum RegexEntry {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let parts = bytes.parts.map(\.text)
        let (pattern, text) = (parts[0], String((parts.count > 1 ? parts[1] : "").prefix(300)))
        switch Result(catching: { () throws(Regex.Failure) in try Regex(pattern) }) {
        case .failure(let failure):
            try require(!failure.message.isEmpty, "refused without a reason")
            try require(failure.message.unicodeScalars.count <= 500, "a reason without end")
        case .success(let regex):
            let matches = regex.matches(text)
            try check(matches, pattern, text)
        }
    }

    /// The same said in another way has the same answer, where it is not too long for a pattern.
    private static func check(
        _ matches: Bool, _ pattern: String, _ text: String
    ) throws(FuzzFailure) {
        let others = [
            "(?:\(pattern))", "(?s:^.*)(?:\(pattern))", "(?:\(pattern))(?s:.*)$",
            "(?:\(pattern)){1}", "(?:\(pattern))|(?:\(pattern))", "(?:(?:\(pattern))|\\b\\B)",
        ]
        for other in others {
            guard let regex = try? Regex(other) else { continue }
            try require(
                regex.matches(text) == matches,
                "\(pattern) \(matches ? "matches" : "does not match"), \(other) otherwise")
        }
    }
}
