import Definition
import Values

/// A term of a filter as it is written: `key:1009`, `price>5000`, `key:"two words"`.
///
/// A value in quotes is taken as it stands: spaces are its own, `*`, `me`, `none` and numbers are plain text. In it `\"` is a
/// quote and `\\` a backslash. A quote within a word is nothing else than that.
struct FilterWord: Sendable, Hashable {
    /// Without the quotes.
    private(set) var text = ""
    private(set) var isQuoted = false

    /// What is behind a sign in `text`.
    private var isAtValue: Bool {
        text.unicodeScalars.last.map { ":<>=".unicodeScalars.contains($0) } ?? false
    }

    static func words(of text: String) throws(Problem) -> [FilterWord] {
        var words: [FilterWord] = []
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            if first.properties.isWhitespace {
                rest.removeFirst()
            } else {
                words.append(try FilterWord(takenFrom: &rest))
            }
        }
        return words
    }

    private init(takenFrom rest: inout String.UnicodeScalarView.SubSequence) throws(Problem) {
        while let next = rest.first, !next.properties.isWhitespace {
            guard !isQuoted else {
                throw Self.problem("`\(text.shortened(to: 100))` goes on behind its quotes")
            }
            rest.removeFirst()
            if next == "\"", isAtValue {
                try takeQuoted(&rest)
            } else {
                text.unicodeScalars.append(next)
            }
        }
    }

    private mutating func takeQuoted(
        _ rest: inout String.UnicodeScalarView.SubSequence
    ) throws(Problem) {
        isQuoted = true
        while var next = rest.popFirst() {
            if next == "\"" { return }
            if next == "\\", let escaped = rest.popFirst() { next = escaped }
            text.unicodeScalars.append(next)
        }
        throw Self.problem("`\(text.shortened(to: 100))` has no closing quote")
    }

    private static func problem(_ message: String) -> Problem {
        Problem(.invalid, message, fix: #"write it like key:"two words"; a quote in there is \""#)
    }
}
