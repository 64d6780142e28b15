import Statechart
import Values

/// Something to be said about a place in a file.
package struct Diagnostic: Sendable, Hashable, Error {
    package enum Severity: String, Sendable, Hashable {
        case error
        case warning
        /// Nothing is doubtful, but it is good to know.
        case note
    }

    package let severity: Severity
    package let code: Code
    /// What is wrong and what to do about it.
    package let message: String
    package let file: String
    /// Counts from 1; columns in Unicode scalars.
    package let location: SourceLocation
    /// In Unicode scalars, at least 1.
    package let length: Int

    package init(
        severity: Severity, code: Code, message: String, file: String, location: SourceLocation,
        length: Int = 1
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.file = file
        self.location = location
        self.length = max(1, length)
    }

    /// `order.yaml:42:13: error: … [unknown-target]`.
    package var headline: String {
        "\(file):\(location): \(severity.rawValue): \(message) [\(code.rawValue)]"
    }

    /// The headline, and the line of the source with a caret under the place.
    package func rendered(source: String) -> String {
        guard let line = SourceText.line(location.line, of: source) else { return headline }
        let number = String(location.line)
        let margin = String(repeating: " ", count: number.count)
        let scalars = Array(line.unicodeScalars)
        let start = min(location.column - 1, scalars.count)
        let indent = String(
            String.UnicodeScalarView(scalars[..<start].map { $0 == "\t" ? "\t" : " " }))
        let width = max(1, min(length, scalars.count - start))
        let marks = "^" + String(repeating: "~", count: width - 1)
        return "\(headline)\n \(number) | \(line)\n \(margin) | \(indent)\(marks)"
    }
}

extension [Diagnostic] {
    /// By file and place in the text, errors first where they share one.
    package var inOrder: [Diagnostic] {
        enumerated().sorted { a, b in
            let left = a.element
            let right = b.element
            if !sameUTF8(left.file, right.file) {
                return ExactText(left.file) < ExactText(right.file)
            }
            if left.location.line != right.location.line {
                return left.location.line < right.location.line
            }
            if left.location.column != right.location.column {
                return left.location.column < right.location.column
            }
            if left.severity != right.severity { return left.severity == .error }
            return a.offset < b.offset
        }.map(\.element)
    }
}
