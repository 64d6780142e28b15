import Values

extension Incident {
    /// What incidents of one cause have in common, as a person would say it: `notices.send declined: HTTP 402 for …`.
    ///
    /// Words of the message that tell one instance from another (ids, amounts, moments, addresses) are left out. A failed
    /// expression keeps them: there they are its place.
    package var cause: String {
        let message = kind == .expressionError ? error.message : Self.general(error.message)
        let head = [task, error.name].compactMap(\.self).joined(separator: " ")
        return String("\(head): \(message)".prefix(Self.maximumCause))
    }

    /// In characters: a remote may say anything.
    private static var maximumCause: Int { 200 }

    /// The words of a message that do not tell one instance from another.
    package static func cause(of message: String) -> String {
        String(general(message).prefix(maximumCause))
    }

    private static func general(_ message: String) -> String {
        var result = ""
        var word = ""
        for character in message {
            if character.isWhitespace || "\"'`,;()[]{}=".contains(character) {
                result += general(word: word)
                result.append(character)
                word = ""
            } else {
                word.append(character)
            }
        }
        return result + general(word: word)
    }

    /// A number of up to three digits is a status or a count, and says something.
    private static func general(word: String) -> String {
        let core = word.hasSuffix(":") || word.hasSuffix(".") ? String(word.dropLast()) : word
        let end = word.dropFirst(core.count)
        let isSmallNumber = core.count <= 3 && core.allSatisfy(\.isASCIIDigit)
        let tells = core.contains { $0.isASCIIDigit || $0 == "@" }
        return tells && !isSmallNumber ? "…\(end)" : word
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

/// Open incidents that have one cause.
package struct IncidentGroup: Sendable, Hashable {
    package let cause: String
    package let count: Int
    package let first: Timestamp
    package let last: Timestamp

    package init(cause: String, count: Int, first: Timestamp, last: Timestamp) {
        self.cause = cause
        self.count = count
        self.first = first
        self.last = last
    }
}

extension [IncidentGroup] {
    /// The first `count`: the most frequent first, then by cause.
    package func mostFrequent(_ count: Int) -> [IncidentGroup] {
        let sorted = sorted {
            $0.count == $1.count
                ? $0.cause.utf8.lexicographicallyPrecedes($1.cause.utf8) : $0.count > $1.count
        }
        return Array(sorted.prefix(Swift.max(count, 0)))
    }
}
